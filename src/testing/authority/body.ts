/** Bodies of log entries, of every kind that evidence is logged as: the minting room's, from a test's keys, with what a test replaces. */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../bytes/index.ts';
import { preAuthEncoding } from '../../codec/dsse.ts';
import type { HashName } from '../../crypto/index.ts';
import { type EntryBody, type EntryContent, type EntryKind, entryBody, entryBytes } from '../../mint/entry.ts';
import type { SigningHash, SigningKey } from './keys.ts';

/** A body before it is written canonically. */
export type Body = EntryBody;

/** The kinds of entries, as `kind/version`. */
export type BodyKind = EntryKind;

/** What is entered. */
export interface Entered {
  /** What the signature is over: the payload of a message, or that of an envelope. */
  readonly payload: Bytes;
  readonly signature: Bytes;
  /** The certificate or public key. */
  readonly verifier: { readonly pem: string; readonly der: Bytes; readonly certificate: boolean; readonly key: SigningKey };
  /** For a DSSE envelope: as it stands on disk, and its payload type. */
  readonly envelope?: { readonly stored: Bytes; readonly payloadType: string };
  /** The hash function of the message's digest. Default SHA-256. */
  readonly hash?: SigningHash;
}

/** The honest body of a kind. */
export function bodyOf(kind: BodyKind, entered: Entered): Body {
  return entryBody(kind, contentOf(kind, entered));
}

/** The bytes that are logged. */
export function canonicalBody(body: Body): Bytes {
  return entryBytes(body);
}

function contentOf(kind: BodyKind, { payload, signature, verifier, envelope, hash = 'sha256' }: Entered): EntryContent {
  const signed = kind === 'hashedrekord/0.0.2' && envelope !== undefined ? preAuthEncoding(envelope.payloadType, payload) : payload;
  return {
    signature,
    verifier: { kind: verifier.certificate ? 'certificate' : 'public-key', der: verifier.der },
    // The type leaves out SHA-1, which is entered to be refused.
    algorithm: { details: keyDetailsOf(verifier.key, hash), scheme: { hash: hash as HashName } },
    digest: createHash(hash).update(signed).digest(),
    envelope: { json: envelope?.stored ?? payload, payloadType: envelope?.payloadType ?? '', payload },
  };
}

/** The name of a key's algorithm (protobuf-specs, sigstore_common.proto, PublicKeyDetails). */
export function keyDetailsOf(key: SigningKey, hash: SigningHash = 'sha256'): string {
  switch (key.kind) {
    case 'p256':
    case 'secp256k1':
      return 'PKIX_ECDSA_P256_SHA_256';
    case 'p384':
      return hash === 'sha256' ? 'PKIX_ECDSA_P384_SHA_256' : 'PKIX_ECDSA_P384_SHA_384';
    case 'p521':
      return hash === 'sha256' ? 'PKIX_ECDSA_P521_SHA_256' : 'PKIX_ECDSA_P521_SHA_512';
    case 'ed25519':
      return hash === 'sha512' ? 'PKIX_ED25519_PH' : 'PKIX_ED25519';
    case 'rsa4096':
      return 'PKIX_RSA_PKCS1V15_4096_SHA256';
    default:
      return 'PKIX_RSA_PKCS1V15_2048_SHA256';
  }
}
