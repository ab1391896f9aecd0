/** Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature; Rekor v1's variant). */
import { createHash } from 'node:crypto';
import { type Bytes, concat, encodeBase64, utf8 } from '../../bytes/index.ts';
import { type SigningKey, sign } from './keys.ts';

/** A line of signature on a note. */
export interface NoteSigner {
  readonly name: string;
  readonly key: SigningKey;
  /** `witness` signs as a cosigner does, with a time (C2SP tlog-cosignature). Default `log`. */
  readonly as?: 'log' | 'witness';
  /** Four bytes that stand before the signature, instead of the key's. */
  readonly hint?: Bytes;
  /** Seconds since 1970, for a witness. */
  readonly at?: number;
}

/** The full key id of a signer of notes: for Ed25519 the hash of name, algorithm and key (C2SP signed-note); for ECDSA and RSA that of the SPKI. */
export function noteKeyId(signer: NoteSigner): Buffer {
  if (signer.key.kind !== 'ed25519') return signer.key.id;
  const algorithm = signer.as === 'witness' ? 4 : 1;
  return createHash('sha256').update(utf8(signer.name)).update(Buffer.of(0x0a, algorithm)).update(signer.key.spki.subarray(-32)).digest();
}

/** The body of a checkpoint: origin, size, root, and lines of extension. */
export function checkpointBody(origin: string, size: number | bigint, root: Bytes, extensions: readonly string[] = []): string {
  return `${[origin, size.toString(), encodeBase64(root), ...extensions].join('\n')}\n`;
}

/** Signs a note. */
export function signNote(body: string, signers: readonly NoteSigner[]): string {
  return `${body}\n${signers.map((signer) => `${noteLine(body, signer)}\n`).join('')}`;
}

/** One line of signature, without the line break. */
export function noteLine(body: string, signer: NoteSigner): string {
  const hint = signer.hint ?? noteKeyId(signer).subarray(0, 4);
  return `— ${signer.name} ${encodeBase64(concat(hint, noteSignature(body, signer)))}`;
}

function noteSignature(body: string, signer: NoteSigner): Buffer {
  if (signer.as !== 'witness') return sign(signer.key, utf8(body), { hash: 'sha256' });
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(BigInt(signer.at ?? 0));
  return concat(at, sign(signer.key, utf8(`cosignature/v1\ntime ${signer.at ?? 0}\n${body}`)));
}
