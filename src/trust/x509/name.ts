import { isUtf8 } from 'node:buffer';
import { type Bytes, encodeHex } from '../../bytes/index.ts';
import { children, contentOf, type DerValue, encodingOf, expectTag, readDer, readOid, TAG } from '../../codec/der/index.ts';
import { invalid } from './invalid.ts';

/** One attribute of a Name: its type and its value as text, or `#` and the hexadecimal of its DER when it is no text. */
export interface Attribute {
  readonly oid: string;
  readonly value: string;
  readonly text: boolean;
}

/** Object identifier of the emailAddress attribute (RFC 2985 §5.2.1). */
export const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

// RFC 4514 §3, and two that are common in code signing.
const SHORT: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['2.5.4.5', 'SERIALNUMBER'],
  [EMAIL_ADDRESS, 'EMAILADDRESS'],
]);

/** The short name of an attribute's type (`CN`, `O`, `ST`), else its object identifier. */
export function attributeType(oid: string): string {
  return SHORT.get(oid) ?? oid;
}

/** Throws `certificate-invalid` | `der-invalid` unless the value is a Name (RFC 5280 §4.1.2.4): a SEQUENCE of SETs of type and value. */
export function checkName(name: DerValue | undefined, what: string): DerValue {
  const value = expectTag(name, TAG.sequence, what);
  for (const rdn of children(value)) {
    const attributes = children(expectTag(rdn, TAG.set, what));
    if (attributes.length === 0) throw invalid(`${what} has an empty part`);
    for (const attribute of attributes) {
      const [oid, text, rest] = children(expectTag(attribute, TAG.sequence, what));
      readOid(oid, what);
      if (text === undefined || rest !== undefined) throw invalid(`${what} has an attribute that is not a type and a value`);
    }
  }
  return value;
}

/** The relative names of a DER Name, first (most significant) one first. Throws `certificate-invalid` | `der-invalid`. */
export function attributesOf(name: Bytes): Attribute[][] {
  return children(readDer(name)).map((rdn) =>
    children(rdn).map((attribute) => {
      const [oid, value] = children(attribute);
      const text = value === undefined ? undefined : stringOf(value);
      return { oid: readOid(oid), text: text !== undefined, value: text ?? `#${value === undefined ? '' : encodeHex(encodingOf(value))}` };
    }),
  );
}

/** RFC 4514 text of a DER Name: last relative name first. Control and formatting characters are escaped, so it is safe to print. */
export function nameText(name: Bytes): string {
  const parts = attributesOf(name).map((rdn) =>
    rdn.map(({ oid, value, text }) => `${text ? (SHORT.get(oid) ?? oid) : oid}=${text ? escaped(value) : value}`).join('+'),
  );
  return parts.reverse().join(',');
}

/** A form of each relative name in which equal ones are equal (RFC 5280 §7.1): letter case, spaces and string type do not count. */
export function comparable(name: Bytes): string[] {
  return attributesOf(name).map((rdn) =>
    rdn
      .map(({ oid, value }) => JSON.stringify([oid, value.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')]))
      .sort()
      .join('+'),
  );
}

function stringOf(value: DerValue): string | undefined {
  const content = contentOf(value);
  switch (value.tag) {
    case TAG.utf8String:
      return isUtf8(content) ? Buffer.from(content).toString() : undefined;
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.teletexString:
      return Buffer.from(content).toString('latin1');
    case TAG.bmpString:
      return content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : undefined;
    default:
      return undefined;
  }
}

function escaped(value: string): string {
  return value
    .replace(/[\\"+,;<>]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => [...Buffer.from(c)].map((b) => `\\${b.toString(16).padStart(2, '0')}`).join(''));
}
