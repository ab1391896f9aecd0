import { type Bytes, equal } from '../../bytes/index.ts';
import { messageOf } from '../../errors.ts';
import type { EntryKind } from '../../mint/entry.ts';
import type { LogEntry } from '../../signature/index.ts';
import { leafHash, parseCheckpoint, rootFromProof } from '../../trust/index.ts';
import { lied } from './lied.ts';

/** What a log was asked to enter. */
export interface Entered {
  readonly kind: EntryKind;
  /** The canonical body that the log has to have made of it. */
  readonly body: Bytes;
}

/**
 * Checks what a log answered before anything is built on it: that the entry is ours byte for byte, and that its inclusion proof leads from that body to the root of
 * the checkpoint (RFC 6962 §2.1.1). Whether the log's key signed checkpoint and promise is the verifier's question, which has the trusted keys. Throws `service-lied`.
 */
export function checkEntry(entry: LogEntry, { kind, body }: Entered, url: string): void {
  const [name, version] = kind.split('/');
  if (entry.kind !== name || entry.version !== version)
    throw lied(url, `a ${kind} was entered, the answer is about a ${entry.kind.slice(0, 40)}/${entry.version.slice(0, 40)}`);
  if (!equal(entry.body, body)) throw lied(url, `its entry ${entry.logIndex} is another one than what was entered`);
  const problem = proofProblem(entry);
  if (problem !== undefined) throw lied(url, problem);
  // A verifier may do without these of a Rekor v2 log; others compare them.
  if (!statesItsTree(entry)) throw lied(url, `the inclusion proof of entry ${entry.logIndex} and its checkpoint are of different trees`);
  if (kind !== 'hashedrekord/0.0.2' && (entry.promise === undefined || entry.integratedTime === 0))
    throw lied(url, `entry ${entry.logIndex} has no signed entry timestamp`);
}

function statesItsTree({ proof }: LogEntry): boolean {
  if (proof === undefined) return false;
  const { size, rootHash } = parseCheckpoint(proof.checkpoint);
  return size === proof.treeSize && equal(rootHash, proof.rootHash);
}

/** Why the inclusion proof of an entry does not hold, its checkpoint's signature aside; `undefined` when it does. */
export function proofProblem(entry: LogEntry): string | undefined {
  const { proof } = entry;
  if (proof === undefined || proof.checkpoint === '') return `entry ${entry.logIndex} has no inclusion proof with a checkpoint`;
  const shards = entry.promise !== undefined;
  // A Rekor v1 log counts over all its trees, the proof in one; a Rekor v2 log is one tree.
  if (!shards && proof.logIndex !== entry.logIndex) return `the proof is for index ${proof.logIndex}, the entry says ${entry.logIndex}`;
  try {
    const checkpoint = parseCheckpoint(proof.checkpoint);
    if (shards && (checkpoint.size !== proof.treeSize || !equal(checkpoint.rootHash, proof.rootHash)))
      return 'the inclusion proof and its checkpoint are of different trees';
    const root = rootFromProof(leafHash(entry.body), proof.logIndex, checkpoint.size, proof.hashes);
    return root !== undefined && equal(root, checkpoint.rootHash)
      ? undefined
      : `the inclusion proof of entry ${entry.logIndex} does not lead to the root of its checkpoint`;
  } catch (error) {
    return messageOf(error);
  }
}
