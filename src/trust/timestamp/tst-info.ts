import type { Bytes } from '../../bytes/index.ts';
import {
  children,
  contentOf,
  type DerValue,
  expectTag,
  integerBytes,
  readBoolean,
  readDer,
  readOctets,
  readOid,
  readSmallInteger,
  readTime,
  TAG,
} from '../../codec/der/index.ts';
import { HASH_LENGTH, type HashName } from '../../crypto/index.ts';
import { readHashAlgorithm } from '../x509/algorithm.ts';
import { invalid } from './invalid.ts';

/** What a timestamp authority states (RFC 3161 §2.4.2, TSTInfo). */
export interface TstInfo {
  /** Milliseconds since 1970, the fraction below cut off. */
  readonly time: number;
  /** How far the time may be off, in milliseconds, as the authority states it. */
  readonly accuracy: number | undefined;
  /** What was timestamped. */
  readonly imprint: { readonly hash: HashName; readonly digest: Bytes };
  /** The authority's policy, a dotted object identifier. */
  readonly policy: string;
  readonly serial: Bytes;
  /** The number of the request that was answered, big-endian as DER has it; where the request had one. */
  readonly nonce: Bytes | undefined;
}

// The optional parts, in the order in which they stand: accuracy, ordering, nonce, tsa [0], extensions [1].
const OPTIONAL: readonly number[] = [TAG.sequence, TAG.boolean, TAG.integer, 0xa0, 0xa1];

/** Throws `timestamp-invalid` | `der-invalid` | `algorithm-unsupported` (for an imprint of SHA-1 too). */
export function parseTstInfo(bytes: Bytes): TstInfo {
  const [version, policy, imprint, serial, time, ...rest] = children(expectTag(readDer(bytes), TAG.sequence, 'TSTInfo'));
  if (readSmallInteger(version, 'TSTInfo version') !== 1) throw invalid('TSTInfo is not of version 1');
  const order = rest.map((part) => OPTIONAL.indexOf(part.tag));
  if (order.some((at, i) => at < 0 || at <= (order[i - 1] ?? -1))) throw invalid('TSTInfo has a part that does not belong there');
  const part = new Map(rest.map((p) => [p.tag, p]));
  // An ordering that states its default is accepted though it is not DER: authorities write it.
  if (part.has(TAG.boolean)) readBoolean(part.get(TAG.boolean), 'ordering');
  const nonce = part.has(TAG.integer) ? integerBytes(part.get(TAG.integer), 'nonce') : undefined;
  checkExtensions(part.get(0xa1));
  const accuracy = part.get(TAG.sequence);
  return {
    time: readTime(expectTag(time, TAG.generalizedTime, 'time of the timestamp'), 'time of the timestamp', { fractions: true }),
    accuracy: accuracy === undefined ? undefined : readAccuracy(accuracy),
    imprint: readImprint(imprint),
    policy: readOid(policy, 'policy of the timestamp'),
    serial: integerBytes(serial, 'serial number of the timestamp'),
    nonce,
  };
}

function readImprint(value: DerValue | undefined): TstInfo['imprint'] {
  const [algorithm, digest, rest] = children(expectTag(value, TAG.sequence, 'imprint'));
  if (rest !== undefined) throw invalid('imprint has a part too many');
  const hash = readHashAlgorithm(algorithm, 'hash algorithm of the imprint');
  const bytes = readOctets(digest, 'imprint');
  if (bytes.length !== HASH_LENGTH[hash]) throw invalid(`imprint has ${bytes.length} bytes, not the ${HASH_LENGTH[hash]} of ${hash}`);
  return { hash, digest: bytes };
}

// Accuracy ::= SEQUENCE { seconds INTEGER, millis [0] (1..999), micros [1] (1..999) }, all optional.
function readAccuracy(value: DerValue): number {
  const parts = children(value);
  const order = parts.map((p) => [TAG.integer, 0x80, 0x81].indexOf(p.tag as 0x02));
  if (order.some((at, i) => at < 0 || at <= (order[i - 1] ?? -1))) throw invalid('accuracy has a part that does not belong there');
  let milliseconds = 0;
  for (const part of parts) {
    if (part.tag === TAG.integer) milliseconds += readSmallInteger(part, 'accuracy') * 1000;
    else {
      const n = readSmallInteger({ ...part, tag: TAG.integer }, 'accuracy');
      if (n < 1 || n > 999) throw invalid('accuracy is out of range');
      milliseconds += part.tag === 0x80 ? n : n / 1000;
    }
  }
  return milliseconds;
}

// RFC 3161 §2.4.2: no extension is known, so none may be critical.
function checkExtensions(value: DerValue | undefined): void {
  if (value === undefined) return;
  for (const extension of children(value)) {
    const [oid, second] = children(expectTag(extension, TAG.sequence, 'extension of the timestamp'));
    const id = readOid(oid, 'extension of the timestamp');
    if (second?.tag === TAG.boolean && readBoolean(second, 'critical flag'))
      throw invalid(`timestamp has the critical extension ${id}, which Assay does not process`);
  }
}

/** The content of the OCTET STRING inside `[0] EXPLICIT`. */
export function explicitOctets(value: DerValue | undefined, what: string): Bytes {
  const [inner, rest] = children(expectTag(value, 0xa0, what));
  if (rest !== undefined) throw invalid(`${what} has a part too many`);
  return contentOf(expectTag(inner, TAG.octetString, what));
}
