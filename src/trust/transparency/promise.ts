import { type Bytes, encodeBase64, encodeHex } from '../../bytes/index.ts';
import { verifySignature } from '../../crypto/index.ts';
import type { TransparencyLog } from './log.ts';

/** What a signed entry timestamp is over. */
export interface PromisedEntry {
  readonly body: Bytes;
  /** Seconds since 1970. */
  readonly integratedTime: number;
  readonly logIndex: bigint;
  readonly logId: Bytes;
}

/** Whether a signed entry timestamp is the log's: its signature over the canonical JSON (RFC 8785) of body, time, log id and index (Rekor v1). */
export function promisedBy(log: TransparencyLog, entry: PromisedEntry, promise: Bytes): boolean {
  const canonical = `{"body":"${encodeBase64(entry.body)}","integratedTime":${entry.integratedTime},"logID":"${encodeHex(entry.logId)}","logIndex":${entry.logIndex}}`;
  return verifySignature(log.key, Buffer.from(canonical, 'latin1'), promise);
}
