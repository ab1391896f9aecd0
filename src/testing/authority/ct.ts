/** A certificate transparency log, as far as its promises go (RFC 6962 §3.2, §3.3): the minting room's, signed at once, with what a test bends. */
import { type Bytes, concat } from '../../bytes/index.ts';
import * as mint from '../../mint/index.ts';
import { keyType, type SigningKey, sign } from './keys.ts';

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
  return mint.sctList(scts.map((options) => signedCertificateTimestamp(options, over)));
}

/** Where version and entry type stand in the bytes that are signed. */
const VERSION = 0;
const ENTRY_TYPE = 11;

/** One SignedCertificateTimestamp over a precertificate; also what a detached SCT is. */
export function signedCertificateTimestamp(options: SctOptions, over: { readonly tbs: Bytes; readonly issuerKeyHash: Bytes }): Buffer {
  const { log, at, extensions = Buffer.alloc(0), bend = {} } = options;
  const signed = mint.promisedBytes({ at, extensions, ...over });
  signed[VERSION] = bend.version ?? signed[VERSION] ?? 0;
  signed[ENTRY_TYPE] = bend.entryType ?? signed[ENTRY_TYPE] ?? 0;
  const signature = bend.signature ?? sign(log.key, signed, { hash: 'sha256' });
  const algorithm = { type: keyType(log.key), hash: 'sha256' } as const;
  const honest = mint.sctParts({ logId: log.key.id, at: bend.statedAt ?? at, extensions, algorithm, signature });
  const sct = mint.encodeSct({
    ...honest,
    ...(bend.version === undefined ? {} : { version: Buffer.of(bend.version) }),
    ...(bend.logId === undefined ? {} : { logId: bend.logId }),
    ...(bend.algorithm === undefined ? {} : { algorithm: Buffer.from(bend.algorithm) }),
  });
  return concat(sct, bend.trailing ?? Buffer.alloc(0));
}
