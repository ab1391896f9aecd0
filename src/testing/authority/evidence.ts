/** Evidence in every form of storage: cosign's layers, Sigstore bundles, old `sign-blob` bundles. Honest unless an option says otherwise. */
import { createHash } from 'node:crypto';
import { type Bytes, encodeBase64, utf8 } from '../../bytes/index.ts';
import { DSSE_ENVELOPE, SIMPLE_SIGNING } from '../../oci/media-types.ts';
import { MINUTE } from './authority.ts';
import { type Body, type BodyKind, bodyOf, type Entered } from './body.ts';
import { type SigningHash, type SignOptions, sign } from './keys.ts';
import { type CosignLogBundle, cosignLogBundle, type EntryBend, enter, type LogEntryJson, type TransparencyLog } from './log.ts';
import { type EnvelopeJson, type EvidenceSigner, keyOf, signEnvelope } from './payload.ts';
import type { VirtualSigstore } from './sigstore.ts';
import { type TimestampAuthority, type TimestampOptions, timestamp } from './timestamp.ts';

/** One entry in a log. */
export interface LogUse {
  readonly log?: TransparencyLog;
  readonly kind?: BodyKind;
  readonly at?: Date;
  readonly bend?: EntryBend;
  /** What is entered instead of the truth. */
  readonly entered?: Partial<Entered>;
  /** Changes the body before it is logged. */
  readonly body?: (honest: Body) => Body | Bytes;
  /** Changes the entry after it was logged. */
  readonly edit?: (entry: LogEntryJson) => void;
}

/** One timestamp. */
export interface TimestampUse extends Partial<TimestampOptions> {
  readonly tsa?: TimestampAuthority;
  /** What is stamped, instead of the signature (or for cosign's `.att` the envelope). */
  readonly over?: Bytes;
}

/** What goes with a signature. Default: for certificates one entry in the Rekor v1 log, for keys nothing. */
export interface ProofOptions {
  readonly logs?: readonly LogUse[];
  readonly timestamps?: readonly TimestampUse[];
  readonly sign?: SignOptions;
  /** A ready-made signature instead of the signer's. */
  readonly signature?: Bytes;
}

/** A layer of cosign's tags. */
export interface LayerFile {
  mediaType: string;
  content: Bytes;
  annotations: Record<string, string>;
}

interface Signed {
  readonly payload: Bytes;
  readonly signature: Bytes;
  readonly envelope?: { readonly stored: Bytes; readonly payloadType: string };
}

/** A layer of `.sig`: simple signing payload, signature and proofs in annotations. */
export function signatureLayer(sigstore: VirtualSigstore, signer: EvidenceSigner, payload: Bytes, options: ProofOptions = {}): LayerFile {
  // cosign hashes with SHA-256 in this form, whatever the curve
  const signature = options.signature ?? sign(keyOf(signer), payload, { hash: 'sha256', ...options.sign });
  const proof = prove(sigstore, signer, { payload, signature }, options);
  return {
    mediaType: SIMPLE_SIGNING,
    content: payload,
    annotations: { 'dev.cosignproject.cosign/signature': encodeBase64(signature), ...proofAnnotations(signer, proof) },
  };
}

/** A layer of `.att`: DSSE envelope, proofs in annotations. */
export function attestationLayer(
  sigstore: VirtualSigstore,
  signer: EvidenceSigner,
  payload: Bytes,
  options: ProofOptions & { readonly envelope?: EnvelopeJson; readonly payloadType?: string; readonly predicateType?: string } = {},
): LayerFile {
  const envelope = options.envelope ?? envelopeFor(signer, payload, { sign: { hash: 'sha256' }, ...options });
  const content = utf8(JSON.stringify(envelope));
  const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64');
  const stamps = options.timestamps?.map((t) => ({ ...t, over: t.over ?? content }));
  const signed = { payload, signature, envelope: { stored: content, payloadType: envelope.payloadType } };
  const proof = prove(sigstore, signer, signed, { ...options, ...(stamps === undefined ? {} : { timestamps: stamps }) });
  return {
    mediaType: DSSE_ENVELOPE,
    content,
    annotations: {
      'dev.cosignproject.cosign/signature': '',
      ...(options.predicateType === undefined ? {} : { predicateType: options.predicateType }),
      ...proofAnnotations(signer, proof),
    },
  };
}

