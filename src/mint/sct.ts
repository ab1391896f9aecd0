/** Signed certificate timestamps: the promise of a certificate transparency log to publish a precertificate (RFC 6962 §3.2, §3.3). */
import { type Bytes, concat } from '../bytes/index.ts';
import { octets } from '../codec/der/encode.ts';
import type { HashName, PublicKey } from '../crypto/index.ts';
import { type Extension, OID } from './extension.ts';

const VERSION_1 = Buffer.of(0);
const CERTIFICATE_TIMESTAMP = Buffer.of(0);
const PRECERTIFICATE = 1;

/** What is promised, and when. */
export interface PromiseContent {
  /** To the millisecond. */
  readonly at: Date;
  /** The TBSCertificate without an SCT list. */
  readonly tbs: Bytes;
  /** SHA-256 of the issuer's SubjectPublicKeyInfo. */
  readonly issuerKeyHash: Bytes;
  /** `CtExtensions`; RFC 6962 defines none. */
  readonly extensions?: Bytes;
}

/** What the log signs: the `digitally-signed` struct of RFC 6962 §3.2, for a precertificate. */
export function promisedBytes({ at, tbs, issuerKeyHash, extensions = Buffer.alloc(0) }: PromiseContent): Buffer {
  const entry = concat(uint16(PRECERTIFICATE), issuerKeyHash, uint24(tbs.length), tbs);
  return concat(VERSION_1, CERTIFICATE_TIMESTAMP, uint64(at), entry, vector16(extensions));
}

/** The parts of an SCT, each as it stands. */
export interface SctParts {
  readonly version: Bytes;
  readonly logId: Bytes;
  readonly timestamp: Bytes;
  readonly extensions: Bytes;
  /** HashAlgorithm and SignatureAlgorithm (RFC 5246 §7.4.1.4.1). */
  readonly algorithm: Bytes;
  readonly signature: Bytes;
}

/** What an SCT states. `logId` is SHA-256 of the log's SubjectPublicKeyInfo. */
export interface SctContent {
  readonly logId: Bytes;
  readonly at: Date;
  readonly extensions?: Bytes;
  readonly algorithm: { readonly type: PublicKey['type']; readonly hash: HashName };
  readonly signature: Bytes;
}

/** The parts of an SCT that a log's signature over `promisedBytes` makes. */
export function sctParts({ logId, at, extensions = Buffer.alloc(0), algorithm, signature }: SctContent): SctParts {
  return {
    version: VERSION_1,
    logId,
    timestamp: uint64(at),
    extensions: vector16(extensions),
    algorithm: algorithmBytes(algorithm),
    signature: vector16(signature),
  };
}

/** An SCT from its parts. */
export function encodeSct({ version, logId, timestamp, extensions, algorithm, signature }: SctParts): Buffer {
  return concat(version, logId, timestamp, extensions, algorithm, signature);
}

/** A SignedCertificateTimestampList (RFC 6962 §3.3). */
export function sctList(scts: readonly Bytes[]): Buffer {
  return vector16(concat(...scts.map(vector16)));
}

/** The extension that has the list: an OCTET STRING inside the extension's own. */
export function sctExtension(list: Bytes): Extension {
  return { id: OID.sct, value: octets(list) };
}

const HASHES: Readonly<Record<HashName, number>> = { sha256: 4, sha384: 5, sha512: 6 };

// RFC 5246 §7.4.1.4.1; Ed25519 as RFC 8446 §4.2.3 has it, for the private logs that sign with it.
function algorithmBytes({ type, hash }: SctContent['algorithm']): Buffer {
  return type === 'ed25519' ? Buffer.of(8, 7) : Buffer.of(HASHES[hash], type === 'rsa' ? 1 : 3);
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
