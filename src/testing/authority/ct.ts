/** A certificate transparency log, as far as its promises go (RFC 6962 §3.2, §3.3). */
import { type Bytes, concat } from '../../bytes/index.ts';
import { type SigningKey, sign } from './keys.ts';

/** A CT log. */
export interface CtLog {
  readonly key: SigningKey;
}

/** One promise to make, and what to get wrong in it. */
export interface SctOptions {
  readonly log: CtLog;
  readonly at: Date;
  readonly extensions?: Bytes;
  readonly bend?: {
    /** 0 is version 1. */
    readonly version?: number;
    readonly signature?: Bytes;
    /** The log that the promise names, instead of the one that signs. */
    readonly logId?: Bytes;
    /** HashAlgorithm and SignatureAlgorithm as they are stated (RFC 5246 §7.4.1.4.1). */
    readonly algorithm?: readonly [number, number];
    /** The time that is stated, instead of the signed one. */
    readonly statedAt?: Date;
    /** Signs as for an end certificate (entry type 0) instead of a precertificate. */
    readonly entryType?: number;
    /** Bytes after the signature, inside the SCT. */
    readonly trailing?: Bytes;
  };
}

/** The SignedCertificateTimestampList over a precertificate. */
export function sctList(scts: readonly SctOptions[], over: { readonly tbs: Bytes; readonly issuerKeyHash: Bytes }): Buffer {
  const all = concat(...scts.map((options) => vector16(signedCertificateTimestamp(options, over))));
  return vector16(all);
}

/** One SignedCertificateTimestamp over a precertificate; also what a detached SCT is. */
export function signedCertificateTimestamp(options: SctOptions, over: { readonly tbs: Bytes; readonly issuerKeyHash: Bytes }): Buffer {
  const { log, at, extensions = Buffer.alloc(0), bend = {} } = options;
  const version = Buffer.of(bend.version ?? 0);
  const signed = concat(
    version,
    Buffer.of(0),
    uint64(at),
    uint16(bend.entryType ?? 1),
    over.issuerKeyHash,
    uint24(over.tbs.length),
    over.tbs,
    vector16(extensions),
  );
  const usual = log.key.kind === 'ed25519' ? [8, 7] : log.key.kind.startsWith('rsa') ? [4, 1] : [4, 3];
  const signature = bend.signature ?? sign(log.key, signed, { hash: 'sha256' });
  return concat(
    version,
    bend.logId ?? log.key.id,
    uint64(bend.statedAt ?? at),
    vector16(extensions),
    Buffer.from(bend.algorithm ?? usual),
    vector16(signature),
    bend.trailing ?? Buffer.alloc(0),
  );
}

function uint16(n: number): Buffer {
  return Buffer.of(n >> 8, n & 0xff);
}

function uint24(n: number): Buffer {
  return Buffer.of(n >> 16, (n >> 8) & 0xff, n & 0xff);
}

function uint64(at: Date): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(at.getTime()));
  return bytes;
}

function vector16(bytes: Bytes): Buffer {
  return concat(uint16(bytes.length), bytes);
}
