/** The workshop of the forgeries: one virtual Sigstore that is trusted, one stranger, keys, and short ways to make honest evidence. */
import { encodeBase64, utf8 } from '../../src/bytes/index.ts';
import { digestOf } from '../../src/oci/digest.ts';
import {
  attestationLayer,
  type BundleJson,
  type BundleOptions,
  blobBundle,
  createVirtualSigstore,
  DAY,
  dsseBundle,
  type EnvelopeJson,
  type EvidenceSigner,
  inTotoStatement,
  type LayerFile,
  type LeafOptions,
  type LogEntryJson,
  type LogUse,
  MINUTE,
  messageBundle,
  PREDICATES,
  type ProofOptions,
  type SigningKey,
  sharedKey,
  signatureLayer,
  simpleSigningPayload,
  type VirtualSigstore,
} from '../../src/testing/index.ts';
import type { Ask, Edit, Posed } from './case.ts';

export const lab = createVirtualSigstore({ name: 'lab' });
export const stranger = createVirtualSigstore({ name: 'stranger' });

/** The image whose evidence is judged, and another one. */
export const IMAGE = utf8('{"schemaVersion":2,"image":"ours"}');
export const OTHER_IMAGE = utf8('{"schemaVersion":2,"image":"other"}');
export const DIGEST = digestOf(IMAGE);
export const OTHER_DIGEST = digestOf(OTHER_IMAGE);

/** When leaves are issued, and when they are used. */
export const ISSUED = new Date(lab.now.getTime() - 2 * DAY);
export const USED = new Date(ISSUED.getTime() + MINUTE);

/** A time, in seconds after leaves are issued. */
export function after(seconds: number): Date {
  return new Date(ISSUED.getTime() + seconds * 1000);
}

/** The key that is asked for, and a stranger's. */
export const KEY = sharedKey('p256', 'asked');
export const STRANGE_KEY = sharedKey('p256', 'strange');

/** The statement that cosign 3 signs for an image. */
export function signStatement(digest: string = DIGEST, options: Parameters<typeof inTotoStatement>[2] = {}): Uint8Array {
  return inTotoStatement(digest, PREDICATES.sign, options);
}

/** A signer with a fresh leaf. */
export function keyless(leaf: LeafOptions = {}, by: VirtualSigstore = lab): EvidenceSigner {
  return { kind: 'certificate', certificate: by.issue(leaf), chain: by.ca.chain };
}

/** A signer with a key alone. */
export function byKey(key: SigningKey = KEY): EvidenceSigner {
  return { kind: 'key', key };
}

/** How a piece of evidence is made. */
export interface Making extends BundleOptions {
  readonly signer?: EvidenceSigner;
  readonly leaf?: LeafOptions;
  readonly payload?: Uint8Array;
  readonly payloadType?: string;
  readonly envelope?: EnvelopeJson;
  readonly edit?: Edit;
  /** Changes the written text. */
  readonly text?: (text: string) => string;
  readonly by?: VirtualSigstore;
}

/** A bundle around a DSSE envelope; a cosign signature statement about our image unless told otherwise. */
export function bundle(making: Making = {}, ask: Ask = {}): Posed {
  const { signer = keyless(making.leaf, making.by), payload = signStatement() } = making;
  return written(dsseBundle(lab, signer, payload, making), making, ask);
}

/** A bundle around the signature of our image's bytes. */
export function message(
  making: Making & { readonly statedHash?: 'sha256' | 'sha384' | 'sha512' | 'sha1'; readonly over?: Uint8Array } = {},
  ask: Ask = {},
): Posed {
  const signer = making.signer ?? keyless(making.leaf, making.by);
  return written(messageBundle(lab, signer, making.over ?? IMAGE, making), making, { subject: IMAGE, ...ask });
}

function written(made: BundleJson, making: Making, ask: Ask): Posed {
  making.edit?.(made);
  const text = JSON.stringify(made);
  return { stored: { form: 'bundle', bytes: utf8(making.text?.(text) ?? text) }, ask };
}

