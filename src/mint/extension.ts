/** Extensions of certificates (RFC 5280 §4.2), and the object identifiers that stand in them. */
import { createHash } from 'node:crypto';
import { type Bytes, utf8 } from '../bytes/index.ts';
import { bits, bool, implicit, int, nul, octets, oid, seq, tagged, utf8String } from '../codec/der/encode.ts';
import { type AlternativeName, generalName } from './name.ts';

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

/** keyUsage (RFC 5280 §4.2.1.3). */
export function keyUsage(usages: readonly KeyUsage[], critical = true): Extension {
  const value = usages.reduce((n, usage) => n | (0x80 >> USAGES.indexOf(usage)), 0);
  let unused = 0;
  while (unused < 7 && ((value >> unused) & 1) === 0) unused++;
  return { id: OID.keyUsage, critical, value: value === 0 ? bits(Buffer.alloc(0)) : bits(Buffer.of(value), unused) };
}

/** extKeyUsage (RFC 5280 §4.2.1.12). */
export function extendedKeyUsage(purposes: readonly string[], critical = false): Extension {
  return { id: OID.extendedKeyUsage, critical, value: seq(...purposes.map(oid)) };
}

/** basicConstraints (RFC 5280 §4.2.1.9). */
export function basicConstraints(ca: boolean, pathLength?: number, critical = true): Extension {
  const parts = [...(ca ? [bool(true)] : []), ...(pathLength === undefined ? [] : [int(pathLength)])];
  return { id: OID.basicConstraints, critical, value: seq(...parts) };
}

/** subjectAltName (RFC 5280 §4.2.1.6); critical unless said otherwise, as it is beside the empty subjects that Fulcio writes. */
export function subjectAltName(names: readonly AlternativeName[], critical = true): Extension {
  return { id: OID.subjectAltName, critical, value: seq(...names.map(generalName)) };
}

/** nameConstraints (RFC 5280 §4.2.1.10). */
export function nameConstraints(
  permitted: readonly AlternativeName[],
  excluded: readonly AlternativeName[] = [],
  critical = true,
): Extension {
  const subtrees = (n: number, names: readonly AlternativeName[]): Buffer[] =>
    names.length === 0 ? [] : [tagged(n, ...names.map((name) => seq(generalName(name))))];
  return { id: OID.nameConstraints, critical, value: seq(...subtrees(0, permitted), ...subtrees(1, excluded)) };
}

/** subjectKeyIdentifier of a SubjectPublicKeyInfo. */
export function subjectKeyId(spki: Bytes): Extension {
  return { id: OID.subjectKeyId, value: octets(keyName(spki)) };
}

/** authorityKeyIdentifier of the issuer's SubjectPublicKeyInfo. */
export function authorityKeyId(spki: Bytes): Extension {
  return { id: OID.authorityKeyId, value: seq(implicit(0, keyName(spki))) };
}

/** The poison that keeps a precertificate from being used (RFC 6962 §3.1). */
export function precertificatePoison(): Extension {
  return { id: OID.poison, critical: true, value: nul() };
}

// SHA-1 as RFC 5280 §4.2.1.2 suggests: a name by which certificates are found, nothing that is trusted.
function keyName(spki: Bytes): Buffer {
  return createHash('sha1').update(spki).digest();
}

/** A claim that Fulcio certifies, by the last arc of its identifier: 1 to 6 as bare bytes, later ones as UTF8String (fulcio, docs/oid-info.md). */
export function fulcioClaim(arc: number, value: string): Extension {
  return { id: `${OID.fulcio}.${arc}`, value: arc <= 6 ? utf8(value) : utf8String(value) };
}
