/**
 * Signatures: every way of storing one, decoded into one entity. Nothing here says that a signature is good.
 * `notation/decode.ts` is not behind this door: with it comes CBOR, which a start does not wait for.
 */

export { type DetachedParts, decodeBlobBundle, detachedEntity, materialOfPem } from './cosign-tag/blob-bundle.ts';
export { encodeBlobBundle, encodeCosignLayer, encodeEnvelope, rekorBundleJson, timestampJson } from './cosign-tag/encode.ts';
export { ANNOTATION, decodeCosignLayer, type EvidenceLayer, isEvidenceLayer } from './cosign-tag/layer.ts';
export { readRekorBundle } from './cosign-tag/rekor-bundle.ts';
export type {
  DsseEnvelope,
  FormatName,
  FormDemands,
  InclusionProof,
  LogEntry,
  NotaryAlgorithm,
  NotaryEnvelope,
  SignedContent,
  SignedEntity,
  SignedTimestamp,
  SignerMaterial,
} from './entity.ts';
export { type EvidenceManifest, type EvidencePart, FORMATS, type Format, partsOf } from './formats.ts';
export { kindOf, type StatementResult, statementOf } from './kind.ts';
export { decodeBundle, looksLikeBundle } from './sigstore-bundle/decode.ts';
export { type BundleParts, encodeBundle, entryJson } from './sigstore-bundle/encode.ts';
export { ATOMIC_TYPE, COSIGN_TYPE, parseSimpleSigning, type SimpleSigningPayload } from './simple-signing/payload.ts';
export { parseStrictSimpleSigning, type StrictSimpleSigningPayload } from './simple-signing/strict.ts';
