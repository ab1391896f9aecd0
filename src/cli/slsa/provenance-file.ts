import { Buffer } from 'node:buffer';
import { parseEnvelope } from '../../codec/dsse.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { digestOf } from '../../oci/digest.ts';
import { decodeBundle, kindOf, materialOfPem, type SignedEntity } from '../../signature/index.ts';
import type { LocatedEvidence } from '../../verify/index.ts';
import { cloudBuildEvidence, type SummaryEntries } from './cloud-build.ts';

/** What a file of provenance holds. */
export type ProvenanceFile =
  /** Sigstore bundles or bare envelopes, one or one on each line. */
  | { readonly kind: 'sigstore'; readonly evidence: readonly LocatedEvidence[] }
  /** `gcloud artifacts docker images describe --show-provenance --format json`. */
  | { readonly kind: 'cloud-build'; readonly evidence: readonly LocatedEvidence[]; readonly entries: SummaryEntries }
  /** npm's registry: `{attestations: [{predicateType, bundle}]}`. */
  | { readonly kind: 'npm'; readonly evidence: readonly LocatedEvidence[] };

type Members = { readonly [k: string]: Json };

/** Reads a file of provenance, recognised by its content. What of it cannot be decoded is evidence that says why. Throws `input-invalid` for a file of none. */
export function readProvenance(bytes: Buffer, name: string): ProvenanceFile {
  const values = documentsOf(bytes.toString('utf8'), name);
  const [first] = values;
  if (isObject(first) && values.length === 1) {
    if (isObject(first.provenance_summary)) return { kind: 'cloud-build', ...cloudBuildEvidence(first, bytes) };
    if (Array.isArray(first.attestations)) return { kind: 'npm', evidence: npmEvidence(first.attestations as readonly Json[], bytes) };
  }
  if (values.length > LIMITS.logEntries * 8) throw new AssayError('limit', `${name} has ${values.length} documents`);
  return { kind: 'sigstore', evidence: values.map((v) => located(v, bytes)) };
}

// One document, or one on each line.
function documentsOf(text: string, name: string): readonly Json[] {
  try {
    const value = parseJson(text, name);
    return Array.isArray(value) ? (value as readonly Json[]) : [value];
  } catch (error) {
    const lines = text.split('\n').filter((l) => l.trim() !== '');
    if (lines.length < 2) throw new AssayError('input-invalid', `${name} holds no provenance: it is no JSON`, { cause: error });
    return lines.map((l) => parseJson(l, name));
  }
}

function npmEvidence(list: readonly Json[], bytes: Buffer): readonly LocatedEvidence[] {
  return list.map((item) => located(isObject(item) ? (item.bundle ?? null) : null, bytes));
}

function located(value: Json, file: Buffer): LocatedEvidence {
  const at = { digest: digestOf(file), found: 'file' as const, storedAs: undefined };
  try {
    const content = decode(value);
    return { ...at, format: content.format, content };
  } catch (error) {
    return { ...at, format: 'sigstore-bundle', content: toAssayError(error) };
  }
}

function decode(value: Json): SignedEntity {
  const bytes = Buffer.from(JSON.stringify(value));
  if (!isObject(value) || typeof value.payload !== 'string') return decodeBundle(bytes);
  return envelopeEntity(bytes, value);
}

/** A bare envelope; slsa-github-generator puts the certificate beside the signature. */
function envelopeEntity(bytes: Buffer, value: Members): SignedEntity {
  const envelope = parseEnvelope(bytes);
  const [signature] = Array.isArray(value.signatures) ? (value.signatures as readonly Json[]) : [];
  const certificate = isObject(signature) ? signature.cert : undefined;
  return {
    kind: kindOf(envelope),
    format: 'cosign-tag',
    content: { kind: 'dsse', envelope },
    material: typeof certificate === 'string' && certificate !== '' ? materialOfPem(certificate) : { kind: 'none' },
    logEntries: [],
    timestamps: [],
    demands: { promise: false, proof: false },
    unsignedAnnotations: new Map(),
  };
}

function isObject(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
