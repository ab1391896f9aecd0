/** Object identifiers, and the parts of certificates that are written from them. */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../bytes/index.ts';
import { bits, bool, ia5String, implicit, int, octets, oid, seq, set, tagged, utf8String } from './encode.ts';
import type { SigningKey } from './keys.ts';

/** Object identifiers of RFC 5280, RFC 6962, RFC 3161 and Fulcio. */
export const OID = {
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  anyUsage: '2.5.29.37.0',
  sct: '1.3.6.1.4.1.11129.2.4.2',
  poison: '1.3.6.1.4.1.11129.2.4.3',
  fulcio: '1.3.6.1.4.1.57264.1',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  nameConstraints: '2.5.29.30',
  policyConstraints: '2.5.29.36',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
} as const;

/** A distinguished name, attribute after attribute. */
export type Name = readonly (readonly ['CN' | 'O' | 'OU' | 'C' | 'ST' | 'L' | 'serialNumber', string])[];

const ATTRIBUTES = {
  CN: '2.5.4.3',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  serialNumber: '2.5.4.5',
} as const;

/** A Name (RFC 5280 §4.1.2.4). */
export function encodeName(name: Name): Buffer {
  return seq(...name.map(([type, value]) => set(seq(oid(ATTRIBUTES[type]), utf8String(value)))));
}

/** A subject alternative name. `other` is Fulcio's OtherName (1.3.6.1.4.1.57264.1.7), `ip` four or sixteen bytes, `raw` a whole GeneralName. */
export type San =
  | { readonly uri: string }
  | { readonly email: string }
  | { readonly dns: string }
  | { readonly ip: readonly number[] }
  | { readonly other: string; readonly oid?: string }
  | { readonly directory: Name }
  | { readonly raw: Bytes };

/** A GeneralName (RFC 5280 §4.2.1.6). */
export function generalName(san: San): Buffer {
  if ('uri' in san) return implicit(6, Buffer.from(san.uri, 'latin1'));
  if ('email' in san) return implicit(1, Buffer.from(san.email, 'latin1'));
  if ('dns' in san) return implicit(2, Buffer.from(san.dns, 'latin1'));
  if ('ip' in san) return implicit(7, Buffer.from(san.ip));
  if ('directory' in san) return tagged(4, encodeName(san.directory));
  if ('raw' in san) return Buffer.from(san.raw);
  return tagged(0, oid(san.oid ?? `${OID.fulcio}.7`), tagged(0, utf8String(san.other)));
}

/** An extension of a certificate: its value is what stands inside the OCTET STRING. */
export interface Extension {
  readonly id: string;
  readonly critical?: boolean;
  readonly value: Bytes;
}

/** Extension (RFC 5280 §4.1). */
export function encodeExtension(extension: Extension): Buffer {
  return seq(oid(extension.id), ...(extension.critical ? [bool(true)] : []), octets(extension.value));
}

/** The bits of keyUsage, in their order (RFC 5280 §4.2.1.3). */
const USAGES = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
] as const;

/** A bit of keyUsage. */
export type KeyUsage = (typeof USAGES)[number];

/** keyUsage. */
export function keyUsage(usages: readonly KeyUsage[], critical = true): Extension {
  const value = usages.reduce((n, usage) => n | (0x80 >> USAGES.indexOf(usage)), 0);
  let unused = 0;
  while (unused < 7 && ((value >> unused) & 1) === 0) unused++;
  return { id: OID.keyUsage, critical, value: value === 0 ? bits(Buffer.alloc(0)) : bits(Buffer.of(value), unused) };
}

/** extKeyUsage. */
export function extendedKeyUsage(purposes: readonly string[], critical = false): Extension {
  return { id: OID.extendedKeyUsage, critical, value: seq(...purposes.map(oid)) };
}

/** basicConstraints. */
export function basicConstraints(ca: boolean, pathLength?: number, critical = true): Extension {
  const parts = [...(ca ? [bool(true)] : []), ...(pathLength === undefined ? [] : [int(pathLength)])];
  return { id: OID.basicConstraints, critical, value: seq(...parts) };
}

/** subjectAltName; critical, as Fulcio writes it for its empty subjects. */
export function subjectAltName(names: readonly San[], critical = true): Extension {
  return { id: OID.subjectAltName, critical, value: seq(...names.map(generalName)) };
}

/** nameConstraints (RFC 5280 §4.2.1.10). */
export function nameConstraints(permitted: readonly San[], excluded: readonly San[] = [], critical = true): Extension {
  const subtrees = (n: number, names: readonly San[]): Buffer[] =>
    names.length === 0 ? [] : [tagged(n, ...names.map((s) => seq(generalName(s))))];
  return { id: OID.nameConstraints, critical, value: seq(...subtrees(0, permitted), ...subtrees(1, excluded)) };
}

/** subjectKeyIdentifier: SHA-1 of the SPKI, a mere name. */
export function subjectKeyId(key: SigningKey): Extension {
  return { id: OID.subjectKeyId, value: octets(keyName(key)) };
}

/** authorityKeyIdentifier. */
export function authorityKeyId(key: SigningKey): Extension {
  return { id: OID.authorityKeyId, value: seq(implicit(0, keyName(key))) };
}

function keyName(key: SigningKey): Buffer {
  return createHash('sha1').update(key.spki).digest();
}

/** A claim of Fulcio: 1 to 6 as bare bytes, 8 to 24 as UTF8String (fulcio docs/oid-info.md). */
export function fulcioClaim(n: number, value: string, form: 'raw' | 'utf8' | 'ia5' = n <= 6 ? 'raw' : 'utf8'): Extension {
  return { id: `${OID.fulcio}.${n}`, value: form === 'raw' ? Buffer.from(value) : form === 'utf8' ? utf8String(value) : ia5String(value) };
}
