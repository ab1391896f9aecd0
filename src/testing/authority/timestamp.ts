/** A timestamp authority: RFC 3161 responses with real CMS signatures (RFC 5652, RFC 5816). */
import { createHash, randomBytes } from 'node:crypto';
import type { Bytes } from '../../bytes/index.ts';
import * as mint from '../../mint/index.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { int, octets, seq } from './encode.ts';
import { hashAlgorithm, type KeyKind, newKey, type SigningHash, type SigningKey, sign, signatureAlgorithm, usualHash } from './keys.ts';
import { authorityKeyId, basicConstraints, type Extension, encodeName, extendedKeyUsage, keyUsage, OID, subjectKeyId } from './names.ts';

const DAY = 86_400_000;
const POLICY = '1.3.6.1.4.1.57264.2';

/** A timestamp authority: `chain` is leaf, intermediate, root. */
export interface TimestampAuthority {
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
  readonly uri: string;
}

/** What a timestamp authority is made of. */
export interface TimestampAuthorityOptions {
  readonly name?: string;
  readonly now: Date;
  readonly uri?: string;
  readonly keyKind?: KeyKind;
  readonly intermediate?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly leafExtensions?: (usual: readonly Extension[]) => readonly Extension[];
  readonly intermediateExtensions?: (usual: readonly Extension[]) => readonly Extension[];
  readonly rootNotAfter?: Date;
}

/** Makes a timestamp authority: P-384 root, P-256 leaf. */
export function makeTimestampAuthority(options: TimestampAuthorityOptions): TimestampAuthority {
  const { name = 'virtual tsa', now, uri = 'https://tsa.virtual.test' } = options;
  const [from, to] = [new Date(now.getTime() - 365 * DAY), new Date(now.getTime() + 3650 * DAY)];
  const rootKey = newKey('p384');
  const root = makeCertificate({
    subject: [['CN', `${name} root`]],
    key: rootKey,
    notBefore: from,
    notAfter: options.rootNotAfter ?? to,
    extensions: [keyUsage(['keyCertSign', 'cRLSign']), basicConstraints(true), subjectKeyId(rootKey)],
  });
  const chain = [root];
  let issuer = root;
  if (options.intermediate === true) {
    const key = newKey('p384');
    const usual = [
      keyUsage(['keyCertSign']),
      extendedKeyUsage([OID.timeStamping]),
      basicConstraints(true, 0),
      subjectKeyId(key),
      authorityKeyId(rootKey),
    ];
    const extensions = options.intermediateExtensions?.(usual) ?? usual;
    issuer = makeCertificate({ subject: [['CN', `${name} intermediate`]], key, issuer: root, notBefore: from, notAfter: to, extensions });
    chain.unshift(issuer);
  }
  const key = newKey(options.keyKind ?? 'p256');
  const usual = [keyUsage(['digitalSignature']), extendedKeyUsage([OID.timeStamping], true), subjectKeyId(key), authorityKeyId(issuer.key)];
  const leaf = makeCertificate({
    subject: [['CN', `${name} signer`]],
    key,
    issuer,
    notBefore: options.notBefore ?? from,
    notAfter: options.notAfter ?? to,
    extensions: options.leafExtensions?.(usual) ?? usual,
  });
  return { leaf, chain: [leaf, ...chain], uri };
}

/** How a timestamp is made, and what to get wrong in it. */
export interface TimestampOptions {
  readonly at: Date;
  /** Hash function of the imprint. */
  readonly hash?: SigningHash;
  /** Certificates in the token: the whole chain but the root, the leaf, or none. Default `leaf`. */
  readonly embed?: 'chain' | 'leaf' | 'none';
  /** The request that is answered: its imprint, whatever the message, and its nonce. */
  readonly request?: { readonly imprint: Bytes; readonly nonce?: Bytes | undefined };
  readonly bend?: TimestampBend;
}

