/** Certificates (RFC 5280 §4.1), in two steps: what is to be signed, and the certificate that a signature over it makes. */
import type { Bytes } from '../bytes/index.ts';
import { bits, int, seq, tagged, time } from '../codec/der/encode.ts';
import { type Extension, encodeExtension } from './extension.ts';
import { encodeName, type Name } from './name.ts';

/** What a certificate says. */
export interface CertificateContent {
  /** Big-endian, positive, at most 20 bytes (RFC 5280 §4.1.2.2). */
  readonly serial: Bytes;
  /** AlgorithmIdentifier of the issuer's signature; see `signatureIdentifier`. */
  readonly algorithm: Bytes;
  readonly issuer: Name;
  readonly subject: Name;
  /** To the second; a fraction is cut off. */
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Bytes;
  readonly extensions: readonly Extension[];
}

/** A TBSCertificate in its parts, each encoded whole, in the order in which they stand. */
export interface CertificateParts {
  readonly version: Bytes;
  readonly serial: Bytes;
  readonly algorithm: Bytes;
  readonly issuer: Bytes;
  readonly validity: Bytes;
  readonly subject: Bytes;
  readonly spki: Bytes;
  /** Empty for a certificate without extensions. */
  readonly extensions: Bytes;
}

/** The parts of what is to be signed. */
export function certificateParts(content: CertificateContent): CertificateParts {
  return {
    version: tagged(0, int(2)),
    serial: int(content.serial),
    algorithm: content.algorithm,
    issuer: encodeName(content.issuer),
    validity: seq(time(content.notBefore), time(content.notAfter)),
    subject: encodeName(content.subject),
    spki: content.spki,
    extensions: extensionsPart(content.extensions),
  };
}

/** The part of a TBSCertificate that has the extensions. */
export function extensionsPart(extensions: readonly Extension[]): Bytes {
  return extensions.length === 0 ? Buffer.alloc(0) : tagged(3, seq(...extensions.map(encodeExtension)));
}

/** A TBSCertificate from its parts. */
export function encodeParts(parts: CertificateParts): Buffer {
  const { version, serial, algorithm, issuer, validity, subject, spki, extensions } = parts;
  return seq(version, serial, algorithm, issuer, validity, subject, spki, extensions);
}

/**
 * The TBSCertificate: what the issuer signs. Without its SCT list it is also what a certificate transparency log promises to
 * publish (RFC 6962 §3.2): see `promisedBytes`.
 */
export function tbsCertificate(content: CertificateContent): Buffer {
  return encodeParts(certificateParts(content));
}

/** The certificate, DER, from what was signed, the AlgorithmIdentifier that stands in it, and the signature. */
export function signedCertificate(tbs: Bytes, algorithm: Bytes, signature: Bytes): Buffer {
  return seq(tbs, algorithm, bits(signature));
}
