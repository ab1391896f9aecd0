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
  const arcs: string[] = [];
  for (let i = start; i < end; i++) {
    if (bytes[i] === 0x80) throw derError(`${what} has an arc that is not the shortest`);
    let arc = 0n;
    while (((bytes[i] as number) & 0x80) !== 0) {
      arc = (arc << 7n) | BigInt((bytes[i++] as number) & 0x7f);
      if (i >= end) throw derError(`${what} ends too early`);
    }
    arc = (arc << 7n) | BigInt(bytes[i] as number);
    // The first byte string holds two arcs; only the second arc of joint-iso-itu-t (2) may exceed 39.
    const top = arc < 40n ? 0n : arc < 80n ? 1n : 2n;
    arcs.push(arcs.length === 0 ? `${top}.${arc - top * 40n}` : arc.toString());
  }
  if (arcs.length === 0) throw derError(`${what} is empty`);
  return arcs.join('.');
}
