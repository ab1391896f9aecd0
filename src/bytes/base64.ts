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
  const short = text.length <= SHORT ? decodeShort(text) : undefined;
  if (short !== undefined) return short;
  const bytes = Buffer.from(text, 'base64');
  // Node skips what it does not know; encoding again shows whether anything was skipped.
  if (bytes.toString('base64') !== text) throw new AssayError('base64-invalid', `${what} is not strict base64`);
  return bytes;
}

/** Characters up to which two calls into the platform cost more than the decoding; hashes and signatures are below it. */
const SHORT = 128;

/** Six bits by character code; 64 for what is no character of the alphabet, so that it shows in a bit that no six bits have. */
const SIX_BITS = new Uint8Array(128).fill(64);
for (const [i, c] of [...Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')].entries()) SIX_BITS[c] = i;

// Whole groups of four, then one with padding. `undefined` for everything that is not strict; the caller then says so.
function decodeShort(text: string): Buffer | undefined {
  const { length } = text;
  if (length === 0 || length % 4 !== 0) return undefined;
  const padding = text.charCodeAt(length - 1) !== PAD ? 0 : text.charCodeAt(length - 2) !== PAD ? 1 : 2;
  const bytes = Buffer.allocUnsafe((length / 4) * 3 - padding);
  let at = 0;
  let wrong = 0;
  for (let i = 0; i < length; i += 4) {
    const padded = i + 4 === length ? padding : 0;
    const a = sixBits(text, i);
    const b = sixBits(text, i + 1);
    const c = padded < 2 ? sixBits(text, i + 2) : 0;
    const d = padded < 1 ? sixBits(text, i + 3) : 0;
    wrong |= (a | b | c | d) & 64;
    if ((padded === 2 && (b & 15) !== 0) || (padded === 1 && (c & 3) !== 0)) return undefined;
    bytes[at++] = (a << 2) | (b >> 4);
    if (padded < 2) bytes[at++] = (b << 4) | (c >> 2);
    if (padded < 1) bytes[at++] = (c << 6) | d;
  }
  return wrong === 0 ? bytes : undefined;
}

const PAD = 0x3d;

function sixBits(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? (SIX_BITS[code] as number) : 64;
}
