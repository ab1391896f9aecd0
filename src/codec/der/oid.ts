import type { Bytes } from '../../bytes/index.ts';
import { type DerValue, derError, expectTag, TAG } from './read.ts';

/** Texts of object identifiers read before, by a hash of their bytes. Certificates repeat the same forty. */
const known = new Map<number, { readonly bytes: Bytes; readonly text: string }>();
const KNOWN_MAX = 512;

/** An OBJECT IDENTIFIER as dotted text (X.690 §8.19). Throws `der-invalid`. */
export function readOid(value: DerValue | undefined, what = 'object identifier'): string {
  const { bytes, start, end } = expectTag(value, TAG.oid, what);
  if (end - start > 128) throw derError(`${what} is too long`);
  let key = 0;
  for (let i = start; i < end; i++) key = (Math.imul(key, 31) + (bytes[i] as number)) | 0;
  const found = known.get(key);
  if (found !== undefined && isSame(found.bytes, bytes, start, end)) return found.text;
  const text = decode(bytes, start, end, what);
  if (found === undefined && known.size < KNOWN_MAX) known.set(key, { bytes: bytes.slice(start, end), text });
  return text;
}

function isSame(content: Bytes, bytes: Bytes, start: number, end: number): boolean {
  if (content.length !== end - start) return false;
  for (let i = 0; i < content.length; i++) if (content[i] !== bytes[start + i]) return false;
  return true;
}

function decode(bytes: Bytes, start: number, end: number, what: string): string {
  let text = '';
  for (let i = start; i < end; i++) {
    if (bytes[i] === 0x80) throw derError(`${what} has an arc that is not the shortest`);
    const from = i;
    let small = 0;
    while (((bytes[i] as number) & 0x80) !== 0) {
      small = small * 128 + ((bytes[i++] as number) & 0x7f);
      if (i >= end) throw derError(`${what} ends too early`);
    }
    small = small * 128 + (bytes[i] as number);
    // Numbers hold seven groups of seven bits exactly; longer arcs (UUIDs) are counted again.
    const arc = i - from < 7 ? small : bigArc(bytes, from, i);
    text = text === '' ? firstArcs(arc) : `${text}.${arc}`;
  }
  if (text === '') throw derError(`${what} is empty`);
  return text;
}

// The first byte string holds two arcs; only the second arc of joint-iso-itu-t (2) may exceed 39.
function firstArcs(both: number | bigint): string {
  if (both < 80) return both < 40 ? `0.${both}` : `1.${Number(both) - 40}`;
  return `2.${typeof both === 'number' ? both - 80 : both - 80n}`;
}

function bigArc(bytes: Bytes, from: number, last: number): bigint {
  let arc = 0n;
  for (let i = from; i <= last; i++) arc = (arc << 7n) | BigInt((bytes[i] as number) & 0x7f);
  return arc;
}
