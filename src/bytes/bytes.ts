import { isUtf8 } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import { AssayError } from '../errors.ts';

/** Raw bytes. `Buffer` is one. */
export type Bytes = Uint8Array;

/** The UTF-8 form of a text. */
export function utf8(text: string): Bytes {
  return Buffer.from(text);
}

/** The text that UTF-8 bytes stand for. A byte order mark stays in the text. Throws `json-invalid` on bytes that are no UTF-8. */
export function utf8Decode(bytes: Bytes, what = 'text'): string {
  if (!isUtf8(bytes)) throw new AssayError('json-invalid', `${what} is not valid UTF-8`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** Whether two byte strings are the same, in time that depends on the length only. */
export function equal(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The byte strings, one after the other. */
export function concat(...parts: readonly Bytes[]): Buffer {
  return Buffer.concat(parts);
}
