import { isUtf8 } from 'node:buffer';
import type { Bytes } from '../../bytes/index.ts';
import { invalid } from './invalid.ts';

/** The text of UTF-8 bytes, or of a range of them. A small part of the time of a `TextDecoder` on short texts. Throws `certificate-invalid`. */
export function utf8Text(bytes: Bytes, what = 'text', start = 0, end = bytes.length): string {
  const text = (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString(
    'utf8',
    start,
    end,
  );
  // What is no UTF-8 comes out as U+FFFD; only a text that has one needs the check.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) throw invalid(`${what} is not valid UTF-8`);
  return text;
}
