import type { Bytes } from '../../bytes/index.ts';
import {
  children,
  contentOf,
  expectTag,
  readBoolean,
  readDer,
  readNamedBits,
  readOctets,
  readOid,
  readSmallInteger,
  TAG,
} from '../../codec/der/index.ts';
import { invalid } from './invalid.ts';

/** Object identifiers of the extensions that Assay reads (RFC 5280 §4.2, RFC 6962 §3.3, RFC 6960 §4.2.2.2.1). */
export const EXTENSION = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
  signedCertificateTimestamps: '1.3.6.1.4.1.11129.2.4.2',
} as const;

/** Bits of a key usage (RFC 5280 §4.2.1.3). */
export const KEY_USAGE = {
  digitalSignature: 1 << 0,
  contentCommitment: 1 << 1,
  keyEncipherment: 1 << 2,
  dataEncipherment: 1 << 3,
  keyAgreement: 1 << 4,
  keyCertSign: 1 << 5,
  crlSign: 1 << 6,
  encipherOnly: 1 << 7,
  decipherOnly: 1 << 8,
} as const;

/** Whether a certificate is a CA, and how many CAs may follow it (RFC 5280 §4.2.1.9). */
export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

/** Throws `certificate-invalid` | `der-invalid`, as all functions here. */
export function parseBasicConstraints(value: Bytes): BasicConstraints {
  const parts = children(expectTag(readDer(value), TAG.sequence, 'basic constraints'));
  const ca = parts[0]?.tag === TAG.boolean && readBoolean(parts[0], 'CA flag');
  // DER leaves out what is the default (X.690 §11.5).
  if (parts[0]?.tag === TAG.boolean && !ca) throw invalid('basic constraints state the default of the CA flag');
  const pathLength = ca ? parts[1] : parts[0];
  if (parts.length > (ca ? 2 : 1)) throw invalid('basic constraints have a part too many');
  if (pathLength !== undefined && !ca) throw invalid('basic constraints have a path length without the CA flag');
  return { ca, pathLength: pathLength === undefined ? undefined : readSmallInteger(pathLength, 'path length') };
}

/** The bits of a key usage, as `KEY_USAGE` has them. */
export function parseKeyUsage(value: Bytes): number {
  const bits = readNamedBits(readDer(value), 'key usage');
  if (bits.length > 16) throw invalid('key usage has more bits than there are');
  return bits.reduce((mask, bit, i) => (bit ? mask | (1 << i) : mask), 0);
}

/** The purposes of an extended key usage (RFC 5280 §4.2.1.12), at least one. */
export function parseExtendedKeyUsage(value: Bytes): readonly string[] {
  const purposes = children(expectTag(readDer(value), TAG.sequence, 'extended key usage'));
  if (purposes.length === 0) throw invalid('extended key usage is empty');
  return purposes.map((p) => readOid(p, 'extended key usage'));
}

/** RFC 5280 §4.2.1.2. */
export function parseSubjectKeyId(value: Bytes): Bytes {
  return readOctets(readDer(value), 'subject key identifier');
}

/** The key identifier of an authority key identifier (RFC 5280 §4.2.1.1), when it has one. */
export function parseAuthorityKeyId(value: Bytes): Bytes | undefined {
  const parts = children(expectTag(readDer(value), TAG.sequence, 'authority key identifier'));
  // [0] key identifier, [1] issuer, [2] serial number, each at most once and in this order.
  const order = parts.map((p) => [0x80, 0xa1, 0x82].indexOf(p.tag));
  if (order.some((at, i) => at < 0 || at <= (order[i - 1] ?? -1)))
    throw invalid('authority key identifier has a part that does not belong there');
  const first = parts[0];
  return first?.tag === 0x80 ? contentOf(first) : undefined;
}
