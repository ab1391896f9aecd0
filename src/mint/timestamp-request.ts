/** What a timestamp authority is asked (RFC 3161 §2.4.1). */
import type { Bytes } from '../bytes/index.ts';
import {
  children,
  encodingOf,
  expectTag,
  integerBytes,
  readBoolean,
  readDer,
  readOctets,
  readOid,
  readSmallInteger,
  TAG,
} from '../codec/der/index.ts';
import { HASH_LENGTH, type HashName, hashOfOid } from '../crypto/index.ts';
import { AssayError } from '../errors.ts';

/** A TimeStampReq. */
export interface TimestampRequest {
  readonly hash: HashName;
  readonly digest: Bytes;
  /** MessageImprint as it came, DER; the answer repeats it. */
  readonly imprint: Bytes;
  /** Dotted object identifier. */
  readonly policy: string | undefined;
  /** INTEGER as it came, DER; the answer repeats it. */
  readonly nonce: Bytes | undefined;
  readonly certificates: boolean;
  /** Whether it has extensions; no authority of ours knows any. */
  readonly extensions: boolean;
}

/** Reads a request. Throws `der-invalid`, `input-invalid`, and `algorithm-unsupported` for a hash function that is none of SHA-256, SHA-384, SHA-512. */
export function parseTimestampRequest(der: Bytes): TimestampRequest {
  const [version, imprint, ...rest] = children(expectTag(readDer(der), TAG.sequence, 'timestamp request'));
  if (readSmallInteger(version, 'version') !== 1) throw new AssayError('input-invalid', 'timestamp request is not of version 1');
  const order = rest.map(({ tag }) => OPTIONAL.indexOf(tag));
  if (order.some((at, i) => at < 0 || at <= (order[i - 1] ?? -1)))
    throw new AssayError('input-invalid', 'timestamp request has a part that does not belong there');
  const part = new Map(rest.map((p) => [p.tag, p]));
  const [algorithm, digest] = children(expectTag(imprint, TAG.sequence, 'imprint'));
  const [id] = children(expectTag(algorithm, TAG.sequence, 'hash algorithm'));
  const hash = hashOfOid(readOid(id, 'hash algorithm'));
  const bytes = readOctets(digest, 'imprint');
  if (bytes.length !== HASH_LENGTH[hash]) throw new AssayError('input-invalid', `imprint has not the length of ${hash}`);
  const [policy, nonce, certificates] = [part.get(TAG.oid), part.get(TAG.integer), part.get(TAG.boolean)];
  if (nonce !== undefined) integerBytes(nonce, 'nonce');
  return {
    hash,
    digest: bytes,
    imprint: encodingOf(expectTag(imprint, TAG.sequence, 'imprint')),
    policy: policy === undefined ? undefined : readOid(policy, 'policy'),
    nonce: nonce === undefined ? undefined : encodingOf(nonce),
    certificates: certificates !== undefined && readBoolean(certificates, 'certReq'),
    extensions: part.has(0xa0),
  };
}

// The optional parts, in the order in which they stand: policy, nonce, certReq, extensions [0].
const OPTIONAL: readonly number[] = [TAG.oid, TAG.integer, TAG.boolean, 0xa0];
