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

/** Reads a file of provenance, recognised by its content. What of it cannot be read is evidence that says why. Throws `limit`. */
export function readProvenance(bytes: Buffer, name: string): ProvenanceFile {
  const values = documentsOf(bytes.toString('utf8'), name);
  const [first] = values;
  if (values.length === 1 && isObject(first)) {
    if (isObject(first.provenance_summary)) return { kind: 'cloud-build', ...cloudBuildEvidence(first, bytes) };
    if (Array.isArray(first.attestations)) return { kind: 'npm', evidence: npmEvidence(first.attestations as readonly Json[], bytes) };
  }
  if (values.length > LIMITS.provenanceDocuments)
    throw new AssayError('limit', `${name} has ${values.length} documents (at most ${LIMITS.provenanceDocuments})`);
  return { kind: 'sigstore', evidence: values.map((v) => located(v, bytes)) };
}

// One document, a list, or one document on each line.
function documentsOf(text: string, name: string): readonly (Json | AssayError)[] {
  const whole = parsed(text, name);
  if (!(whole instanceof AssayError)) return Array.isArray(whole) ? (whole as readonly Json[]) : [whole];
  const lines = text.split('\n').filter((l) => l.trim() !== '');
  return lines.length < 2 ? [whole] : lines.map((l) => parsed(l, name));
}

function parsed(text: string, name: string): Json | AssayError {
  try {
    return parseJson(text, name);
  } catch (error) {
    return toAssayError(error);
  }
}

function npmEvidence(list: readonly Json[], bytes: Buffer): readonly LocatedEvidence[] {
  return list.map((item) => located(isObject(item) ? (item.bundle ?? null) : null, bytes));
}

function located(value: Json | AssayError, file: Buffer): LocatedEvidence {
  const at = { digest: digestOf(file), found: 'file' as const, storedAs: undefined };
  if (value instanceof AssayError) return { ...at, format: 'sigstore-bundle', content: value };
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

function isObject(value: Json | AssayError | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof AssayError);
}
