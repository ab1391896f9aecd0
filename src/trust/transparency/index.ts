/** Transparency logs: Merkle proofs, checkpoints, promises. */
export { type Checkpoint, type NoteSignature, parseCheckpoint } from './checkpoint.ts';
export { logsWithId, originFits, signedByLog, type TransparencyLog } from './log.ts';
export { leafHash, rootFromProof, sameRoot } from './merkle.ts';
export { type PromisedEntry, promisedBy } from './promise.ts';