/** A Sigstore bundle in protojson; mutable, so that forgeries can edit it. */
export interface BundleJson {
  mediaType: string;
  verificationMaterial: {
    certificate?: { rawBytes: string };
    x509CertificateChain?: { certificates: { rawBytes: string }[] };
    publicKey?: { hint?: string };
    tlogEntries?: LogEntryJson[];
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  messageSignature?: { messageDigest?: { algorithm: string; digest: string }; signature: string };
  dsseEnvelope?: EnvelopeJson;
}

/** Versions of bundles. `0.3-old` is v0.3 under the old form of its media type. */
export type BundleVersion = '0.1' | '0.2' | '0.3' | '0.3-old';

const MEDIA_TYPES: Readonly<Record<BundleVersion, string>> = {
  '0.1': 'application/vnd.dev.sigstore.bundle+json;version=0.1',
  '0.2': 'application/vnd.dev.sigstore.bundle+json;version=0.2',
  '0.3': 'application/vnd.dev.sigstore.bundle.v0.3+json',
  '0.3-old': 'application/vnd.dev.sigstore.bundle+json;version=0.3',
};

/** What every bundle may be told. */
export interface BundleOptions extends ProofOptions {
  readonly version?: BundleVersion;
}

/** A bundle around a DSSE envelope. */
export function dsseBundle(
  sigstore: VirtualSigstore,
  signer: EvidenceSigner,
  payload: Bytes,
  options: BundleOptions & { readonly envelope?: EnvelopeJson; readonly payloadType?: string } = {},
): BundleJson {
  const envelope = options.envelope ?? envelopeFor(signer, payload, options);
  const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64');
  const signed = { payload, signature, envelope: { stored: utf8(JSON.stringify(envelope)), payloadType: envelope.payloadType } };
  return { ...bundleFrame(sigstore, signer, signed, options), dsseEnvelope: envelope };
}

/** A bundle around the signature of a message. */
export function messageBundle(
  sigstore: VirtualSigstore,
  signer: EvidenceSigner,
  message: Bytes,
  options: BundleOptions & { readonly statedHash?: SigningHash } = {},
): BundleJson {
  const signature = options.signature ?? sign(keyOf(signer), message, options.sign);
  const hash = options.statedHash ?? 'sha256';
  const algorithm = { sha1: 'SHA1', sha256: 'SHA2_256', sha384: 'SHA2_384', sha512: 'SHA2_512' }[hash];
  return {
    ...bundleFrame(sigstore, signer, { payload: message, signature }, options),
    messageSignature: {
      messageDigest: { algorithm, digest: createHash(hash).update(message).digest('base64') },
      signature: encodeBase64(signature),
    },
  };
}

/** The file of cosign 1 and 2's `sign-blob --bundle`. */
export function blobBundle(
  sigstore: VirtualSigstore,
  signer: EvidenceSigner,
  message: Bytes,
  options: ProofOptions = {},
): { base64Signature: string; cert: string; rekorBundle?: CosignLogBundle } {
  const signature = options.signature ?? sign(keyOf(signer), message, { hash: 'sha256', ...options.sign });
  const { entries } = prove(sigstore, signer, { payload: message, signature }, { logs: [{}], ...options });
  const [entry] = entries;
  return {
    base64Signature: encodeBase64(signature),
    cert: encodeBase64(utf8(signer.kind === 'key' ? signer.key.spkiPem : signer.certificate.pem)),
    ...(entry === undefined ? {} : { rekorBundle: cosignLogBundle(entry) }),
  };
}

/** The bytes of a document. */
export function jsonBytes(value: object): Bytes {
  return utf8(JSON.stringify(value));
}

function envelopeFor(signer: EvidenceSigner, payload: Bytes, options: ProofOptions & { readonly payloadType?: string }): EnvelopeJson {
  const made = signEnvelope(keyOf(signer), payload, {
    ...(options.payloadType === undefined ? {} : { payloadType: options.payloadType }),
    ...(options.sign === undefined ? {} : { sign: options.sign }),
  });
  return options.signature === undefined ? made : { ...made, signatures: [{ sig: encodeBase64(options.signature) }] };
}

function bundleFrame(sigstore: VirtualSigstore, signer: EvidenceSigner, signed: Signed, options: BundleOptions): BundleJson {
  const version = options.version ?? '0.3';
  const { entries, stamps } = prove(sigstore, signer, signed, options);
  return {
    mediaType: MEDIA_TYPES[version],
    verificationMaterial: {
      ...material(signer, version === '0.3' || version === '0.3-old'),
      ...(entries.length === 0 ? {} : { tlogEntries: [...entries] }),
      ...(stamps.length === 0
        ? {}
        : { timestampVerificationData: { rfc3161Timestamps: stamps.map((der) => ({ signedTimestamp: encodeBase64(der) })) } }),
    },
  };
}

function material(signer: EvidenceSigner, single: boolean): Partial<BundleJson['verificationMaterial']> {
  if (signer.kind === 'key') return { publicKey: { hint: encodeBase64(signer.key.id) } };
  if (single) return { certificate: { rawBytes: encodeBase64(signer.certificate.der) } };
  const chain = [signer.certificate, ...signer.chain.slice(0, -1)];
  return { x509CertificateChain: { certificates: chain.map((c) => ({ rawBytes: encodeBase64(c.der) })) } };
}

interface Proof {
  readonly entries: readonly LogEntryJson[];
  readonly stamps: readonly Buffer[];
}

function prove(sigstore: VirtualSigstore, signer: EvidenceSigner, signed: Signed, options: ProofOptions): Proof {
  const usual = new Date((signer.kind === 'certificate' ? signer.certificate.notBefore : sigstore.now).getTime() + MINUTE);
  const logs = options.logs ?? (signer.kind === 'certificate' ? [{}] : []);
  return {
    entries: logs.map((use) => logged(sigstore, signer, signed, usual, use)),
    stamps: (options.timestamps ?? []).map((use) =>
      timestamp(use.tsa ?? sigstore.tsa, use.over ?? signed.signature, { at: usual, ...use }),
    ),
  };
}

function logged(sigstore: VirtualSigstore, signer: EvidenceSigner, signed: Signed, usual: Date, use: LogUse): LogEntryJson {
  const log = use.log ?? sigstore.rekor;
  const kind = use.kind ?? (log.version === 2 ? 'hashedrekord/0.0.2' : signed.envelope === undefined ? 'hashedrekord/0.0.1' : 'dsse/0.0.1');
  const honest = bodyOf(kind, { ...signed, verifier: verifierOf(signer), ...use.entered });
  const entry = enter(log, use.body?.(honest) ?? honest, use.at ?? usual, use.bend);
  use.edit?.(entry);
  return entry;
}

/** What a log entry names as verifier. */
export function verifierOf(signer: EvidenceSigner): Entered['verifier'] {
  if (signer.kind === 'key') return { pem: signer.key.spkiPem, der: signer.key.spki, certificate: false, key: signer.key };
  return { pem: signer.certificate.pem, der: signer.certificate.der, certificate: true, key: signer.certificate.key };
}

function proofAnnotations(signer: EvidenceSigner, { entries, stamps }: Proof): Record<string, string> {
  const [entry] = entries;
  const [stamp] = stamps;
  return {
    ...(signer.kind === 'key'
      ? {}
      : {
          'dev.sigstore.cosign/certificate': signer.certificate.pem,
          'dev.sigstore.cosign/chain': signer.chain.map((c) => c.pem).join(''),
        }),
    ...(entry === undefined ? {} : { 'dev.sigstore.cosign/bundle': JSON.stringify(cosignLogBundle(entry)) }),
    ...(stamp === undefined
      ? {}
      : { 'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: encodeBase64(stamp) }) }),
  };
}
