/** Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature), in two steps: the bytes, and the lines that signatures make. */
import { type Bytes, concat, encodeBase64, utf8 } from '../bytes/index.ts';
import { type PublicKey, sha256 } from '../crypto/index.ts';

/** Who signs a note. A `witness` signs a log's checkpoint as a cosigner, with a time. */
export interface NoteKey {
  readonly name: string;
  readonly type: PublicKey['type'];
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Bytes;
  readonly as: 'log' | 'witness';
}

const ED25519 = 1;
const COSIGNATURE = 4;

/** The key id, whole: for Ed25519 the hash of name, algorithm and key (C2SP signed-note); for ECDSA and RSA that of the SubjectPublicKeyInfo, as Rekor has it. */
export function noteKeyId({ name, type, spki, as }: NoteKey): Buffer {
  if (type !== 'ed25519') return sha256(spki);
  return sha256(utf8(name), Buffer.of(0x0a, as === 'witness' ? COSIGNATURE : ED25519), spki.subarray(-32));
}

/** The body of a checkpoint: origin, size, root, and lines of extension. A log signs exactly these bytes. */
export function checkpointBody(origin: string, size: number | bigint, root: Bytes, extensions: readonly string[] = []): string {
  return `${[origin, size.toString(), encodeBase64(root), ...extensions].join('\n')}\n`;
}

/** What a witness signs (C2SP tlog-cosignature). `at` in seconds since 1970. */
export function cosignedBytes(body: string, at: number): Bytes {
  return utf8(`cosignature/v1\ntime ${at}\n${body}`);
}

/** What stands on a witness's line: the time in seconds since 1970, and the signature over `cosignedBytes`. */
export function cosignature(at: number, signature: Bytes): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(at));
  return concat(time, signature);
}

/** One line of signature, without the line break. `hint` is the first four bytes of the key id. */
export function signatureLine(name: string, hint: Bytes, signature: Bytes): string {
  return `— ${name} ${encodeBase64(concat(hint, signature))}`;
}

/** The note: body and lines of signature. */
export function signedNote(body: string, lines: readonly string[]): string {
  return `${body}\n${lines.map((line) => `${line}\n`).join('')}`;
}
