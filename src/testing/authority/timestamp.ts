/** A timestamp authority: RFC 3161 responses with real CMS signatures (RFC 5652, RFC 5816). */
import { createHash, randomBytes } from 'node:crypto';
import type { Bytes } from '../../bytes/index.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { generalizedTime, int, octets, oid, seq, set, tagged, time } from './encode.ts';
import { type KeyKind, newKey, type SigningHash, type SigningKey, sign, signatureAlgorithm, usualHash } from './keys.ts';
import { authorityKeyId, basicConstraints, type Extension, encodeName, extendedKeyUsage, keyUsage, OID, subjectKeyId } from './names.ts';

const DAY = 86_400_000;
const HASHES = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const SIGNED_DATA = '1.2.840.113549.1.7.2';

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
  return seq(seq(int(options.bend?.status ?? 0)), timestampToken(tsa, message, options));
}

/** The bare TimeStampToken. */
export function timestampToken(tsa: TimestampAuthority, message: Bytes, options: TimestampOptions): Buffer {
  const { at, hash = 'sha256', embed = 'leaf', bend = {} } = options;
  const imprint = bend.imprint ?? createHash(hash).update(message).digest();
  const info = seq(
    int(bend.version ?? 1),
    oid('1.3.6.1.4.1.57264.2'),
    seq(seq(oid(HASHES[hash])), octets(imprint)),
    int(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    bend.genTime ?? generalizedTime(at),
    seq(int(1)),
    ...(bend.extensions === undefined ? [] : [bend.extensions]),
  );
  const { leaf } = tsa;
  const key = bend.signingKey ?? leaf.key;
  const signatureHash = bend.signatureHash ?? usualHash(key);
  const digestHash = bend.digestHash ?? signatureHash;
  const issuerName = encodeName((tsa.chain[1] ?? leaf).subject);
  const attributes = signedAttributes(tsa, info, digestHash, at, bend);
  const signature = sign(key, set(...attributes), { hash: signatureHash });
  const signer = seq(
    int(1),
    seq(issuerName, leaf.serial),
    seq(oid(HASHES[digestHash])),
    tagged(0, ...attributes),
    signatureAlgorithm(key, signatureHash),
    octets(signature),
  );
  const certificates = bend.certificates ?? { chain: tsa.chain.slice(0, -1), leaf: [leaf], none: [] }[embed];
  const content = seq(oid(bend.contentType ?? TST_INFO), tagged(0, octets(bend.tstInfo?.(info) ?? info)));
  const signedData = seq(
    int(3),
    set(seq(oid(HASHES[digestHash]))),
    content,
    ...(certificates.length === 0 ? [] : [tagged(0, ...certificates.map((c) => c.der))]),
    set(signer, ...(bend.twice ? [signer] : [])),
  );
  return seq(oid(SIGNED_DATA), tagged(0, signedData));
}

function signedAttributes(tsa: TimestampAuthority, info: Bytes, digestHash: SigningHash, at: Date, bend: TimestampBend): Buffer[] {
  const named = bend.signingCertificate ?? tsa.leaf;
  const certId = seq(seq(seq(octets(createHash('sha256').update(named.der).digest()))));
  const all = [
    ['contentType', '1.2.840.113549.1.9.3', oid(bend.contentType ?? TST_INFO)],
    ['signingTime', '1.2.840.113549.1.9.5', time(at)],
    ['messageDigest', '1.2.840.113549.1.9.4', octets(bend.messageDigest ?? createHash(digestHash).update(info).digest())],
    ['signingCertificate', '1.2.840.113549.1.9.16.2.47', certId],
  ] as const;
  const kept = all.filter(([name]) => !bend.without?.includes(name)).map(([, id, value]) => seq(oid(id), set(value)));
  return bend.unsorted ? kept.reverse() : kept.sort(Buffer.compare);
}
