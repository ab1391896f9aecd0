/** Certificates with any part right or wrong (RFC 5280 §4.1): the minting room's, signed at once, with what a test bends. */
import { createHash } from 'node:crypto';
import { type Bytes, concat } from '../../bytes/index.ts';
import * as mint from '../../mint/index.ts';
import { type SctOptions, sctList } from './ct.ts';
import { int, pem, tagged } from './encode.ts';
import { type SigningHash, type SigningKey, sign, signatureAlgorithm, usualHash } from './keys.ts';
import type { Extension, Name } from './names.ts';

/** A certificate with its private key. */
export interface Certificate {
  readonly subject: Name;
  readonly key: SigningKey;
  readonly der: Buffer;
  readonly pem: string;
  /** The serial number as it stands in the certificate: a whole INTEGER. */
  readonly serial: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** What a certificate is made of. */
export interface CertificateParts {
  readonly subject: Name;
  readonly key: SigningKey;
  /** Who signs it; itself when left out. */
  readonly issuer?: Pick<Certificate, 'subject' | 'key'>;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
  /** Promises of CT logs to embed, made over the certificate without them (RFC 6962 §3.2). */
  readonly scts?: readonly SctOptions[];
  readonly bend?: CertificateBend;
}

/** One thing to get wrong in a certificate. */
export interface CertificateBend {
  /** Whole INTEGER, or its value. */
  readonly serial?: Bytes | number;
  /** 2 is version 3. */
  readonly version?: number;
  readonly signatureHash?: SigningHash;
  /** The algorithm outside differs from the one that was signed. */
  readonly outerAlgorithm?: Bytes;
  /** Signed with a key that is not the named issuer's. */
  readonly signingKey?: SigningKey;
  /** Another name stands where the issuer's should. */
  readonly issuerName?: Name;
  /** The bytes of the public key that stand in the certificate. */
  readonly spki?: Bytes;
  /** Validity, whole SEQUENCE. */
  readonly validity?: Bytes;
  /** Replaces the SCT list, the whole content of the extension's OCTET STRING. */
  readonly sctExtension?: Bytes;
  /** What the SCTs are made over, instead of this certificate. */
  readonly sctOver?: { readonly tbs?: Bytes; readonly issuerKeyHash?: Bytes };
  /** Position of the SCT extension; last when left out. */
  readonly sctPosition?: number;
  /** Changes the finished certificate. */
  readonly bytes?: (der: Buffer) => Buffer;
}

let serials = 0;

/** Makes a certificate. */
export function makeCertificate(parts: CertificateParts): Certificate {
  const { subject, key, notBefore, notAfter, extensions, scts, bend = {} } = parts;
  const issuer = parts.issuer ?? { subject, key };
  const hash = bend.signatureHash ?? usualHash(issuer.key);
  const algorithm = signatureAlgorithm(issuer.key, hash);
  const content = { serial: serialOf(key), algorithm, issuer: bend.issuerName ?? issuer.subject, subject, notBefore, notAfter };
  const honest = mint.certificateParts({ ...content, spki: key.spki, extensions });
  const bent = { ...honest, ...bentParts(bend) };
  const body = mint.encodeParts({ ...bent, extensions: mint.extensionsPart(withScts(bent, issuer, extensions, scts, bend)) });
  const signature = sign(bend.signingKey ?? issuer.key, body, { hash });
  const made = mint.signedCertificate(body, bend.outerAlgorithm ?? algorithm, signature);
  const der = bend.bytes?.(made) ?? made;
  return { subject, key, der, pem: pem('CERTIFICATE', der), serial: Buffer.from(bent.serial), notBefore, notAfter };
}

function bentParts({ version, serial, validity, spki }: CertificateBend): Partial<mint.CertificateParts> {
  return {
    ...(version === undefined ? {} : { version: version === 0 ? Buffer.alloc(0) : tagged(0, int(version)) }),
    ...(serial === undefined ? {} : { serial: serial instanceof Uint8Array ? serial : int(serial) }),
    ...(validity === undefined ? {} : { validity }),
    ...(spki === undefined ? {} : { spki }),
  };
}

function withScts(
  parts: mint.CertificateParts,
  issuer: Pick<Certificate, 'key'>,
  extensions: readonly Extension[],
  scts: readonly SctOptions[] | undefined,
  bend: CertificateBend,
): readonly Extension[] {
  if (bend.sctExtension === undefined && scts === undefined) return extensions;
  const over = { tbs: bend.sctOver?.tbs ?? mint.encodeParts(parts), issuerKeyHash: bend.sctOver?.issuerKeyHash ?? issuer.key.id };
  const honest = mint.sctExtension(sctList(scts ?? [], over));
  return extensions.toSpliced(bend.sctPosition ?? extensions.length, 0, { ...honest, value: bend.sctExtension ?? honest.value });
}

function serialOf(key: SigningKey): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(++serials);
  const unique = createHash('sha256').update(key.spki).update(counter).digest().subarray(0, 15);
  return concat(Buffer.of(1), unique);
}
