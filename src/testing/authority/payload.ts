/** What is signed: simple signing payloads, in-toto statements, DSSE envelopes. */
import { type Bytes, encodeBase64, utf8 } from '../../bytes/index.ts';
import { preAuthEncoding } from '../../codec/dsse.ts';
import type { Json } from '../../codec/json.ts';
import type { Certificate } from './certificate.ts';
import { type SigningKey, type SignOptions, sign } from './keys.ts';

/** Who signs: with a certificate, or with a key alone. */
export type EvidenceSigner =
  | { readonly kind: 'certificate'; readonly certificate: Certificate; readonly chain: readonly Certificate[] }
  | { readonly kind: 'key'; readonly key: SigningKey };

/** The key of a signer. */
export function keyOf(signer: EvidenceSigner): SigningKey {
  return signer.kind === 'key' ? signer.key : signer.certificate.key;
}

/** Predicate types that tests use. */
export const PREDICATES = {
  sign: 'https://sigstore.dev/cosign/sign/v1',
  custom: 'https://cosign.sigstore.dev/attestation/v1',
  slsa1: 'https://slsa.dev/provenance/v1',
  slsa02: 'https://slsa.dev/provenance/v0.2',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  spdx: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
  openvex: 'https://openvex.dev/ns',
} as const;

export const IN_TOTO_TYPE = 'application/vnd.in-toto+json';

/** A simple signing payload for a digest (`sha256:…`), as cosign writes it. `more` replaces or adds members at the top. */
export function simpleSigningPayload(
  digest: string,
  options: {
    readonly reference?: string;
    readonly type?: string;
    readonly optional?: Json;
    readonly more?: { readonly [k: string]: Json };
  } = {},
): Bytes {
  const critical = {
    identity: { 'docker-reference': options.reference ?? 'registry.example/app' },
    image: { 'docker-manifest-digest': digest },
    type: options.type ?? 'cosign container image signature',
  };
  return utf8(JSON.stringify({ critical, optional: options.optional ?? null, ...options.more }));
}

/** An in-toto statement about a digest (`sha256:…`). `more` replaces or adds members at the top. */
export function inTotoStatement(
  digest: string,
  predicateType: string,
  options: {
    readonly predicate?: Json;
    readonly name?: string;
    readonly annotations?: Json;
    readonly more?: { readonly [k: string]: Json };
  } = {},
): Bytes {
  const [algorithm = 'sha256', hex = ''] = digest.split(':');
  const subject = {
    ...(options.name === undefined ? {} : { name: options.name }),
    digest: { [algorithm]: hex },
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
  };
  const statement = { _type: 'https://in-toto.io/Statement/v1', subject: [subject], predicateType, predicate: options.predicate ?? {} };
  return utf8(JSON.stringify({ ...statement, ...options.more }));
}

/** A DSSE envelope in JSON; mutable, so that forgeries can edit it. */
export interface EnvelopeJson {
  payload: string;
  payloadType: string;
  signatures: { sig: string; keyid?: string }[];
}

/** An envelope that one key signed. `signedType` is the payload type that is signed, when it is to differ from the one that is stated. */
export function signEnvelope(
  key: SigningKey,
  payload: Bytes,
  options: { readonly payloadType?: string; readonly signedType?: string; readonly sign?: SignOptions; readonly keyid?: string } = {},
): EnvelopeJson {
  const payloadType = options.payloadType ?? IN_TOTO_TYPE;
  const sig = sign(key, preAuthEncoding(options.signedType ?? payloadType, payload), options.sign);
  return {
    payload: encodeBase64(payload),
    payloadType,
    signatures: [{ sig: encodeBase64(sig), ...(options.keyid === undefined ? {} : { keyid: options.keyid }) }],
  };
}
