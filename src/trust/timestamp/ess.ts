import { createHash } from 'node:crypto';
import { type Bytes, equal } from '../../bytes/index.ts';
import { children, type DerValue, encodingOf, expectTag, integerBytes, readOctets, TAG } from '../../codec/der/index.ts';
import { type HashName, hash } from '../../crypto/index.ts';
import { readHashAlgorithm } from '../x509/algorithm.ts';
import type { Certificate } from '../x509/index.ts';
import { invalid } from './invalid.ts';

/** A certificate named by its digest: ESSCertID (RFC 2634 §5.4, SHA-1 by definition) or ESSCertIDv2 (RFC 5035 §4). */
export interface EssCertId {
  readonly hash: HashName | 'sha1';
  readonly digest: Bytes;
  readonly issuerSerial: { readonly issuer: Bytes; readonly serial: Bytes } | undefined;
}

/**
 * The first certificate of a SigningCertificate (1) or SigningCertificateV2 (2) attribute, which is the signer's (RFC 5035 §3), in a list; empty when
 * there is no such attribute. Throws `timestamp-invalid` | `der-invalid` | `algorithm-unsupported`.
 */
export function parseEssCertIds(value: DerValue | undefined, version: 1 | 2): readonly EssCertId[] {
  if (value === undefined) return [];
  const [certs] = children(expectTag(value, TAG.sequence, 'signing certificate'));
  const [first] = children(expectTag(certs, TAG.sequence, 'signing certificates'));
  const parts = children(expectTag(first, TAG.sequence, 'signing certificate'));
  // In version 2 the hash algorithm comes first, and is left out when it is SHA-256.
  const named = version === 2 && parts[0]?.tag === TAG.sequence ? parts.shift() : undefined;
  const [digest, issuerSerial, rest] = parts;
  if (rest !== undefined) throw invalid('signing certificate has a part too many');
  return [
    {
      hash: version === 1 ? 'sha1' : named === undefined ? 'sha256' : readHashAlgorithm(named),
      digest: readOctets(digest, 'digest of the signing certificate'),
      issuerSerial: issuerSerial === undefined ? undefined : readIssuerSerial(issuerSerial),
    },
  ];
}

// IssuerSerial ::= SEQUENCE { GeneralNames, serial }; the issuer of a certificate is one directoryName (RFC 5035 §4).
function readIssuerSerial(value: DerValue): NonNullable<EssCertId['issuerSerial']> {
  const [names, serial] = children(expectTag(value, TAG.sequence, 'issuer of the signing certificate'));
  const [name, more] = children(expectTag(names, TAG.sequence, 'issuer of the signing certificate'));
  if (more !== undefined) throw invalid('signing certificate has more than one issuer');
  const [issuer] = children(expectTag(name, 0xa4, 'issuer of the signing certificate'));
  return {
    issuer: encodingOf(expectTag(issuer, TAG.sequence, 'issuer of the signing certificate')),
    serial: integerBytes(serial, 'serial number of the signing certificate'),
  };
}

/** Whether a certificate is the named one. */
export function isNamedBy(certificate: Certificate, id: EssCertId): boolean {
  // SHA-1 here only compares with a certificate that is trusted for other reasons; a collision proves nothing.
  const digest = id.hash === 'sha1' ? createHash('sha1').update(certificate.der).digest() : hash(id.hash, certificate.der);
  if (!equal(digest, id.digest)) return false;
  return (
    id.issuerSerial === undefined ||
    (equal(id.issuerSerial.issuer, certificate.issuer) && equal(id.issuerSerial.serial, certificate.serial))
  );
}