/** One thing to get wrong in a timestamp. */
export interface TimestampBend {
  readonly signingKey?: SigningKey;
  /** Hash of the CMS signature. */
  readonly signatureHash?: SigningHash;
  readonly digestHash?: SigningHash;
  /** Digest in the imprint. */
  readonly imprint?: Bytes;
  readonly contentType?: string;
  /** The message digest attribute, instead of the real one. */
  readonly messageDigest?: Bytes;
  /** Attributes left out, by short name. */
  readonly without?: readonly ('contentType' | 'messageDigest' | 'signingCertificate' | 'signingTime')[];
  /** The certificate that the signing-certificate attribute names. */
  readonly signingCertificate?: Certificate;
  /** PKIStatus; 0 is granted. */
  readonly status?: number;
  readonly version?: number;
  /** Extensions of TSTInfo, whole. */
  readonly extensions?: Bytes;
  /** Attributes signed in no order. */
  readonly unsorted?: boolean;
  /** More than one signer info. */
  readonly twice?: boolean;
  /** Certificates to embed, instead. */
  readonly certificates?: readonly Certificate[];
  readonly genTime?: Bytes;
  /** Content changed after signing. */
  readonly tstInfo?: (info: Buffer) => Buffer;
}

/** A TimeStampResp (RFC 3161 §2.4.2) over a message. */
export function timestamp(tsa: TimestampAuthority, message: Bytes, options: TimestampOptions): Buffer {
  const { status } = options.bend ?? {};
  const token = timestampToken(tsa, message, options);
  return status === undefined ? mint.timestampResponse(token) : seq(seq(int(status)), token);
}

/** The bare TimeStampToken. */
export function timestampToken(tsa: TimestampAuthority, message: Bytes, options: TimestampOptions): Buffer {
  const { at, embed = 'leaf', bend = {} } = options;
  const info = tstInfo(message, options);
  const { leaf } = tsa;
  const key = bend.signingKey ?? leaf.key;
  const signatureHash = bend.signatureHash ?? usualHash(key);
  const digestHash = bend.digestHash ?? signatureHash;
  const contentType = bend.contentType ?? mint.TST_INFO;
  const attributes = bentAttributes(
    mint.signedAttributes({
      contentType,
      digest: bend.messageDigest ?? createHash(digestHash).update(info).digest(),
      certificate: (bend.signingCertificate ?? leaf).der,
      at,
    }),
    bend,
  );
  const signer = mint.signerInfo({
    issuer: encodeName((tsa.chain[1] ?? leaf).subject),
    serial: leaf.serial,
    digestAlgorithm: hashAlgorithm(digestHash),
    attributes,
    signatureAlgorithm: signatureAlgorithm(key, signatureHash),
    signature: sign(key, mint.attributesToSign(attributes), { hash: signatureHash }),
  });
  const certificates = bend.certificates ?? { chain: tsa.chain.slice(0, -1), leaf: [leaf], none: [] }[embed];
  return mint.signedData({
    contentType,
    content: bend.tstInfo?.(info) ?? info,
    digestAlgorithm: hashAlgorithm(digestHash),
    certificates: certificates.map((c) => c.der),
    signers: [signer, ...(bend.twice ? [signer] : [])],
  });
}

function tstInfo(message: Bytes, { at, hash = 'sha256', request, bend = {} }: TimestampOptions): Buffer {
  const imprint = bend.imprint ?? createHash(hash).update(message).digest();
  const honest = mint.timestampParts({
    policy: POLICY,
    imprint: request?.imprint ?? seq(hashAlgorithm(hash), octets(imprint)),
    serial: Buffer.concat([Buffer.of(1), randomBytes(8)]),
    at,
    accuracy: 1000,
    ...(request?.nonce === undefined ? {} : { nonce: request.nonce }),
  });
  return mint.encodeTstInfo({
    ...honest,
    ...(bend.version === undefined ? {} : { version: int(bend.version) }),
    ...(bend.genTime === undefined ? {} : { genTime: bend.genTime }),
    ...(bend.extensions === undefined ? {} : { extensions: bend.extensions }),
  });
}

const ATTRIBUTES = { ...mint.ATTRIBUTE, signingCertificate: mint.ATTRIBUTE.signingCertificateV2 };

function bentAttributes(honest: readonly mint.SignedAttribute[], { without = [], unsorted }: TimestampBend): Buffer[] {
  const left = new Set<string>(without.map((name) => ATTRIBUTES[name]));
  const encoded = mint.encodeAttributes(honest.filter(({ id }) => !left.has(id)));
  return unsorted ? encoded.reverse() : encoded;
}
