import type { Bytes } from '../../bytes/index.ts';
import { children, der, readDer, readOctets } from '../../codec/der/index.ts';
import { type HashName, type PublicKey, sha256, verifyWith } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Certificate } from './certificate.ts';
import { EXTENSION } from './extensions.ts';
import { invalid } from './invalid.ts';

/** A signed certificate timestamp of version 1 (RFC 6962 §3.2). */
export interface Sct {
  /** SHA-256 of the log's SubjectPublicKeyInfo. */
  readonly logId: Bytes;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly extensions: Bytes;
  readonly hash: HashName;
  readonly algorithm: PublicKey['type'];
  readonly signature: Bytes;
}

// RFC 5246 §7.4.1.4.1
const HASHES: ReadonlyMap<number, HashName> = new Map([
  [4, 'sha256'],
  [5, 'sha384'],
  [6, 'sha512'],
]);
const ALGORITHMS: ReadonlyMap<number, Sct['algorithm']> = new Map([
  [1, 'rsa'],
  [3, 'ecdsa'],
]);

/** RFC 8446 §4.2.3; RFC 6962 has no such logs, private ones exist. The hash function is Ed25519's own. */
const ED25519 = 0x0807;

/**
 * The SCTs inside a certificate (RFC 6962 §3.3), none when it has no such extension; those of a version other than 1 are left out, as their
 * form is unknown. Throws `certificate-invalid` for a malformed list and `limit` beyond `LIMITS.scts`.
 */
export function embeddedScts(certificate: Certificate): readonly Sct[] {
  const extension = certificate.extensions.get(EXTENSION.signedCertificateTimestamps);
  if (extension === undefined) return [];
  const outer = createReader(readOctets(readDer(extension.value), 'SCT list'));
  const list = createReader(outer.vector(2));
  outer.end();
  const scts: Sct[] = [];
  let count = 0;
  while (list.left() > 0) {
    if (++count > LIMITS.scts) throw new AssayError('limit', `certificate has more than ${LIMITS.scts} SCTs`);
    const sct = parseSct(list.vector(2));
    if (sct !== undefined) scts.push(sct);
  }
  if (count === 0) throw invalid('SCT list is empty');
  return scts;
}

function parseSct(bytes: Bytes): Sct | undefined {
  const reader = createReader(bytes);
  if (reader.uint(1) !== 0) return undefined;
  const logId = reader.take(32);
  const timestamp = reader.uint(8);
  if (!Number.isSafeInteger(timestamp)) throw invalid('SCT has a time out of range');
  const extensions = reader.vector(2);
  const stated = reader.uint(2);
  const [hash, algorithm] =
    stated === ED25519 ? (['sha512', 'ed25519'] as const) : [HASHES.get(stated >> 8), ALGORITHMS.get(stated & 0xff)];
  if (hash === undefined || algorithm === undefined) throw invalid('SCT is signed with none of the accepted algorithms');
  const signature = reader.vector(2);
  reader.end();
  return { logId, timestamp, extensions, hash, algorithm, signature };
}

/**
 * Whether a log's key signed an SCT over the precertificate of this leaf (RFC 6962 §3.2): the leaf's content without the SCT
 * extension, and the issuer's key. Whether that log is the one that the SCT names is the caller's question. Throws nothing for a
 * leaf that `parseCertificate` made.
 */
export function sctSignedBy(sct: Sct, leaf: Certificate, issuer: Certificate, log: PublicKey): boolean {
  if (log.type !== sct.algorithm) return false;
  const tbs = precertificateOf(leaf);
  // version v1, signature type certificate_timestamp, time, entry type precert_entry
  const head = Buffer.alloc(12);
  head.writeBigUInt64BE(BigInt(sct.timestamp), 2);
  head.writeUInt16BE(1, 10);
  const tail = Buffer.from([sct.extensions.length >> 8, sct.extensions.length & 0xff]);
  const length = Buffer.from([tbs.length >> 16, (tbs.length >> 8) & 0xff, tbs.length & 0xff]);
  const signed = Buffer.concat([head, keyHashOf(issuer), length, tbs, tail, sct.extensions]);
  return verifyWith(log, { hash: sct.hash, padding: 'pkcs1' }, signed, sct.signature);
}

const keyHashes = new WeakMap<Certificate, Bytes>();

function keyHashOf(issuer: Certificate): Bytes {
  let digest = keyHashes.get(issuer);
  if (digest === undefined) {
    digest = sha256(issuer.spki);
    keyHashes.set(issuer, digest);
  }
  return digest;
}

// The content without the SCT extension; without any extension left the whole part goes, as DER has no empty list there.
function precertificateOf(leaf: Certificate): Bytes {
  const value = leaf.extensions.get(EXTENSION.signedCertificateTimestamps)?.value;
  const tbs = readDer(leaf.tbs);
  const wrapper = children(tbs).find((part) => part.tag === 0xa3);
  const list = wrapper === undefined ? undefined : children(wrapper)[0];
  if (value === undefined || wrapper === undefined || list === undefined) return leaf.tbs;
  // The value is a view into the same memory: its place tells which extension holds it.
  const place = value.byteOffset - leaf.tbs.byteOffset;
  const extension = children(list).find(({ start, end }) => place >= start && place < end);
  if (extension === undefined) throw new AssayError('internal', 'SCT extension is not where it was parsed');
  const before = tbs.bytes.subarray(tbs.start, wrapper.header);
  const kept = [tbs.bytes.subarray(list.start, extension.header), tbs.bytes.subarray(extension.end, list.end)];
  if (kept.every((part) => part.length === 0)) return der(tbs.tag, before);
  return der(tbs.tag, before, der(wrapper.tag, der(list.tag, ...kept)));
}

interface Reader {
  left(): number;
  take(length: number): Bytes;
  /** A number of that many bytes, the first one highest. */
  uint(length: number): number;
  /** A vector with a length prefix of that many bytes (RFC 5246 §4.3). */
  vector(prefix: number): Bytes;
  end(): void;
}

function createReader(bytes: Bytes): Reader {
  let at = 0;
  function take(length: number): Bytes {
    if (at + length > bytes.length) throw invalid('SCT ends too early');
    at += length;
    return bytes.subarray(at - length, at);
  }
  function uint(length: number): number {
    if (at + length > bytes.length) throw invalid('SCT ends too early');
    let n = 0;
    for (const end = at + length; at < end; at++) n = n * 256 + (bytes[at] as number);
    return n;
  }
  return {
    left: () => bytes.length - at,
    take,
    uint,
    vector: (prefix) => take(uint(prefix)),
    end() {
      if (at !== bytes.length) throw invalid('SCT has bytes after its end');
    },
  };
}
