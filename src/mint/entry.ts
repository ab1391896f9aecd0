/** Bodies of log entries: Rekor v1's kinds (rekor, pkg/types) and Rekor v2's (rekor-tiles, docs of `hashedrekord` 0.0.2), and the requests that propose them. */
import { type Bytes, encodeBase64, encodeHex, utf8 } from '../bytes/index.ts';
import { canonicalJson } from '../codec/canonical-json.ts';
import { pem } from '../codec/der/encode.ts';
import type { Json } from '../codec/json.ts';
import { HASH_ALGORITHM, type HashName, sha256 } from '../crypto/index.ts';

/** A body before it is written canonically. */
export interface EntryBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Json;
}

/** The kinds of entries, as `kind/version`. */
export type EntryKind = 'hashedrekord/0.0.1' | 'dsse/0.0.1' | 'intoto/0.0.1' | 'intoto/0.0.2' | 'hashedrekord/0.0.2';

/** What verifies the signature of an entry: a certificate, or the SubjectPublicKeyInfo of a bare key; DER. */
export interface EntryVerifier {
  readonly kind: 'certificate' | 'public-key';
  readonly der: Bytes;
}

/** An envelope that is entered: as it is sent, byte for byte, and its parts. */
export interface EntryEnvelope {
  readonly json: Bytes;
  readonly payloadType: string;
  readonly payload: Bytes;
}

/** What is entered. */
export interface EntryContent {
  readonly signature: Bytes;
  readonly verifier: EntryVerifier;
  /** The algorithm of the signature; a `KeyAlgorithm` is one. */
  readonly algorithm: { readonly details: string; readonly scheme: { readonly hash: HashName } };
  /** The digest, with the algorithm's hash function, of what the signature is over. */
  readonly digest: Bytes;
  /** For the kinds that enter envelopes (`dsse`, `intoto`); the others have no use for it. */
  readonly envelope?: EntryEnvelope;
}

/** The body that the log writes for an entry of a kind. The kinds that enter envelopes take an absent one for an empty one. */
export function entryBody(kind: EntryKind, content: EntryContent): EntryBody {
  return { ...named(kind), spec: SPECS[kind](content) };
}

/** The bytes of a body that are hashed into the log (RFC 8785). */
export function entryBytes(body: EntryBody): Bytes {
  return utf8(canonicalJson(body as unknown as Json));
}

/**
 * The request that proposes an entry: what `POST /api/v1/log/entries` takes (rekor, openapi.yaml, `ProposedEntry`), or for `hashedrekord/0.0.2`
 * what `POST /api/v2/log/entries` takes (rekor-tiles, `CreateEntryRequest`). The log answers with `entryBytes(entryBody(kind, content))`.
 */
export function entryRequest(kind: EntryKind, content: EntryContent): Json {
  const verifier = encodeBase64(utf8(verifierPem(content.verifier)));
  const { envelope = NO_ENVELOPE } = content;
  switch (kind) {
    case 'hashedrekord/0.0.2':
      return { hashedRekordRequestV002: { digest: encodeBase64(content.digest), signature: signature2(content) } };
    case 'dsse/0.0.1':
      return { ...named(kind), spec: { proposedContent: { envelope: Buffer.from(envelope.json).toString(), verifiers: [verifier] } } };
    case 'intoto/0.0.1':
      return { ...named(kind), spec: { content: { envelope: Buffer.from(envelope.json).toString() }, publicKey: verifier } };
    case 'intoto/0.0.2': {
      const { hash, payloadHash } = intoto2Hashes(content);
      return { ...named(kind), spec: { content: { envelope: submitted2(content), hash, payloadHash } } };
    }
    case 'hashedrekord/0.0.1':
      return { ...named(kind), spec: hashedRekord(content) };
  }
}

const NO_ENVELOPE: EntryEnvelope = { json: Buffer.alloc(0), payloadType: '', payload: Buffer.alloc(0) };

const SPECS: Readonly<Record<EntryKind, (content: EntryContent) => Json>> = {
  'hashedrekord/0.0.1': hashedRekord,
  'dsse/0.0.1': dsse,
  'intoto/0.0.1': intoto1,
  'intoto/0.0.2': intoto2,
  'hashedrekord/0.0.2': hashedRekord2,
};

function named(kind: EntryKind): { apiVersion: string; kind: string } {
  const [name = '', apiVersion = ''] = kind.split('/');
  return { apiVersion, kind: name };
}

function hashedRekord({ digest, algorithm, signature, verifier }: EntryContent): Json {
  return {
    data: { hash: { algorithm: algorithm.scheme.hash, value: encodeHex(digest) } },
    signature: { content: encodeBase64(signature), publicKey: { content: encodeBase64(utf8(verifierPem(verifier))) } },
  };
}

function dsse({ signature, verifier, envelope = NO_ENVELOPE }: EntryContent): Json {
  return {
    envelopeHash: sha256Json(envelope.json),
    payloadHash: sha256Json(envelope.payload),
    signatures: [{ signature: encodeBase64(signature), verifier: encodeBase64(utf8(verifierPem(verifier))) }],
  };
}

function intoto1({ verifier, envelope = NO_ENVELOPE }: EntryContent): Json {
  return {
    content: { hash: sha256Json(envelope.json), payloadHash: sha256Json(envelope.payload) },
    publicKey: encodeBase64(utf8(verifierPem(verifier))),
  };
}

function intoto2(content: EntryContent): Json {
  const { payloadType, signatures } = submitted2(content);
  return { content: { envelope: { payloadType, signatures }, ...intoto2Hashes(content) } };
}

// Rekor's schema says base64 of what is base64 text already: payload and signature stand there encoded twice.
function submitted2({ signature, verifier, envelope = NO_ENVELOPE }: EntryContent): {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly Json[];
} {
  const publicKey = encodeBase64(utf8(verifierPem(verifier)));
  const sig = encodeBase64(utf8(encodeBase64(signature)));
  const { payloadType, payload } = envelope;
  return { payloadType, payload: encodeBase64(utf8(encodeBase64(payload))), signatures: [{ publicKey, sig }] };
}

function intoto2Hashes(content: EntryContent): { readonly hash: Json; readonly payloadHash: Json } {
  const { envelope = NO_ENVELOPE } = content;
  return { hash: sha256Json(utf8(canonicalJson(submitted2(content)))), payloadHash: sha256Json(envelope.payload) };
}

function hashedRekord2(content: EntryContent): Json {
  const { digest, algorithm } = content;
  return {
    hashedRekordV002: {
      data: { algorithm: HASH_ALGORITHM[algorithm.scheme.hash], digest: encodeBase64(digest) },
      signature: signature2(content),
    },
  };
}

function signature2({ signature, verifier, algorithm }: EntryContent): Json {
  const key = { rawBytes: encodeBase64(verifier.der) };
  return {
    content: encodeBase64(signature),
    verifier: { keyDetails: algorithm.details, ...(verifier.kind === 'certificate' ? { x509Certificate: key } : { publicKey: key }) },
  };
}

function verifierPem({ kind, der }: EntryVerifier): string {
  return pem(kind === 'certificate' ? 'CERTIFICATE' : 'PUBLIC KEY', der);
}

function sha256Json(data: Bytes): Json {
  return { algorithm: 'sha256', value: encodeHex(sha256(data)) };
}
