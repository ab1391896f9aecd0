import type { Bytes } from '../../bytes/index.ts';
import { contentOf, type DerValue, derError, expectTag, TAG } from './read.ts';

/** An OBJECT IDENTIFIER as dotted text (X.690 §8.19). Throws `der-invalid`. */
export function readOid(value: DerValue | undefined, what = 'object identifier'): string {
  const { bytes, start, end } = expectTag(value, TAG.oid, what);
  if (end - start > 128) throw derError(`${what} is too long`);
  let text = '';
  for (let i = start; i < end; ) {
    if (bytes[i] === 0x80) throw derError(`${what} has an arc that is not the shortest`);
    const from = i;
    let arc = 0;
    while (((bytes[i] as number) & 0x80) !== 0) {
      arc = arc * 128 + ((bytes[i++] as number) & 0x7f);
      if (i >= end) throw derError(`${what} ends too early`);
    }
    arc = arc * 128 + (bytes[i++] as number);
    // Arcs are numbers up to 2^49; the few longer ones (UUIDs) are counted again without loss.
    const exact = i - from > 7 ? bigArc(bytes, from, i) : arc;
    text = text === '' ? firstArcs(exact) : `${text}.${exact}`;
  }
  if (text === '') throw derError(`${what} is empty`);
  return text;
}

// The first byte string holds two arcs; only the second arc of joint-iso-itu-t (2) may exceed 39.
function firstArcs(both: number | bigint): string {
  if (both < 80) return both < 40 ? `0.${both}` : `1.${Number(both) - 40}`;
  return `2.${typeof both === 'number' ? both - 80 : both - 80n}`;
}

function bigArc(bytes: Bytes, from: number, to: number): bigint {
  let arc = 0n;
  for (let i = from; i < to; i++) arc = (arc << 7n) | BigInt((bytes[i] as number) & 0x7f);
  return arc;
}

/** An INTEGER of any size (X.690 §8.3, shortest form). Throws `der-invalid`. */
export function readInteger(value: DerValue | undefined, what = 'integer'): bigint {
  const content = integerBytes(value, what);
  let n = 0n;
  for (const byte of content) n = (n << 8n) | BigInt(byte);
  return ((content[0] as number) & 0x80) !== 0 ? n - (1n << BigInt(content.length * 8)) : n;
}

/** A small INTEGER, 0 to 2^31-1. Throws `der-invalid`. */
export function readSmallInteger(value: DerValue | undefined, what = 'integer'): number {
  const n = readInteger(value, what);
  if (n < 0n || n > 0x7fffffffn) throw derError(`${what} is out of range`);
  return Number(n);
}

/** The content bytes of an INTEGER in its shortest form. Throws `der-invalid`. */
export function integerBytes(value: DerValue | undefined, what = 'integer'): Bytes {
  const content = contentOf(expectTag(value, TAG.integer, what));
  if (content.length === 0) throw derError(`${what} is empty`);
  const [a, b] = content;
  if (content.length > 1 && ((a === 0 && ((b as number) & 0x80) === 0) || (a === 0xff && ((b as number) & 0x80) !== 0))) {
    throw derError(`${what} is not in its shortest form`);
  }
  return content;
}

/** A BOOLEAN: 0x00 or 0xff (X.690 §11.1). Throws `der-invalid`. */
export function readBoolean(value: DerValue | undefined, what = 'boolean'): boolean {
  const content = contentOf(expectTag(value, TAG.boolean, what));
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw derError(`${what} is no boolean`);
  return content[0] === 0xff;
}

/** The bytes of an OCTET STRING. Throws `der-invalid`. */
export function readOctets(value: DerValue | undefined, what = 'octet string'): Bytes {
  return contentOf(expectTag(value, TAG.octetString, what));
}

/** The bytes of a BIT STRING that has no unused bits, as keys and signatures are. Throws `der-invalid`. */
export function readBitString(value: DerValue | undefined, what = 'bit string'): Bytes {
  const content = contentOf(expectTag(value, TAG.bitString, what));
  if (content[0] !== 0) throw derError(`${what} has unused bits`);
  return content.subarray(1);
}

/** The named bits of a BIT STRING, first bit first (X.690 §11.2: unused bits are zero, no trailing zero bits). Throws `der-invalid`. */
export function readNamedBits(value: DerValue | undefined, what = 'bit string'): boolean[] {
  const content = contentOf(expectTag(value, TAG.bitString, what));
  const unused = content[0];
  if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0)) throw derError(`${what} is no bit string`);
  const bits: boolean[] = [];
  for (let i = 1; i < content.length; i++) for (let b = 7; b >= 0; b--) bits.push((((content[i] as number) >> b) & 1) === 1);
  if (bits.splice(bits.length - unused).some((bit) => bit)) throw derError(`${what} has unused bits that are set`);
  return bits;
}

/**
 * A UTCTime or GeneralizedTime as milliseconds since 1970 (RFC 5280 §4.1.2.5: Zulu, with seconds). With `fractions` the
 * fraction of a second that RFC 3161 allows is read too. Throws `der-invalid`.
 */
export function readTime(value: DerValue | undefined, what = 'time', options: { readonly fractions?: boolean } = {}): number {
  if (value === undefined || (value.tag !== TAG.utcTime && value.tag !== TAG.generalizedTime)) throw derError(`${what} is no time`);
  const text = Buffer.from(contentOf(value)).toString('latin1');
  const form =
    value.tag === TAG.utcTime ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)()Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d*[1-9]))?Z$/;
  const m = form.exec(text);
  if (!m || (m[7] && !options.fractions)) throw derError(`${what} is no time in Zulu with seconds`);
  const [y, mo, d, h, mi, s] = m.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const year = value.tag === TAG.utcTime ? (y < 50 ? 2000 + y : 1900 + y) : y;
  const at = Date.UTC(year, mo - 1, d, h, mi, s);
  // Date.UTC carries 31 February over into March; the parts have to come out as they went in.
  const back = new Date(at);
  if (back.getUTCMonth() !== mo - 1 || back.getUTCDate() !== d || h > 23 || mi > 59 || s > 59) throw derError(`${what} is no date`);
  if (year < 100) back.setUTCFullYear(year);
  return back.getTime() + (m[7] ? Math.floor(Number(`0.${m[7]}`) * 1000) : 0);
}
