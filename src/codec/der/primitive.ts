import { type Bytes, encodeHex } from '../../bytes/index.ts';
import { contentOf, type DerValue, derError, expectTag, TAG } from './read.ts';

/** An INTEGER of any size (X.690 §8.3, shortest form). Throws `der-invalid`. */
export function readInteger(value: DerValue | undefined, what = 'integer'): bigint {
  const content = integerBytes(value, what);
  // By way of text, which takes linear time; shifting byte by byte takes quadratic time, and the length is the sender's choice.
  const n = BigInt(`0x${encodeHex(content)}`);
  return ((content[0] as number) & 0x80) !== 0 ? n - (1n << BigInt(content.length * 8)) : n;
}

/** A small INTEGER, 0 to 2^31-1. Throws `der-invalid`. */
export function readSmallInteger(value: DerValue | undefined, what = 'integer'): number {
  const content = integerBytes(value, what);
  if (content.length > 4 || (content[0] as number) >= 0x80) throw derError(`${what} is out of range`);
  let n = 0;
  for (const byte of content) n = n * 256 + byte;
  return n;
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
