import { AssayError } from '../errors.ts';
import type { Bytes } from './bytes.ts';

/** Standard base64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/**
 * Strict standard base64 (RFC 4648 §4): padding is required, nothing else than the alphabet is accepted, and the unused
 * bits are zero, so that one byte string has one text. Throws `base64-invalid`, naming `what`.
 */
export function decodeBase64(text: string, what = 'value'): Buffer {
  const bytes = Buffer.from(text, 'base64');
  // Node skips what it does not know; encoding again shows whether anything was skipped.
  if (bytes.toString('base64') !== text) throw new AssayError('base64-invalid', `${what} is not strict base64`);
  return bytes;
}
