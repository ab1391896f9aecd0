/** Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature; Rekor v1's variant): the minting room's, signed at once. */
import { type Bytes, utf8 } from '../../bytes/index.ts';
import * as mint from '../../mint/index.ts';
import { keyType, type SigningKey, sign } from './keys.ts';

export { checkpointBody } from '../../mint/index.ts';

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
export function noteKeyId({ name, key, as = 'log' }: NoteSigner): Buffer {
  return mint.noteKeyId({ name, type: keyType(key), spki: key.spki, as });
}

/** Signs a note. */
export function signNote(body: string, signers: readonly NoteSigner[]): string {
  return mint.signedNote(
    body,
    signers.map((signer) => noteLine(body, signer)),
  );
}

/** One line of signature, without the line break. */
export function noteLine(body: string, signer: NoteSigner): string {
  return mint.signatureLine(signer.name, signer.hint ?? noteKeyId(signer).subarray(0, 4), noteSignature(body, signer));
}

function noteSignature(body: string, signer: NoteSigner): Buffer {
  if (signer.as !== 'witness') return sign(signer.key, utf8(body), { hash: 'sha256' });
  const at = signer.at ?? 0;
  return mint.cosignature(at, sign(signer.key, mint.cosignedBytes(body, at)));
}
