/** Bodies of log entries, of every kind that evidence is logged as (rekor pkg/types; rekor-tiles for 0.0.2). */
import { createHash } from 'node:crypto';
import { type Bytes, encodeBase64, utf8 } from '../../bytes/index.ts';
import { canonicalJson } from '../../codec/canonical-json.ts';
import { preAuthEncoding } from '../../codec/dsse.ts';
import type { Json } from '../../codec/json.ts';
import type { SigningHash, SigningKey } from './keys.ts';

/** A body before it is written canonically. */
export interface Body {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Json;
}

/** The kinds of entries, as `kind/version`. */
export type BodyKind = 'hashedrekord/0.0.1' | 'dsse/0.0.1' | 'intoto/0.0.1' | 'intoto/0.0.2' | 'hashedrekord/0.0.2';

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
  const [name, apiVersion] = kind.split('/') as [string, string];
  const spec = {
    'hashedrekord/0.0.1': hashedRekord,
    'dsse/0.0.1': dsse,
    'intoto/0.0.1': intoto1,
    'intoto/0.0.2': intoto2,
    'hashedrekord/0.0.2': hashedRekord2,
  }[kind];
  return { apiVersion, kind: name, spec: spec(entered) };
}

/** The bytes that are logged. */
export function canonicalBody(body: Body): Bytes {
  return utf8(canonicalJson(body as unknown as Json));
}

function hashedRekord({ payload, signature, verifier, hash = 'sha256' }: Entered): Json {
  return {
    data: { hash: { algorithm: hash, value: hex(payload, hash) } },
    signature: { content: encodeBase64(signature), publicKey: { content: encodeBase64(utf8(verifier.pem)) } },
  };
}

function dsse({ payload, signature, verifier, envelope }: Entered): Json {
  return {
    envelopeHash: { algorithm: 'sha256', value: hex(envelope?.stored ?? payload) },
    payloadHash: { algorithm: 'sha256', value: hex(payload) },
    signatures: [{ signature: encodeBase64(signature), verifier: encodeBase64(utf8(verifier.pem)) }],
  };
}

function intoto1({ payload, verifier, envelope }: Entered): Json {
  return {
    content: {
      hash: { algorithm: 'sha256', value: hex(envelope?.stored ?? payload) },
      payloadHash: { algorithm: 'sha256', value: hex(payload) },
    },
    publicKey: encodeBase64(utf8(verifier.pem)),
  };
}

// Rekor's schema says base64 of what is base64 text already: signatures stand there encoded twice.
function intoto2({ payload, signature, verifier, envelope }: Entered): Json {
  const publicKey = encodeBase64(utf8(verifier.pem));
  const sig = encodeBase64(utf8(encodeBase64(signature)));
  const payloadType = envelope?.payloadType ?? '';
  const submitted = { payloadType, payload: encodeBase64(utf8(encodeBase64(payload))), signatures: [{ publicKey, sig }] };
  return {
    content: {
      envelope: { payloadType, signatures: [{ publicKey, sig }] },
      hash: { algorithm: 'sha256', value: hex(utf8(canonicalJson(submitted))) },
      payloadHash: { algorithm: 'sha256', value: hex(payload) },
    },
  };
}

const DIGEST_NAMES = { sha1: 'SHA1', sha256: 'SHA2_256', sha384: 'SHA2_384', sha512: 'SHA2_512' } as const;

function hashedRekord2({ payload, signature, verifier, envelope, hash = 'sha256' }: Entered): Json {
  const data = envelope === undefined ? payload : preAuthEncoding(envelope.payloadType, payload);
  const named = verifier.certificate
    ? { x509Certificate: { rawBytes: encodeBase64(verifier.der) } }
    : { publicKey: { rawBytes: encodeBase64(verifier.der) } };
  return {
    hashedRekordV002: {
      data: { algorithm: DIGEST_NAMES[hash], digest: createHash(hash).update(data).digest('base64') },
      signature: { content: encodeBase64(signature), verifier: { keyDetails: keyDetailsOf(verifier.key, hash), ...named } },
    },
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

function hex(data: Bytes, hash: SigningHash = 'sha256'): string {
  return createHash(hash).update(data).digest('hex');
}
