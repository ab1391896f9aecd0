import { createHash } from 'node:crypto';
import type { Bytes } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';

declare const brand: unique symbol;

/** A content digest, `sha256:<64 hex>` or `sha512:<128 hex>`, that only `parseDigest` and `digestOf` make (OCI image spec, descriptor.md, "Digests"). */
export type Digest = string & { readonly [brand]: 'Digest' };

/** The algorithms that may name content; SHA-1 and MD5 never do. */
export type DigestAlgorithm = 'sha256' | 'sha512';

const LENGTH: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha512', 128],
]);

/** The digest that a text names. Throws `reference-invalid`. */
export function parseDigest(text: string): Digest {
  const colon = text.indexOf(':');
  const length = LENGTH.get(text.slice(0, colon));
  const hex = text.slice(colon + 1);
  if (colon < 0 || length === undefined)
    throw new AssayError('reference-invalid', `not a digest: "${text.slice(0, 160)}" (sha256:… or sha512:… expected)`);
  if (hex.length !== length || !/^[0-9a-f]+$/.test(hex)) {
    throw new AssayError('reference-invalid', `not a digest: "${text.slice(0, 160)}" (${length} lower-case hexadecimal digits expected)`);
  }
  return text as Digest;
}

/** Whether a text is a digest. */
export function isDigest(text: string): text is Digest {
  const colon = text.indexOf(':');
  const length = LENGTH.get(text.slice(0, colon));
  return length !== undefined && text.length === colon + 1 + length && /^[0-9a-f]+$/.test(text.slice(colon + 1));
}

/** The digest of bytes. */
export function digestOf(bytes: Bytes, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}

/** The algorithm of a digest. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(':')) as DigestAlgorithm;
}

/** The hexadecimal part of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}
