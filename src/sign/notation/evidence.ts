import type { Bytes } from '../../bytes/index.ts';
import { hashOfJose } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { digestOf } from '../../oci/digest.ts';
import type { NotaryEnvelope, SignedEntity } from '../../signature/index.ts';
import { decodeNotationEnvelope } from '../../signature/notation/decode.ts';
import { draftNotaryEnvelope, encodeNotaryPayload, type NotaryTarget, type NotationForm } from '../../signature/notation/encode.ts';
import { type Certificate, parseCertificate } from '../../trust/index.ts';
import type { Evidence, Facts, LocatedEvidence } from '../../verify/index.ts';
import { mediaTypeOf } from './manifest.ts';
import { checkPluginEnvelope } from './plugin-envelope.ts';
import { type NotationExpectation, type NotationWarning, verifySelf } from './self-verify.ts';
import type { EnvelopeNotationSigner, NotationSigner, RawNotationSigner } from './signer.ts';
import { type NotationTimestamping, stampSignature } from './timestamp.ts';

/** How signatures are made, whatever they are about. */
export interface NotationOptions {
  readonly form: NotationForm;
  readonly signer: NotationSigner;
  /** Default `notary.x509`. A maker of whole envelopes chooses its own unless one is asked for. */
  readonly scheme?: NotaryEnvelope['scheme'];
  /** Whole seconds from now, at least one; absent: the signature does not expire. */
  readonly expirySeconds?: number;
  readonly metadata: ReadonlyMap<string, string>;
  readonly timestamping?: NotationTimestamping;
  /** Who makes the envelope, for people: `assay/1.2.3`. */
  readonly agent: string;
  /** What self-verification may have to ask: revocation, and plugins that an envelope demands for its verification. */
  readonly facts?: Facts;
}

/** An artifact that is signed. Of files every digest that a key may demand. */
export interface NotationArtifact {
  readonly mediaType: string;
  /** By hash function: `sha256`, `sha384`, `sha512`. Images have the one that they are named by. */
  readonly digests: ReadonlyMap<string, string>;
  /** Bytes. */
  readonly size: number;
}

/** A signature that was made and has verified. */
export interface NotationEvidence {
  readonly envelope: Bytes;
  readonly entity: SignedEntity;
  /** `application/jose+json` or `application/cose`. */
  readonly mediaType: string;
  /** Leaf first, root last. */
  readonly chain: readonly Certificate[];
  /** What a plugin wants to stand in the signature's manifest. */
  readonly annotations: ReadonlyMap<string, string>;
  /** What verification found; `digest` is the envelope's own. */
  readonly found: Evidence;
  /** What it was verified against, for comparing it with what is there already. */
  readonly expected: NotationExpectation;
  readonly warnings: readonly NotationWarning[];
}

