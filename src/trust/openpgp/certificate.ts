import { type Bytes, concat } from '../../bytes/index.ts';
import {
  type OpenPgpPublicKey,
  type OpenPgpSignature,
  PACKET,
  type Packet,
  readPublicKey,
  readSignature,
} from '../../codec/openpgp/index.ts';
import { isAssayError } from '../../errors.ts';

/** A user id, or a subkey, with the signatures that follow it. */
export interface Part<T> {
  readonly of: T;
  readonly signatures: readonly OpenPgpSignature[];
}

/** A transferable public key as it is written (RFC 9580 §10.1). */
export interface WrittenKey {
  readonly primary: Part<OpenPgpPublicKey>;
  /** As certifications hash them. */
  readonly userIds: readonly Part<Bytes>[];
  readonly subkeys: readonly Part<OpenPgpPublicKey>[];
}

/** The packets of a keyring, key by key: each begins with a public key. */
export function keysIn(packets: readonly Packet[]): readonly (readonly Packet[])[] {
  const keys: Packet[][] = [];
  for (const packet of packets) {
    if (packet.tag === PACKET.publicKey) keys.push([]);
    keys.at(-1)?.push(packet);
  }
  return keys;
}

/** Reads one key. What follows a subkey or user id of an unknown kind goes with it. Throws `openpgp-invalid`, `unsupported`, `limit`. */
export function readWrittenKey([first, ...rest]: readonly Packet[]): WrittenKey {
  const primary = { of: readPublicKey(first?.body ?? new Uint8Array()), signatures: [] as OpenPgpSignature[] };
  const userIds: { of: Bytes; signatures: OpenPgpSignature[] }[] = [];
  const subkeys: { of: OpenPgpPublicKey; signatures: OpenPgpSignature[] }[] = [];
  let current: OpenPgpSignature[] | undefined = primary.signatures;
  for (const { tag, body } of rest) {
    if (tag === PACKET.signature) {
      const signature = current === undefined ? undefined : signatureOrNone(body);
      if (signature !== undefined) current?.push(signature);
    } else if (tag === PACKET.userId) {
      userIds.push({ of: hashedUserId(body), signatures: [] });
      current = userIds.at(-1)?.signatures;
    } else if (tag === PACKET.publicSubkey) {
      const of = subkeyOrNone(body);
      if (of !== undefined) subkeys.push({ of, signatures: [] });
      current = of === undefined ? undefined : subkeys.at(-1)?.signatures;
    } else if (tag !== PACKET.trust) current = undefined;
  }
  return { primary, userIds, subkeys };
}

// `0xb4` and the length come before a user id (§5.2.4).
function hashedUserId(body: Bytes): Bytes {
  const head = Buffer.alloc(5, 0xb4);
  head.writeUInt32BE(body.length, 1);
  return concat(head, body);
}

// Others' signatures of versions and algorithms that are not read say nothing here. One's own would; the key then lacks a binding.
function signatureOrNone(body: Bytes): OpenPgpSignature | undefined {
  return unlessUnsupported(() => readSignature(body));
}

function subkeyOrNone(body: Bytes): OpenPgpPublicKey | undefined {
  return unlessUnsupported(() => readPublicKey(body));
}

function unlessUnsupported<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isAssayError(error) && error.group === 'unsupported') return undefined;
    throw error;
  }
}
