import { type Bytes, decodeBase64, utf8 } from '../../bytes/index.ts';
import { parseEnvelope } from '../../codec/dsse.ts';
import { parseJson } from '../../codec/json.ts';
import { parsePem } from '../../codec/pem.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { DSSE_ENVELOPE, SIMPLE_SIGNING } from '../../oci/media-types.ts';
import type { FormatName, SignedEntity, SignedTimestamp, SignerMaterial } from '../entity.ts';
import { kindOf } from '../kind.ts';
import { readRekorBundle } from './rekor-bundle.ts';

/** The annotations of a layer of evidence (cosign specs/SIGNATURE_SPEC.md, BUNDLE_SPEC.md). */
export const ANNOTATION = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  bundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const;

/** One layer of an evidence manifest, read. */
export interface EvidenceLayer {
  readonly mediaType: string;
  readonly annotations: ReadonlyMap<string, string>;
  readonly content: Bytes;
}

/** Whether a layer's media type is one of cosign's evidence. */
export function isEvidenceLayer(mediaType: string): boolean {
  return mediaType === SIMPLE_SIGNING || mediaType === DSSE_ENVELOPE;
}

/**
 * Decodes a layer of a `.sig` or `.att` manifest, or of the experimental OCI 1.1 form: simple signing payload or DSSE envelope,
 * with certificate, chain, Rekor bundle and RFC 3161 timestamp in annotations. Answers `null` for another media type.
 * Throws errors of the group `evidence-invalid`, or `limit`.
 */
export function decodeCosignLayer(layer: EvidenceLayer, format: FormatName): SignedEntity | null {
  const { mediaType, annotations, content } = layer;
  if (!isEvidenceLayer(mediaType)) return null;
  const dsse = mediaType === DSSE_ENVELOPE;
  const envelope = dsse ? { ...parseEnvelope(content), stored: content } : undefined;
  const bundle = annotations.get(ANNOTATION.bundle);
  return {
    kind: envelope === undefined ? 'signature' : kindOf(envelope),
    format,
    content:
      envelope === undefined ? { kind: 'payload', payload: content, signature: signatureOf(annotations) } : { kind: 'dsse', envelope },
    material: materialOf(annotations),
    logEntries: bundle === undefined || bundle === '' ? [] : [readRekorBundle(utf8(bundle))],
    timestamps: timestampOf(annotations, dsse ? 'signature-or-envelope' : 'signature'),
    // An entry in an annotation has a promise and never a proof.
    demands: { promise: true, proof: false },
    unsignedAnnotations: annotations,
  };
}

function signatureOf(annotations: ReadonlyMap<string, string>): Bytes {
  const text = annotations.get(ANNOTATION.signature);
  if (text === undefined || text === '')
    throw new AssayError('payload-invalid', `layer has no signature (annotation ${ANNOTATION.signature})`);
  // `cosign attach signature` stores the file as base64(1) wrote it, in lines.
  return decodeBase64(text.replaceAll(/\r?\n/g, ''), 'signature annotation');
}

function materialOf(annotations: ReadonlyMap<string, string>): SignerMaterial {
  const leaf = annotations.get(ANNOTATION.certificate);
  if (leaf === undefined || leaf === '') return { kind: 'none' };
  const chain = annotations.get(ANNOTATION.chain);
  const certificates = [
    ...certificatesIn(leaf, 'certificate annotation').slice(0, 1),
    ...(chain ? certificatesIn(chain, 'chain annotation') : []),
  ];
  if (certificates.length > LIMITS.chainCertificates)
    throw new AssayError('limit', `chain of ${certificates.length} certificates (at most ${LIMITS.chainCertificates})`);
  return { kind: 'certificate', chain: certificates };
}

function certificatesIn(pem: string, what: string): Bytes[] {
  return parsePem(pem, what).map(({ label, bytes }) => {
    if (label !== 'CERTIFICATE') throw new AssayError('pem-invalid', `${what} holds a "${label}", not a certificate`);
    return bytes;
  });
}

function timestampOf(annotations: ReadonlyMap<string, string>, over: SignedTimestamp['over']): SignedTimestamp[] {
  const text = annotations.get(ANNOTATION.timestamp);
  if (text === undefined || text === '') return [];
  try {
    const value = parseJson(text, 'timestamp annotation') as { readonly SignedRFC3161Timestamp?: unknown } | null;
    const encoded = value?.SignedRFC3161Timestamp;
    if (typeof encoded === 'string' && encoded !== '') return [{ der: decodeBase64(encoded, 'timestamp annotation'), over }];
  } catch (cause) {
    if (isAssayError(cause, 'json-invalid') || isAssayError(cause, 'base64-invalid'))
      throw new AssayError('timestamp-invalid', cause.message, { cause });
    throw cause;
  }
  throw new AssayError('timestamp-invalid', 'timestamp annotation has no SignedRFC3161Timestamp');
}
