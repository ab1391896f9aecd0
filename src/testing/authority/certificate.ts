/** Certificates with any part right or wrong (RFC 5280 §4.1). */
import { createHash } from 'node:crypto';
import { type Bytes, concat } from '../../bytes/index.ts';
import { type SctOptions, sctList } from './ct.ts';
import { bits, int, octets, pem, seq, tagged, time } from './encode.ts';
import { type SigningHash, type SigningKey, sign, signatureAlgorithm, usualHash } from './keys.ts';
import { type Extension, encodeExtension, encodeName, type Name, OID } from './names.ts';

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
  const serial = serialOf(bend.serial, key);
  const tbs = (list: readonly Extension[]): Buffer =>
    seq(
      ...(bend.version === 0 ? [] : [tagged(0, int(bend.version ?? 2))]),
      serial,
      algorithm,
      encodeName(bend.issuerName ?? issuer.subject),
      bend.validity ?? seq(time(notBefore), time(notAfter)),
      encodeName(subject),
      bend.spki ?? key.spki,
      ...(list.length === 0 ? [] : [tagged(3, seq(...list.map(encodeExtension)))]),
    );
  let all = extensions;
  if (bend.sctExtension !== undefined || scts !== undefined) {
    const over = { tbs: bend.sctOver?.tbs ?? tbs(extensions), issuerKeyHash: bend.sctOver?.issuerKeyHash ?? issuer.key.id };
    const value = bend.sctExtension ?? octets(sctList(scts ?? [], over));
    all = extensions.toSpliced(bend.sctPosition ?? extensions.length, 0, { id: OID.sct, value });
  }
  const body = tbs(all);
  const signature = sign(bend.signingKey ?? issuer.key, body, { hash });
  const made = seq(body, bend.outerAlgorithm ?? algorithm, bits(signature));
  const der = bend.bytes?.(made) ?? made;
  return { subject, key, der, pem: pem('CERTIFICATE', der), serial, notBefore, notAfter };
}

function serialOf(bent: Bytes | number | undefined, key: SigningKey): Buffer {
  if (bent instanceof Uint8Array) return Buffer.from(bent);
  if (bent !== undefined) return int(bent);
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(++serials);
  const unique = createHash('sha256').update(key.spki).update(counter).digest().subarray(0, 15);
  return int(concat(Buffer.of(1), unique));
}
