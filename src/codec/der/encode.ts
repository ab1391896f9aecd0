/** Writing DER (X.690), beyond `der()`: what certificates, timestamps and their requests are made of. Nothing here checks; what is written is read by others. */
import { type Bytes, utf8 } from '../../bytes/index.ts';
import { TAG } from './read.ts';
import { der } from './write.ts';

/** SEQUENCE. */
export function seq(...parts: readonly Bytes[]): Buffer {
  return der(TAG.sequence, ...parts);
}

/** SET OF, in the given order or in DER's (X.690 §11.6). */
export function set(...parts: readonly Bytes[]): Buffer {
  return der(TAG.set, ...parts);
}

/** A context-specific constructed value, `[n] { … }`. */
export function tagged(n: number, ...parts: readonly Bytes[]): Buffer {
  return der(0xa0 | n, ...parts);
}

/** A context-specific primitive value, `[n] IMPLICIT`. */
export function implicit(n: number, ...parts: readonly Bytes[]): Buffer {
  return der(0x80 | n, ...parts);
}

/** OBJECT IDENTIFIER from dotted text. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let n = Math.floor(arc / 128); n > 0; n = Math.floor(n / 128)) groups.unshift(0x80 | (n & 0x7f));
    return groups;
  });
  return der(TAG.oid, Buffer.from(bytes));
}

/** INTEGER, not negative, from a number or from big-endian bytes. */
export function int(value: number | bigint | Bytes): Buffer {
  let bytes: Buffer;
  if (value instanceof Uint8Array) bytes = Buffer.from(value);
  else {
    const hex = value.toString(16);
    bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  }
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  bytes = bytes.subarray(from);
  return der(TAG.integer, ...((bytes[0] ?? 0) >= 0x80 ? [Buffer.of(0), bytes] : [bytes]));
}

/** BOOLEAN. */
export function bool(value: boolean): Buffer {
  return der(TAG.boolean, Buffer.of(value ? 0xff : 0));
}

/** NULL. */
export function nul(): Buffer {
  return der(TAG.null);
}

/** OCTET STRING. */
export function octets(...parts: readonly Bytes[]): Buffer {
  return der(TAG.octetString, ...parts);
}

/** BIT STRING. */
export function bits(bytes: Bytes, unused = 0): Buffer {
  return der(TAG.bitString, Buffer.of(unused), bytes);
}

/** UTF8String. */
export function utf8String(text: string): Buffer {
  return der(TAG.utf8String, utf8(text));
}

/** IA5String. */
export function ia5String(text: string): Buffer {
  return der(TAG.ia5String, Buffer.from(text, 'latin1'));
}

/** Time as certificates have it: UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
export function time(at: Date): Buffer {
  const text = stamp(at);
  const year = at.getUTCFullYear();
  return year >= 1950 && year < 2050 ? der(TAG.utcTime, utf8(text.slice(2))) : der(TAG.generalizedTime, utf8(text));
}

/** GeneralizedTime, with the fraction of a second when there is one (RFC 3161 §2.4.2). */
export function generalizedTime(at: Date): Buffer {
  const fraction = at.getUTCMilliseconds();
  const tail = fraction === 0 ? 'Z' : `.${fraction.toString().padStart(3, '0').replace(/0+$/, '')}Z`;
  return der(TAG.generalizedTime, utf8(stamp(at).replace('Z', tail)));
}

function stamp(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
}

/** A block of PEM (RFC 7468). */
export function pem(label: string, bytes: Bytes): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
