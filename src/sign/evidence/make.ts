import { type Bytes, encodeBase64 } from '../../bytes/index.ts';
import { preAuthEncoding } from '../../codec/dsse.ts';
import {
  digestOfMessage,
  HASH_ALGORITHM,
  type KeyAlgorithm,
  type Message,
  type PublicKey,
  type SigningScheme,
} from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import {
  encodeEnvelope,
  kindOf,
  type LogEntry,
  type SignedContent,
  type SignedEntity,
  type SignerMaterial,
} from '../../signature/index.ts';
import type { LogSubmission, SigningServices } from '../services.ts';
import type { SigningParty } from './party.ts';
import { algorithmOfScheme, schemeFor } from './scheme.ts';

/** What a signature is made over. */
export type ToSign =
  /** The pre-authentication encoding of a DSSE envelope. */
  | { readonly kind: 'envelope'; readonly payloadType: string; readonly payload: Bytes }
  /** A simple signing payload. */
  | { readonly kind: 'payload'; readonly payload: Bytes }
  /** A file of any size. */
  | { readonly kind: 'artifact'; readonly message: Message };

/** In which form the evidence will be stored: it decides about hash functions, and about what is stamped. */
export type EvidenceForm = 'bundle' | 'cosign-tag';

/** What else counts. */
export interface MakeOptions {
  readonly algorithm?: KeyAlgorithm;
  readonly signal?: AbortSignal;
}

/**
 * Says before anything is signed or published whether evidence of a form can come of these services. Throws `signing-config-invalid` where a certificate's
 * signature would have no proven time (Rekor v2 states none), `unsupported` where the form has no place for what the services give.
 */
export function checkServices(form: EvidenceForm, certified: boolean, { logs, timestamps }: SigningServices): void {
  if (form === 'cosign-tag') {
    if (logs.some((l) => l.version === 2))
      throw new AssayError('unsupported', "cosign's tag form keeps a log's promise, and a Rekor v2 log gives none", {
        hint: 'sign in the bundle form, or with a Rekor v1 log',
      });
    if (logs.length > 1 || timestamps.length > 1)
      throw new AssayError('unsupported', "cosign's tag form has a place for one log entry and one timestamp", {
        hint: 'sign in the bundle form',
      });
  }
  if (certified && timestamps.length === 0 && logs.length > 0 && logs.every((l) => l.version === 2))
    throw new AssayError(
      'signing-config-invalid',
      'a Rekor v2 log states no time, so a certificate needs a timestamp as well, and no timestamp authority is configured',
      {
        hint: 'a --signing-config with a timestamp authority, or --timestamp-server-url',
      },
    );
}

/**
 * Signs, and has the signature logged and stamped by every service that is given. Logs and timestamp authorities are asked at the same time.
 * Throws `algorithm-unsupported`, what the signer and the services throw, and as `checkServices`.
 */
export async function makeEvidence(
  what: ToSign,
  form: EvidenceForm,
  { signer, chain }: SigningParty,
  services: SigningServices,
  { algorithm, signal }: MakeOptions = {},
): Promise<SignedEntity> {
  checkServices(form, chain.length > 0, services);
  const { logs, timestamps } = services;
  const byDigest = what.kind === 'envelope' ? logs.some((l) => l.version === 2) : logs.length > 0;
  const scheme = schemeFor(signer, { sha256: form === 'cosign-tag', byDigest, ...(algorithm === undefined ? {} : { algorithm }) });
  const message =
    what.kind === 'artifact' ? what.message : what.kind === 'payload' ? what.payload : preAuthEncoding(what.payloadType, what.payload);
  const options = signal === undefined ? {} : { signal };
  const signature = await signer.sign(message, scheme, options);
  const digest = await digestOfMessage(message, scheme.hash);
  const content = contentOf(what, signature, digest, scheme);
  const envelope = content.kind === 'dsse' ? content.envelope.stored : undefined;
  const submission: LogSubmission = {
    signature,
    verifier: verifierOf(signer.publicKey, chain),
    algorithm: algorithmOfScheme(signer, scheme),
    digest,
    ...(what.kind === 'envelope' && envelope !== undefined
      ? { envelope: { json: envelope, payloadType: what.payloadType, payload: what.payload } }
      : {}),
  };
  // cosign's `.att` is stamped as a whole, everything else by its signature (cosign pkg/cosign/verify.go, "VerifyRFC3161Timestamp").
  const stamped = form === 'cosign-tag' && envelope !== undefined ? envelope : signature;
  const [entries, stamps] = await Promise.all([
    Promise.all(logs.map((log) => log.enter(submission, options))),
    Promise.all(timestamps.map((tsa) => tsa.stamp(stamped, options))),
  ]);
  return entityOf(content, form, materialOf(signer.publicKey, chain), entries, stamps);
}

function contentOf(what: ToSign, signature: Bytes, digest: Bytes, { hash }: SigningScheme): SignedContent {
  if (what.kind === 'payload') return { kind: 'payload', payload: what.payload, signature };
  if (what.kind === 'artifact') return { kind: 'artifact', signature, stated: { algorithm: HASH_ALGORITHM[hash], digest } };
  const envelope = { payloadType: what.payloadType, payload: what.payload, signatures: [{ keyid: '', sig: signature }] };
  return { kind: 'dsse', envelope: { ...envelope, stored: encodeEnvelope(envelope) } };
}

function entityOf(
  content: SignedContent,
  form: EvidenceForm,
  material: SignerMaterial,
  logEntries: readonly LogEntry[],
  stamps: readonly Bytes[],
): SignedEntity {
  const bundle = form === 'bundle';
  return {
    kind: content.kind === 'dsse' ? kindOf(content.envelope) : 'signature',
    format: bundle ? 'sigstore-bundle' : 'cosign-tag',
    content,
    material,
    logEntries,
    timestamps: stamps.map((der) => ({
      der,
      over: !bundle && content.kind === 'dsse' ? ('signature-or-envelope' as const) : ('signature' as const),
    })),
    demands: { promise: !bundle, proof: bundle },
    unsignedAnnotations: new Map(),
  };
}

function verifierOf(key: PublicKey, [leaf]: readonly Bytes[]): LogSubmission['verifier'] {
  return leaf === undefined ? { kind: 'public-key', key } : { kind: 'certificate', der: leaf };
}

/** A bare key is named by what cosign names it by: base64 of the SHA-256 of its SubjectPublicKeyInfo. */
function materialOf(key: PublicKey, chain: readonly Bytes[]): SignerMaterial {
  if (chain.length > 0) return { kind: 'certificate', chain };
  return { kind: 'public-key', hint: encodeBase64(Buffer.from(key.keyId.slice('sha256:'.length), 'hex')) };
}
