import { type Bytes, utf8Decode } from '../../bytes/index.ts';
import { envelopeOf } from '../../codec/dsse.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { FormDemands, LogEntry, SignedContent, SignedEntity, SignerMaterial } from '../entity.ts';
import { kindOf } from '../kind.ts';
import { readLogEntry } from './log-entry.ts';
import { bytesIn, listIn, member, type Node, nodeOf, objectIn, oneOf, textIn, wrong } from './reader.ts';

type BundleVersion = '0.1' | '0.2' | '0.3';

const VERSIONS: ReadonlyMap<string, BundleVersion> = new Map([
  ['application/vnd.dev.sigstore.bundle+json;version=0.1', '0.1'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', '0.2'],
  ['application/vnd.dev.sigstore.bundle+json;version=0.3', '0.3'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', '0.3'],
]);

/** What each version demands of its log entries (sigstore client-spec; protobuf-specs, sigstore_bundle.proto). */
const DEMANDS: Readonly<Record<BundleVersion, FormDemands>> = {
  '0.1': { promise: true, proof: false },
  '0.2': { promise: false, proof: true },
  '0.3': { promise: false, proof: true },
};

/**
 * Decodes a Sigstore bundle, v0.1 to v0.3, in JSON. Throws `bundle-invalid`, `envelope-invalid`, `json-invalid` or `limit`.
 * Names that no version knows are passed over: nothing is read from them.
 */
export function decodeBundle(bytes: Bytes): SignedEntity {
  const bundle = nodeOf(document(bytes), 'document');
  const mediaType = textIn(bundle, 'mediaType');
  const version = VERSIONS.get(mediaType);
  if (version === undefined) throw wrong('mediaType', `"${mediaType.slice(0, 100)}" is none of the versions 0.1 to 0.3`);
  const material = objectIn(bundle, 'verificationMaterial');
  const content = readContent(bundle);
  return {
    kind: content.kind === 'dsse' ? kindOf(content.envelope) : 'signature',
    format: 'sigstore-bundle',
    content,
    material: readMaterial(material, version),
    logEntries: readEntries(material),
    timestamps: readTimestamps(material),
    demands: DEMANDS[version],
    unsignedAnnotations: new Map(),
  };
}

/** Whether bytes look like a bundle at all, for files that may be of several kinds. */
export function looksLikeBundle(bytes: Bytes): boolean {
  return (
    Buffer.from(bytes.subarray(0, 4096)).includes('application/vnd.dev.sigstore.bundle') ||
    Buffer.from(bytes).includes('"verificationMaterial"')
  );
}

function document(bytes: Bytes): Json {
  try {
    return parseJson(utf8Decode(bytes, 'bundle'), 'bundle');
  } catch (cause) {
    if (isAssayError(cause, 'json-invalid')) throw new AssayError('bundle-invalid', cause.message, { cause });
    throw cause;
  }
}

function readContent(bundle: Node): SignedContent {
  if (oneOf(bundle, ['messageSignature', 'dsseEnvelope']) === 'dsseEnvelope') {
    const envelope = envelopeOf(member(bundle, 'dsseEnvelope') as Json);
    if (envelope.signatures.length !== 1)
      throw wrong('dsseEnvelope', `has ${envelope.signatures.length} signatures, exactly one is allowed`);
    return { kind: 'dsse', envelope };
  }
  const message = objectIn(bundle, 'messageSignature');
  const digest = member(message, 'messageDigest') === undefined ? undefined : objectIn(message, 'messageDigest');
  // cosign 3 writes an empty one for Ed25519 keys: nothing is stated.
  const node = digest === undefined || Object.keys(digest.value).length === 0 ? undefined : digest;
  return {
    kind: 'artifact',
    signature: bytesIn(message, 'signature'),
    stated: node === undefined ? undefined : { algorithm: textIn(node, 'algorithm'), digest: bytesIn(node, 'digest') },
  };
}

// From v0.3 on a chain is not to be sent: roots and intermediates come from the trusted root.
function readMaterial(material: Node, version: BundleVersion): SignerMaterial {
  const which = oneOf(material, ['certificate', 'x509CertificateChain', 'publicKey']);
  if (which === 'publicKey') return { kind: 'public-key', hint: hintOf(objectIn(material, 'publicKey')) };
  if (which === 'certificate') {
    if (version !== '0.3') throw wrong('verificationMaterial.certificate', `does not exist in version ${version}`);
    return { kind: 'certificate', chain: [bytesIn(objectIn(material, 'certificate'), 'rawBytes')] };
  }
  const chain = listIn(objectIn(material, 'x509CertificateChain'), 'certificates', LIMITS.chainCertificates).map((c, i) =>
    bytesIn(nodeOf(c, `certificates[${i}]`), 'rawBytes'),
  );
  if (chain.length === 0) throw wrong('x509CertificateChain', 'is empty');
  return { kind: 'certificate', chain, ...(version === '0.3' ? { chainUnasked: true } : {}) };
}

function hintOf(node: Node): string {
  const hint = member(node, 'hint') ?? '';
  if (typeof hint !== 'string') throw wrong('publicKey.hint', 'is not a text');
  return hint;
}

function readEntries(material: Node): LogEntry[] {
  return listIn(material, 'tlogEntries', LIMITS.logEntries).map((e, i) => readLogEntry(e, `tlogEntries[${i}]`));
}

function readTimestamps(material: Node): SignedEntity['timestamps'] {
  if (member(material, 'timestampVerificationData') === undefined) return [];
  const list = listIn(objectIn(material, 'timestampVerificationData'), 'rfc3161Timestamps', LIMITS.timestamps);
  return list.map((t, i) => ({ der: bytesIn(nodeOf(t, `rfc3161Timestamps[${i}]`), 'signedTimestamp'), over: 'signature' as const }));
}
