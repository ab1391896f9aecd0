/** Rekor v1's promise of inclusion, the signed entry timestamp (rekor, pkg/api/entries.go). */
import { type Bytes, encodeBase64, encodeHex, utf8 } from '../bytes/index.ts';
import { canonicalJson } from '../codec/canonical-json.ts';

/** What is promised about an entry. */
export interface EntryPromise {
  /** The bytes that are logged. */
  readonly body: Bytes;
  /** To the second; a fraction is cut off. */
  readonly integratedTime: Date;
  /** SHA-256 of the log's SubjectPublicKeyInfo. */
  readonly logId: Bytes;
  /** The index over all shards of the log. */
  readonly logIndex: number;
}

/** What the log signs, with SHA-256: canonical JSON (RFC 8785). The bare signature is the promise. */
export function promisePayload({ body, integratedTime, logId, logIndex }: EntryPromise): Bytes {
  return utf8(
    canonicalJson({
      body: encodeBase64(body),
      integratedTime: Math.floor(integratedTime.getTime() / 1000),
      logID: encodeHex(logId),
      logIndex,
    }),
  );
}
