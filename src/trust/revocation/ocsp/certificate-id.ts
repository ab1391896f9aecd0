import { hash as platformHash } from 'node:crypto';
import { type Bytes, equal } from '../../../bytes/index.ts';
import { children, type DerValue, der, expectTag, integerBytes, readOctets, readOid, TAG } from '../../../codec/der/index.ts';
import { subjectPublicKeyBits } from '../../../crypto/index.ts';
import type { Certificate } from '../../x509/index.ts';
import { invalid } from '../invalid.ts';

/** How OCSP names a certificate (RFC 6960 §4.1.1). */
export interface CertificateId {
  /** Dotted object identifier of the hash function. */
  readonly hash: string;
  readonly nameHash: Bytes;
  readonly keyHash: Bytes;
  readonly serial: Bytes;
}

const SHA1 = '1.3.14.3.2.26';
// SHA-1 is a mere name here: what an answer says is signed, serial number included, and by a key that the issuer's own key vouches for.
const HASHES: ReadonlyMap<string, string> = new Map([
  [SHA1, 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);
/** AlgorithmIdentifier of SHA-1, with NULL. */
const SHA1_ALGORITHM = Buffer.from('300906052b0e03021a0500', 'hex');

/** An OCSPRequest (DER, RFC 6960 §4.1.1) about one certificate, named with SHA-1 as all responders know it, without a nonce. */
export function ocspRequest(certificate: Certificate, issuer: Certificate): Buffer {
  const sequence = (...parts: readonly Bytes[]): Buffer => der(TAG.sequence, ...parts);
  const id = sequence(
    SHA1_ALGORITHM,
    der(TAG.octetString, digest('sha1', issuer.subject)),
    der(TAG.octetString, keyHash(issuer)),
    der(TAG.integer, certificate.serial),
  );
  return sequence(sequence(sequence(sequence(id))));
}

/** Parses a CertID. Throws `revocation-invalid` | `der-invalid`. */
export function parseCertificateId(value: DerValue | undefined): CertificateId {
  const [algorithm, name, key, serial, rest] = children(expectTag(value, TAG.sequence, 'certificate id'));
  if (rest !== undefined) throw invalid('certificate id has a part too many');
  const [id] = children(expectTag(algorithm, TAG.sequence, 'hash algorithm'));
  return {
    hash: readOid(id, 'hash algorithm'),
    nameHash: readOctets(name, 'hash of the issuer name'),
    keyHash: readOctets(key, 'hash of the issuer key'),
    serial: integerBytes(serial, 'serial number'),
  };
}

/** Whether a CertID names this certificate of this issuer. */
export function namesCertificate(id: CertificateId, certificate: Certificate, issuer: Certificate): boolean {
  const hash = HASHES.get(id.hash);
  if (hash === undefined || !equal(id.serial, certificate.serial)) return false;
  return equal(id.nameHash, digest(hash, issuer.subject)) && equal(id.keyHash, digest(hash, subjectPublicKeyBits(issuer.spki)));
}

/** SHA-1 of a certificate's key, as responder ids have it (RFC 6960 §4.2.1, KeyHash). */
export function keyHash(certificate: Certificate): Buffer {
  return digest('sha1', subjectPublicKeyBits(certificate.spki));
}

function digest(name: string, bytes: Bytes): Buffer {
  return platformHash(name, bytes, 'buffer');
}