/** When, and until when anybody waits. */
export interface MakingOptions {
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/**
 * Makes a signature of an artifact and verifies it by the one verifier; nothing is published. Throws `usage-invalid`, what the signer and the timestamp
 * service throw, `service-lied` when a plugin's answer is not what was asked, and `self-verification-failed`.
 */
export async function makeNotationEvidence(
  artifact: NotationArtifact,
  options: NotationOptions,
  { now, signal }: MakingOptions,
): Promise<NotationEvidence> {
  const { form, signer, scheme, timestamping } = options;
  checkScheme(options);
  const target = targetOf(artifact, options);
  const payload = encodeNotaryPayload(target);
  const made =
    signer.kind === 'raw'
      ? await assemble(signer, payload, options, { now, ...(signal === undefined ? {} : { signal }) })
      : await ask(signer, payload, target, options, { now, ...(signal === undefined ? {} : { signal }) });
  const entity = readBack(made.envelope, form, signer.name);
  const { envelope, chain } = partsOf(entity);
  const certificates = chain.map((der) => certificateIn(der, signer.name));
  const expected: NotationExpectation = {
    chain: certificates,
    scheme: scheme ?? envelope.scheme,
    form,
    target,
    timestampRoots: timestamping?.roots,
  };
  const digest = digestOf(made.envelope);
  const located: LocatedEvidence = { format: form, digest, found: 'file', storedAs: 'signature', content: entity };
  const { evidence, warnings } = await verifySelf(located, expected, { now, facts: options.facts, signal });
  return {
    ...made,
    entity,
    mediaType: mediaTypeOf(form),
    chain: certificates,
    found: evidence,
    expected,
    warnings: [...made.warnings, ...warnings],
  };
}

/** What is signed of an artifact: the digest by the hash function that the key demands, where there is a choice. Throws `usage-invalid`. */
export function targetOf(
  { mediaType, digests, size }: NotationArtifact,
  { signer, metadata }: Pick<NotationOptions, 'signer' | 'metadata'>,
): NotaryTarget {
  const [only] = digests;
  const algorithm = digests.size === 1 && only !== undefined ? only[0] : hashOfJose(signer.algorithm);
  const hex = digests.get(algorithm);
  if (hex === undefined)
    throw new AssayError('usage-invalid', `${signer.name} signs ${algorithm} digests of files, and that of this file is not known`);
  return { mediaType, digest: `${algorithm}:${hex}`, size, metadata };
}

interface Made {
  readonly envelope: Bytes;
  readonly annotations: ReadonlyMap<string, string>;
  readonly warnings: readonly NotationWarning[];
}

async function assemble(
  signer: RawNotationSigner,
  payload: Bytes,
  options: NotationOptions,
  { now, signal }: MakingOptions,
): Promise<Made> {
  const { form, expirySeconds, timestamping } = options;
  const at = new Date(Math.floor(now.getTime() / 1000) * 1000);
  const draft = draftNotaryEnvelope(form, payload, {
    algorithm: signer.algorithm,
    scheme: options.scheme ?? 'notary.x509',
    at,
    expiry: expirySeconds === undefined ? undefined : new Date(at.getTime() + expirySeconds * 1000),
  });
  const { signature, chain } = await signer.sign(draft.signed, signal);
  const finish = (timestamp: Bytes | undefined): Bytes =>
    draft.finish({ signature, chain, timestamp, agent: signer.agent === undefined ? options.agent : `${options.agent} ${signer.agent}` });
  if (timestamping === undefined) return { envelope: finish(undefined), annotations: new Map(), warnings: [] };
  return {
    envelope: finish(await stampSignature(signature, signer.algorithm, timestamping, signal)),
    annotations: new Map(),
    warnings: [],
  };
}

async function ask(
  signer: EnvelopeNotationSigner,
  payload: Bytes,
  target: NotaryTarget,
  { form, expirySeconds, scheme }: NotationOptions,
  { now, signal }: MakingOptions,
): Promise<Made> {
  const { envelope, annotations } = await signer.make({ form, payload, expirySeconds }, signal);
  const entity = readBack(envelope, form, signer.name);
  const warnings = checkPluginEnvelope(partsOf(entity).envelope, {
    name: signer.name,
    algorithm: signer.algorithm,
    target,
    scheme,
    expirySeconds,
    now,
  });
  return { envelope, annotations, warnings };
}

function checkScheme({ signer, scheme, timestamping, expirySeconds }: NotationOptions): void {
  if (expirySeconds !== undefined && (!Number.isSafeInteger(expirySeconds) || expirySeconds < 1))
    throw new AssayError('usage-invalid', 'a signature expires after whole seconds, at least one');
  if (timestamping === undefined) return;
  if (scheme === 'notary.x509.signingAuthority')
    throw new AssayError('usage-invalid', 'a signing authority vouches for the time itself: its signatures have no timestamp');
  if (signer.kind === 'envelope')
    throw new AssayError('unsupported', `${signer.name} makes the whole envelope: only the plugin itself could put a timestamp into it`, {
      hint: 'leave out --timestamp-url; what the plugin is configured with decides',
    });
}

function readBack(bytes: Bytes, form: NotationForm, name: string): SignedEntity {
  try {
    return decodeNotationEnvelope(bytes, mediaTypeOf(form));
  } catch (cause) {
    throw new AssayError('service-lied', `what ${name} gave makes no signature envelope: ${messageOf(cause)}`, { cause });
  }
}

function certificateIn(der: Bytes, name: string): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    throw new AssayError('service-lied', `a certificate that ${name} gave cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function partsOf({ content, material }: SignedEntity): { readonly envelope: NotaryEnvelope; readonly chain: readonly Bytes[] } {
  if (content.kind !== 'notary' || material.kind !== 'certificate')
    throw new AssayError('internal', 'a Notary Project envelope was expected');
  return { envelope: content.envelope, chain: material.chain };
}
