import { type Bytes, concat, equal, utf8 } from '../../bytes/index.ts';
import { type PublicKey, sha256, subjectPublicKeyBits, verifySignature } from '../../crypto/index.ts';
import type { Validity } from '../validity.ts';
import type { Checkpoint } from './checkpoint.ts';

/** A transparency log that may be believed (protobuf-specs, sigstore_trustroot.proto, `TransparencyLogInstance`). */
export interface TransparencyLog {
  readonly baseUrl: string;
  /** Host of the base URL, which is the origin of a Rekor v2 log's checkpoints. */
  readonly host: string;
  readonly key: PublicKey;
  /** SHA-256 of the key, or what the trusted root says. */
  readonly logId: Bytes;
  /** The four bytes that the log's lines in signed notes begin with, where the trusted root says them. */
  readonly checkpointKeyId: Bytes | undefined;
  readonly validFor: Validity;
}

/** Rekor v1 names its tree after its host; any other origin is the name itself (rekor-tiles, C2SP tlog-checkpoint). */
const REKOR_V1_ORIGIN = / - \d+$/;

/**
 * The logs that an entry's key id means: the whole id, or for a Rekor v2 log its checkpoint key id or the first four bytes of that. A trusted
 * root may list a log more than once, with a window each.
 */
export function logsWithId(logs: readonly TransparencyLog[], logId: Bytes): readonly TransparencyLog[] {
  const whole = logs.filter((l) => equal(l.logId, logId));
  if (whole.length > 0) return whole;
  return logs.filter(
    ({ checkpointKeyId: id }) => id !== undefined && (equal(id, logId) || (logId.length === 4 && equal(id.subarray(0, 4), logId))),
  );
}

/** Whether a checkpoint's origin can be this log's; `exact` for Rekor v2, whose origin is the host. Rekor v1 writes what its operator configured, and the tree. */
export function originFits(checkpoint: Checkpoint, log: TransparencyLog, exact: boolean): boolean {
  return checkpoint.origin === log.host || (!exact && REKOR_V1_ORIGIN.test(checkpoint.origin));
}

/**
 * Whether a log signed a checkpoint: at least one line has its key hint, and every such line's signature holds.
 * Other lines (witnesses) are passed over. In a Rekor v2 checkpoint the line has to bear the origin's name.
 */
export function signedByLog(checkpoint: Checkpoint, log: TransparencyLog): boolean {
  const v1 = REKOR_V1_ORIGIN.test(checkpoint.origin);
  const mine = checkpoint.signatures.filter(
    (s) => (v1 || s.name === checkpoint.origin) && hints(log, s.name).some((h) => equal(h, s.keyHint)),
  );
  return mine.length > 0 && mine.every((s) => verifySignature(log.key, checkpoint.text, s.signature));
}

// C2SP signed-note: Ed25519 keys hash name, type 0x01 and key; other keys of Sigstore hash the SubjectPublicKeyInfo.
function hints(log: TransparencyLog, name: string): Bytes[] {
  const known = [log.logId.subarray(0, 4), ...(log.checkpointKeyId === undefined ? [] : [log.checkpointKeyId.subarray(0, 4)])];
  if (log.key.type !== 'ed25519') return known;
  return [...known, sha256(concat(utf8(`${name}\n`), Buffer.of(1), subjectPublicKeyBits(log.key.spki))).subarray(0, 4)];
}
