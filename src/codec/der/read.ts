import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/**
 * One DER value (X.690): a view into the bytes it was read from, never a copy.
 * `header` is the offset of its tag, `start` and `end` bound its content.
 */
export interface DerValue {
  /** The tag byte, class and constructed bit included: 0x30 is SEQUENCE, 0xa0 is [0] constructed. */
  readonly tag: number;
  readonly bytes: Bytes;
  readonly header: number;
  readonly start: number;
  readonly end: number;
}

/** Universal tags, as they stand in the tag byte (X.690 §8). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The error of everything here. */
export function derError(why: string): AssayError {
  return new AssayError('der-invalid', `not strict DER: ${why}`);
}

/** The single value that bytes are. Throws `der-invalid` when there is none, or something after it. */
export function readDer(bytes: Bytes): DerValue {
  const value = readAt(bytes, 0, bytes.length);
  if (value.end !== bytes.length) throw derError(`${bytes.length - value.end} bytes after the end`);
  return value;
}

/** The value at an offset, inside the given end. Only low tag numbers, definite and shortest lengths (X.690 §10.1) are DER. */
export function readAt(bytes: Bytes, at: number, limit: number): DerValue {
  if (at + 2 > limit) throw derError('it ends too early');
  const tag = bytes[at] as number;
  if ((tag & 0x1f) === 0x1f) throw derError('a tag of several bytes');
  const first = bytes[at + 1] as number;
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const n = first & 0x7f;
    if (n === 0) throw derError('a length that is not definite');
    if (n > 4 || start + n > limit) throw derError('a length out of bounds');
    length = 0;
    for (let i = 0; i < n; i++) length = length * 256 + (bytes[start + i] as number);
    if (length < 0x80 || (bytes[start] as number) === 0) throw derError('a length that is not the shortest');
    start += n;
  }
  const end = start + length;
  if (end > limit) throw derError('a value is longer than what holds it');
  return { tag, bytes, header: at, start, end };
}

/** The values inside a constructed value. Throws `der-invalid`, and `limit` beyond `LIMITS.derElements`. */
export function children(value: DerValue): DerValue[] {
  if ((value.tag & 0x20) === 0) throw derError('a constructed value is expected');
  const list: DerValue[] = [];
  for (let at = value.start; at < value.end; ) {
    const child = readAt(value.bytes, at, value.end);
    list.push(child);
    if (list.length > LIMITS.derElements) throw new AssayError('limit', `more than ${LIMITS.derElements} values in one DER value`);
    at = child.end;
  }
  return list;
}

/** The content of a value, without tag and length. */
export function contentOf(value: DerValue): Bytes {
  return value.bytes.subarray(value.start, value.end);
}

/** The whole value, tag and length included. */
export function encodingOf(value: DerValue): Bytes {
  return value.bytes.subarray(value.header, value.end);
}

/** The value, when it has the tag. Throws `der-invalid`, naming `what`. */
export function expectTag(value: DerValue | undefined, tag: number, what: string): DerValue {
  if (value === undefined) throw derError(`${what} is missing`);
  if (value.tag !== tag) throw derError(`${what} has the tag 0x${value.tag.toString(16)}, not 0x${tag.toString(16)}`);
  return value;
}
