import { type Bytes, encodeBase64, utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { BUNDLE_V03 } from '../../oci/media-types.ts';
import type { InclusionProof, LogEntry, SignedContent, SignedEntity, SignerMaterial } from '../entity.ts';

/** What a bundle is made of: any entity has it. */
export type BundleParts = Pick<SignedEntity, 'content' | 'material' | 'logEntries' | 'timestamps'>;

/**
 * Writes a Sigstore bundle v0.3 in protobuf's JSON (protobuf-specs, sigstore_bundle.proto): members in the order of their fields, int64 as text, what is
 * empty left out. Of a chain only the leaf is written, as v0.3 demands. Throws `bundle-invalid` for what a bundle of this version cannot say: no signer,
 * a log entry without inclusion proof, more than one signature in an envelope.
 */
export function encodeBundle(parts: BundleParts): Bytes {
  const stamps = parts.timestamps.map(({ der }) => ({ signedTimestamp: encodeBase64(der) }));
  const bundle = {
    mediaType: BUNDLE_V03,
    verificationMaterial: {
      ...materialJson(parts.material),
      ...(parts.logEntries.length === 0 ? {} : { tlogEntries: parts.logEntries.map(entryJson) }),
      ...(stamps.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps: stamps } }),
    },
    ...contentJson(parts.content),
  };
  return utf8(JSON.stringify(bundle));
}

function materialJson(material: SignerMaterial): object {
  if (material.kind === 'public-key') return { publicKey: { hint: material.hint } };
  const leaf = material.kind === 'certificate' ? material.chain[0] : undefined;
  if (leaf === undefined) throw cannot('it names no signer');
  return { certificate: { rawBytes: encodeBase64(leaf) } };
}

function contentJson(content: SignedContent): object {
  if (content.kind === 'artifact') {
    const { stated, signature } = content;
    const digest = stated === undefined ? {} : { messageDigest: { algorithm: stated.algorithm, digest: encodeBase64(stated.digest) } };
    return { messageSignature: { ...digest, signature: encodeBase64(signature) } };
  }
  if (content.kind !== 'dsse') throw cannot('its content is neither an envelope nor a signature over a file');
  const { payload, payloadType, signatures } = content.envelope;
  if (signatures.length !== 1) throw cannot(`its envelope has ${signatures.length} signatures`);
  return {
    dsseEnvelope: {
      payload: encodeBase64(payload),
      payloadType,
      signatures: signatures.map(({ sig, keyid }) => ({ sig: encodeBase64(sig), ...(keyid === '' ? {} : { keyid }) })),
    },
  };
}

/** A `TransparencyLogEntry` in protobuf's JSON (protobuf-specs, sigstore_rekor.proto). Throws `bundle-invalid` for an entry without inclusion proof. */
export function entryJson(entry: LogEntry): object {
  if (entry.proof === undefined) throw cannot('a log entry has no inclusion proof');
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: encodeBase64(entry.logId) },
    kindVersion: { kind: entry.kind, version: entry.version },
    ...(entry.integratedTime === 0 ? {} : { integratedTime: String(entry.integratedTime) }),
    ...(entry.promise === undefined ? {} : { inclusionPromise: { signedEntryTimestamp: encodeBase64(entry.promise) } }),
    inclusionProof: proofJson(entry.proof),
    canonicalizedBody: encodeBase64(entry.body),
  };
}

function proofJson(proof: InclusionProof): object {
  return {
    logIndex: String(proof.logIndex),
    rootHash: encodeBase64(proof.rootHash),
    treeSize: String(proof.treeSize),
    ...(proof.hashes.length === 0 ? {} : { hashes: proof.hashes.map((h) => encodeBase64(h)) }),
    checkpoint: { envelope: proof.checkpoint },
  };
}

function cannot(why: string): AssayError {
  return new AssayError('bundle-invalid', `this is no bundle of version 0.3: ${why}`);
}