/** How a layer is made. */
export interface LayerMaking extends ProofOptions {
  readonly signer?: EvidenceSigner;
  readonly leaf?: LeafOptions;
  readonly payload?: Uint8Array;
  readonly payloadType?: string;
  readonly envelope?: EnvelopeJson;
  readonly edit?: (layer: LayerFile) => void;
  readonly by?: VirtualSigstore;
}

/** A layer of `.sig`. */
export function sig(making: LayerMaking = {}, ask: Ask = {}): Posed {
  const signer = making.signer ?? keyless(making.leaf, making.by);
  const layer = signatureLayer(lab, signer, making.payload ?? simpleSigningPayload(DIGEST), making);
  making.edit?.(layer);
  return { stored: { form: 'layer', layer }, ask };
}

/** A layer of `.att`: SLSA provenance unless told otherwise. */
export function att(making: LayerMaking = {}, ask: Ask = {}): Posed {
  const signer = making.signer ?? keyless(making.leaf, making.by);
  const layer = attestationLayer(lab, signer, making.payload ?? inTotoStatement(DIGEST, PREDICATES.slsa1), making);
  making.edit?.(layer);
  return { stored: { form: 'layer', layer }, ask: { want: { predicateType: PREDICATES.slsa1 }, ...ask } };
}

/** An old `sign-blob` bundle. */
export function blob(
  making: LayerMaking & { readonly over?: Uint8Array; readonly editBlob?: (value: ReturnType<typeof blobBundle>) => void } = {},
  ask: Ask = {},
): Posed {
  const signer = making.signer ?? keyless(making.leaf, making.by);
  const made = blobBundle(lab, signer, making.over ?? IMAGE, making);
  making.editBlob?.(made);
  return { stored: { form: 'blob', bytes: utf8(JSON.stringify(made)) }, ask: { subject: IMAGE, ...ask } };
}

/** A question by key, without logs. */
export function asKey(more: Ask = {}): Ask {
  return { keys: [KEY], identities: [], logs: 0, ...more };
}

/** A question by key that requires a log entry. */
export function asLoggedKey(more: Ask = {}): Ask {
  return { keys: [KEY], identities: [], ...more };
}

/** The question about an attestation of a type. */
export function asType(predicateType: string, more: Ask = {}): Ask {
  return { want: { predicateType }, ...more };
}

/** The first log entry of a bundle. */
export function entryOf(made: BundleJson): LogEntryJson {
  const [entry] = made.verificationMaterial.tlogEntries ?? [];
  if (entry === undefined) throw new Error('the bundle has no log entry');
  return entry;
}

/** The inclusion proof of a bundle's first entry. */
export function proofOf(made: BundleJson): NonNullable<LogEntryJson['inclusionProof']> {
  const { inclusionProof } = entryOf(made);
  if (inclusionProof === undefined) throw new Error('the entry has no proof');
  return inclusionProof;
}

/** Changes cosign's Rekor bundle in a layer's annotation. */
export function editRekor(
  change: (value: { SignedEntryTimestamp?: unknown; Payload?: Record<string, unknown> }) => void,
): (layer: LayerFile) => void {
  return (layer) => {
    const value = JSON.parse(layer.annotations['dev.sigstore.cosign/bundle'] ?? '{}') as {
      SignedEntryTimestamp?: unknown;
      Payload?: Record<string, unknown>;
    };
    change(value);
    layer.annotations['dev.sigstore.cosign/bundle'] = JSON.stringify(value);
  };
}

/** Base64 with one bit of one byte turned. */
export function flip(base64: string, at = -1): string {
  const bytes = Buffer.from(base64, 'base64');
  const i = at < 0 ? bytes.length + at : at;
  bytes[i] = (bytes[i] ?? 0) ^ 1;
  return encodeBase64(bytes);
}

/** A log entry by the Rekor v2 log, which proves no time, and the timestamp that does. */
export function v2(use: Omit<LogUse, 'log'> = {}): Pick<Making, 'logs' | 'timestamps'> {
  return { logs: [{ log: lab.rekor2, ...use }], timestamps: [{}] };
}

/** One entry that the log made with one thing bent. */
export function logged(use: LogUse): Pick<Making, 'logs'> {
  return { logs: [use] };
}
