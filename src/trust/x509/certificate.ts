import type { Bytes } from '../../bytes/index.ts';
import type { CertificateSignatureAlgorithm } from './algorithm.ts';
import type { BasicConstraints } from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import type { NameConstraints } from './name-constraints.ts';

/** One extension of a certificate (RFC 5280 §4.1.2.9). */
export interface Extension {
  readonly critical: boolean;
  /** The DER value inside the OCTET STRING. */
  readonly value: Bytes;
}

/**
 * An X.509 certificate, version 3 (RFC 5280 §4.1), as views into its DER. Its parts are well formed; nothing about it is verified.
 * Extensions that Assay knows are parsed and `undefined` where the certificate has none.
 */
export interface Certificate {
  readonly der: Bytes;
  /** The signed part, tag and length included. */
  readonly tbs: Bytes;
  /** The content of the INTEGER: positive, at most 20 octets without a leading zero. */
  readonly serial: Bytes;
  /** DER Name, as it stands. */
  readonly issuer: Bytes;
  /** DER Name, as it stands. */
  readonly subject: Bytes;
  /** RFC 4514 text, control characters escaped; empty for an empty name. */
  readonly issuerText: string;
  /** RFC 4514 text, control characters escaped; empty for an empty name. */
  readonly subjectText: string;
  /** Milliseconds since 1970; the certificate is valid at this time too. */
  readonly notBefore: number;
  /** Milliseconds since 1970; the certificate is valid at this time too. */
  readonly notAfter: number;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Bytes;
  readonly signatureAlgorithm: CertificateSignatureAlgorithm;
  readonly signature: Bytes;
  /** All extensions, by dotted object identifier. */
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly basicConstraints: BasicConstraints | undefined;
  /** Bits of `KEY_USAGE`. */
  readonly keyUsage: number | undefined;
  /** Dotted object identifiers. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly subjectAltNames: readonly GeneralName[] | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  readonly subjectKeyId: Bytes | undefined;
  readonly authorityKeyId: Bytes | undefined;
  /** SHA-256 of `der`, lower-case hexadecimal. */
  readonly fingerprint: string;
}
