/** Names in certificates (RFC 5280 §4.1.2.4, §4.2.1.6). */
import type { Bytes } from '../bytes/index.ts';
import { implicit, oid, seq, set, tagged, utf8String } from '../codec/der/encode.ts';
import { der, TAG } from '../codec/der/index.ts';

const ATTRIBUTES = {
  CN: '2.5.4.3',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  serialNumber: '2.5.4.5',
} as const;

/** A distinguished name, attribute after attribute. */
export type Name = readonly (readonly [keyof typeof ATTRIBUTES, string])[];

/** A Name (RFC 5280 §4.1.2.4). */
export function encodeName(name: Name): Buffer {
  return seq(...name.map(([type, value]) => set(seq(oid(ATTRIBUTES[type]), encodeValue(type, value)))));
}

// Country and serial number have to be a PrintableString (RFC 5280, appendix A.1); everything else is UTF-8.
function encodeValue(type: keyof typeof ATTRIBUTES, value: string): Buffer {
  return type === 'C' || type === 'serialNumber' ? der(TAG.printableString, Buffer.from(value, 'latin1')) : utf8String(value);
}

/** The type of Fulcio's OtherName: an identity that is neither an address nor a URI (fulcio, docs/oid-info.md, 1.3.6.1.4.1.57264.1.7). */
export const FULCIO_OTHER_NAME = '1.3.6.1.4.1.57264.1.7';

/** A subject alternative name. `other` is an OtherName with a UTF8String, of Fulcio's type unless another is named; `ip` four or sixteen bytes; `raw` a GeneralName that is encoded already. */
export type AlternativeName =
  | { readonly uri: string }
  | { readonly email: string }
  | { readonly dns: string }
  | { readonly ip: readonly number[] }
  | { readonly other: string; readonly oid?: string }
  | { readonly directory: Name }
  | { readonly raw: Bytes };

/** A GeneralName (RFC 5280 §4.2.1.6). */
export function generalName(name: AlternativeName): Buffer {
  if ('uri' in name) return ia5(6, name.uri);
  if ('email' in name) return ia5(1, name.email);
  if ('dns' in name) return ia5(2, name.dns);
  if ('ip' in name) return implicit(7, Buffer.from(name.ip));
  if ('raw' in name) return Buffer.from(name.raw);
  if ('directory' in name) return tagged(4, encodeName(name.directory));
  return tagged(0, oid(name.oid ?? FULCIO_OTHER_NAME), tagged(0, utf8String(name.other)));
}

// An IA5String under an implicit tag: its content alone.
function ia5(tag: number, text: string): Buffer {
  return implicit(tag, Buffer.from(text, 'latin1'));
}
