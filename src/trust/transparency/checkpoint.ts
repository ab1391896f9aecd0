import { type Bytes, decodeBase64, utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** A line of a signed note: who signed, the four bytes that hint at the key, the signature. */
export interface NoteSignature {
  readonly name: string;
  readonly keyHint: Bytes;
  readonly signature: Bytes;
}

/** A checkpoint: a signed statement of a log about its tree (C2SP tlog-checkpoint and signed-note). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly rootHash: Bytes;
  /** What the signatures are over. */
  readonly text: Bytes;
  readonly signatures: readonly NoteSignature[];
}

/** Parses a checkpoint. Throws `log-entry-invalid` or `limit`. */
export function parseCheckpoint(note: string): Checkpoint {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) throw wrong('it has no signatures');
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split('\n');
  if (origin === undefined || origin === '') throw wrong('origin is missing');
  if (size === undefined || !/^(?:0|[1-9]\d{0,18})$/.test(size)) throw wrong('size is not a count');
  if (root === undefined) throw wrong('root hash is missing');
  const rootHash = decode(root, 'root hash');
  if (rootHash.length !== 32) throw wrong('root hash is not 32 bytes');
  const tail = note.slice(end + 2);
  if (!tail.endsWith('\n')) throw wrong('last line has no end');
  const lines = tail.slice(0, -1).split('\n');
  if (lines.length > LIMITS.checkpointSignatures)
    throw new AssayError('limit', `checkpoint with ${lines.length} signatures (at most ${LIMITS.checkpointSignatures})`);
  return { origin, size: BigInt(size), rootHash, text: utf8(text), signatures: lines.map(readLine) };
}

function readLine(line: string): NoteSignature {
  const m = /^\u2014 ([^ +]+) (\S+)$/.exec(line);
  if (!m) throw wrong('a signature line is no such line');
  const bytes = decode(m[2] as string, 'signature');
  if (bytes.length < 5) throw wrong('a signature is too short');
  return { name: m[1] as string, keyHint: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

function decode(text: string, what: string): Bytes {
  try {
    return decodeBase64(text);
  } catch (cause) {
    throw new AssayError('log-entry-invalid', `checkpoint: ${what} is not strict base64`, { cause });
  }
}

function wrong(why: string): AssayError {
  return new AssayError('log-entry-invalid', `checkpoint: ${why}`);
}
