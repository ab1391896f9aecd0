import { isUtf8 } from 'node:buffer';
import type { Bytes } from '../../bytes/index.ts';
import { invalid } from './invalid.ts';

/** The text of UTF-8 bytes. A quarter of the time of a `TextDecoder` on short texts. Throws `certificate-invalid`. */
export function utf8Text(bytes: Bytes, what = 'text'): string {
  if (!isUtf8(bytes)) throw invalid(`${what} is not valid UTF-8`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
