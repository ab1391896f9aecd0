import { type Bytes, concat } from '../../bytes/index.ts';
import { type Cursor, openPgpError, take, takeNumber } from './packet.ts';

/** Takes a multiprecision integer without leading zeros (RFC 9580 §3.2). Throws `openpgp-invalid`. */
export function takeMpi(cursor: Cursor, what: string): Bytes {
  const bits = takeNumber(cursor, 2, what);
  const bytes = take(cursor, Math.ceil(bits / 8), what);
  const first = bytes[0] ?? 0;
  if (bits > 0 && 32 - Math.clz32(first) !== ((bits - 1) & 7) + 1) throw openPgpError(`${what} has a number whose length is wrong`);
  return bytes;
}

/** A number with zeros before it, to a length. Throws `openpgp-invalid` when it is longer. */
export function padded(bytes: Bytes, length: number, what: string): Bytes {
  if (bytes.length > length) throw openPgpError(`${what} has a number that is too long`);
  return bytes.length === length ? bytes : concat(Buffer.alloc(length - bytes.length), bytes);
}
