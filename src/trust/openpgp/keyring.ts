import type { Bytes } from '../../bytes/index.ts';
import { dearmored, type OpenPgpPublicKey, openPgpError, PACKET, readPackets } from '../../codec/openpgp/index.ts';
import { importPublicKey, type PublicKey } from '../../crypto/index.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { keysIn, readWrittenKey, type WrittenKey } from './certificate.ts';
import { type Fault, primaryStanding, type Standing, subkeyStanding } from './standing.ts';

/** A key of a keyring, primary key or subkey, that signatures may name. */
export interface OpenPgpSigner extends Standing {
  /** Upper-case hexadecimal of 40 characters, and its last 16. */
  readonly fingerprint: string;
  readonly keyId: string;
  readonly key: PublicKey;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** A key of a keyring with its subkeys. */
export interface OpenPgpKey {
  /** Of the primary key. */
  readonly fingerprint: string;
  /** Of the primary key's SubjectPublicKeyInfo, `sha256:…`: the same whichever subkey signed. */
  readonly id: string;
  readonly signers: readonly OpenPgpSigner[];
}

/** A keyring, read. */
export interface Keyring {
  readonly keys: readonly OpenPgpKey[];
  /** Keys that cannot be used, with the reason. */
  readonly unusable: readonly string[];
}

export type { Fault };

/**
 * Reads a keyring, armored or binary, and judges every key by its own signatures: self-certification, subkey bindings with
 * back-signatures, revocations, expiry and usage (RFC 9580 §10.1, §5.2.1). Signatures of others count for nothing.
 * Throws `openpgp-invalid`, `limit`.
 */
export function readKeyring(bytes: Bytes): Keyring {
  if (bytes.length > LIMITS.keyringBytes)
    throw new AssayError('limit', `a keyring of ${bytes.length} bytes (at most ${LIMITS.keyringBytes})`);
  const packets = readPackets(dearmored(bytes), 'the keyring');
  if (packets.some((p) => p.tag === PACKET.secretKey || p.tag === PACKET.secretSubkey))
    throw openPgpError('the keyring holds a secret key; write the public one with "gpg --export"');
  if (packets[0]?.tag !== PACKET.publicKey) throw openPgpError('the keyring does not begin with a public key');
  const keys: OpenPgpKey[] = [];
  const unusable: string[] = [];
  for (const one of keysIn(packets)) {
    const key = keyOf(one);
    if (typeof key === 'string') unusable.push(key);
    else keys.push(key);
  }
  return { keys, unusable };
}

function keyOf(packets: Parameters<typeof readWrittenKey>[0]): OpenPgpKey | string {
  try {
    const written = readWrittenKey(packets);
    const primary = imported(written.primary.of);
    if (primary === undefined) return `the key ${written.primary.of.fingerprint} is of an algorithm that is not supported`;
    const standing = primaryStanding(written, primary);
    const signers = [signer(written.primary.of, primary, standing), ...subkeysOf(written, primary, standing)];
    if (signers.length > LIMITS.keyringKeys) throw new AssayError('limit', `a key with more than ${LIMITS.keyringKeys} subkeys`);
    return { fingerprint: written.primary.of.fingerprint, id: primary.keyId, signers };
  } catch (error) {
    if (isAssayError(error) && error.group === 'unsupported') return error.message;
    throw error;
  }
}

function subkeysOf(written: WrittenKey, primary: PublicKey, standing: Standing): OpenPgpSigner[] {
  return written.subkeys.flatMap((part) => {
    const key = imported(part.of);
    return key === undefined ? [] : [signer(part.of, key, subkeyStanding(written, part, { primary, key }, standing))];
  });
}

function signer({ fingerprint, keyId, created }: OpenPgpPublicKey, key: PublicKey, standing: Standing): OpenPgpSigner {
  return { fingerprint, keyId, key, created: created * 1000, ...standing };
}

// Keys of an algorithm, curve or size that is not accepted sign nothing here: encryption subkeys, DSA, small RSA.
function imported({ spki }: OpenPgpPublicKey): PublicKey | undefined {
  if (spki === undefined) return undefined;
  try {
    return importPublicKey(spki);
  } catch (error) {
    if (isAssayError(error, 'algorithm-unsupported')) return undefined;
    throw isAssayError(error) ? openPgpError(`the keyring has a broken key: ${error.message}`) : error;
  }
}
