import type { Style } from './style.ts';

/** A digest for people: the algorithm and 12 hexadecimal digits; whole with `--verbose`. */
export function shortDigest(digest: string, whole = false): string {
  if (whole) return digest;
  const colon = digest.indexOf(':');
  return digest.slice(0, colon + 13);
}

/** A tag of the form `sha256-<hex>.<suffix>`, shortened for people. */
export function shortTag(tag: string, style: Style, whole = false): string {
  return whole ? tag : tag.replace(/([0-9a-f]{4})[0-9a-f]{60,}/, `$1${style.ellipsis}`);
}
