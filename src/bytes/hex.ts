import { AssayError } from '../errors.ts';
import type { Bytes } from './bytes.ts';

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Strict lower-case hexadecimal of an even length. Throws `input-invalid`, naming `what`. */
export function decodeHex(text: string, what = 'value'): Buffer {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new AssayError('input-invalid', `${what} is not lower-case hexadecimal`);
  return Buffer.from(text, 'hex');
}
