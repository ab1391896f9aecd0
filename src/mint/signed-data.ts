/** CMS SignedData with one signer (RFC 5652 §5), as far as timestamps need it. */
import type { Bytes } from '../bytes/index.ts';
import { int, octets, oid, seq, set, tagged, time } from '../codec/der/encode.ts';
import { children, encodingOf, expectTag, readDer, TAG } from '../codec/der/index.ts';
import { sha256 } from '../crypto/index.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';

/** The identifiers of signed attributes (RFC 5652 §11, RFC 5816). */
export const ATTRIBUTE = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

/** A signed attribute with its one value. */
export interface SignedAttribute {
  readonly id: string;
  readonly value: Bytes;
}

/** The attributes of a timestamp's signer. `digest` is that of the content, `certificate` the signer's, DER. */
export function signedAttributes(of: {
  readonly contentType: string;
  readonly digest: Bytes;
  readonly certificate: Bytes;
  readonly at: Date;
}): readonly SignedAttribute[] {
  return [
    { id: ATTRIBUTE.contentType, value: oid(of.contentType) },
    { id: ATTRIBUTE.signingTime, value: time(of.at) },
    { id: ATTRIBUTE.messageDigest, value: octets(of.digest) },
    // ESSCertIDv2 whose hash function is the default, SHA-256 (RFC 5035 §4).
    { id: ATTRIBUTE.signingCertificateV2, value: seq(seq(seq(octets(sha256(of.certificate))))) },
  ];
}

/** The attributes encoded, in DER's order of a SET OF (X.690 §11.6). */
export function encodeAttributes(attributes: readonly SignedAttribute[]): Buffer[] {
  return attributes.map(({ id, value }) => seq(oid(id), set(value))).sort(Buffer.compare);
}

/** What the signer signs (RFC 5652 §5.4): the attributes under the tag of a SET. */
export function attributesToSign(encoded: readonly Bytes[]): Buffer {
  return set(...encoded);
}

/** Issuer and serial number as they stand in a certificate, DER. Throws `der-invalid`. */
export function issuerAndSerial(certificate: Bytes): { readonly issuer: Bytes; readonly serial: Bytes } {
  const [tbs] = children(expectTag(readDer(certificate), TAG.sequence, 'certificate'));
  const [version, serial, , issuer] = children(expectTag(tbs, TAG.sequence, 'certificate content'));
  expectTag(version, 0xa0, 'certificate version');
  return {
    issuer: encodingOf(expectTag(issuer, TAG.sequence, 'issuer')),
    serial: encodingOf(expectTag(serial, TAG.integer, 'serial number')),
  };
}

/** A SignerInfo (RFC 5652 §5.3), from encoded parts. */
export function signerInfo(of: {
  /** Name and INTEGER of the signer's certificate, each whole. */
  readonly issuer: Bytes;
  readonly serial: Bytes;
  readonly digestAlgorithm: Bytes;
  readonly attributes: readonly Bytes[];
  readonly signatureAlgorithm: Bytes;
  readonly signature: Bytes;
}): Buffer {
  const sid = seq(of.issuer, of.serial);
  return seq(int(1), sid, of.digestAlgorithm, tagged(0, ...of.attributes), of.signatureAlgorithm, octets(of.signature));
}

/** The ContentInfo around a SignedData that holds its content (RFC 5652 §3, §5.1). */
export function signedData(of: {
  readonly contentType: string;
  readonly content: Bytes;
  readonly digestAlgorithm: Bytes;
  /** DER, empty for none. */
  readonly certificates: readonly Bytes[];
  readonly signers: readonly Bytes[];
}): Buffer {
  const certificates = of.certificates.length === 0 ? [] : [tagged(0, ...of.certificates)];
  const content = seq(oid(of.contentType), tagged(0, octets(of.content)));
  return seq(oid(SIGNED_DATA), tagged(0, seq(int(3), set(of.digestAlgorithm), content, ...certificates, set(...of.signers))));
}
