import { AssayError } from '../errors.ts';
import type { Json } from './json.ts';

/**
 * Canonical JSON (RFC 8785): names sorted by UTF-16 code units, no white space, numbers and strings as ECMAScript writes them.
 * Throws `json-invalid` for a number that JSON cannot say.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v as Json)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const object = value as { readonly [key: string]: Json };
    const members = Object.keys(object)
      .sort()
      .map((k) => `${JSON.stringify(k)}:${canonicalJson(object[k] as Json)}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new AssayError('json-invalid', 'number has no JSON form');
  return JSON.stringify(value);
}
