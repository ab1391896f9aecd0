import type { Json } from '../../codec/json.ts';
import { type CustomPredicate, readCustom } from './custom.ts';
import { type CycloneDxBom, readCycloneDx } from './cyclonedx.ts';
import { type Link, readLink } from './link.ts';
import { type OpenVexDocument, readOpenVex } from './openvex.ts';
import { readSlsa1, readSlsa02, type SlsaProvenance } from './slsa.ts';
import { readSpdx, type SpdxDocument } from './spdx.ts';
import { readVerificationSummary, type VerificationSummary } from './vsa.ts';
import { readVulnerabilityScan, type VulnerabilityScan } from './vuln.ts';

/** A predicate that no reader knows, whole. */
export interface OtherPredicate {
  readonly kind: 'other';
  readonly predicate: Json | undefined;
}

/** A predicate, by what it is. */
export type Predicate =
  | SlsaProvenance
  | SpdxDocument
  | CycloneDxBom
  | VulnerabilityScan
  | OpenVexDocument
  | VerificationSummary
  | Link
  | CustomPredicate
  | OtherPredicate;

type Reader = (predicate: Json | undefined) => Predicate | undefined;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['https://slsa.dev/provenance/v0.2', readSlsa02],
  ['https://slsa.dev/provenance/v1', readSlsa1],
  ['https://spdx.dev/Document', (p) => readSpdx(unwrapped(p))],
  ['https://cyclonedx.org/bom', (p) => readCycloneDx(unwrapped(p))],
  ['https://cosign.sigstore.dev/attestation/vuln/v1', readVulnerabilityScan],
  ['https://openvex.dev/ns', readOpenVex],
  ['https://slsa.dev/verification_summary/v0.2', (p) => readVerificationSummary(p, '0.2')],
  ['https://slsa.dev/verification_summary/v1', (p) => readVerificationSummary(p, '1')],
  ['https://in-toto.io/Link/v0.3', readLink],
  ['https://in-toto.io/Link/v1', readLink],
  ['https://cosign.sigstore.dev/attestation/v1', readCustom],
]);

/**
 * Reads a predicate by its type. Unknown members and unknown types pass; a document of a known type in a version that no reader knows is `other`.
 * Throws `statement-invalid` when a member that is known is of the wrong form.
 */
export function readPredicate(predicateType: string, predicate: Json | undefined): Predicate {
  const read = READERS.get(predicateType) ?? READERS.get(predicateType.replace(/\/v\d+(?:\.\d+)*$/, ''));
  return read?.(predicate) ?? { kind: 'other', predicate };
}

// cosign 1 wrapped documents as it wraps custom data.
function unwrapped(predicate: Json | undefined): Json | undefined {
  if (typeof predicate !== 'object' || predicate === null || Array.isArray(predicate)) return predicate;
  const { Data, ...rest } = predicate as { readonly [k: string]: Json };
  return Data !== undefined && Object.keys(rest).every((k) => k === 'Timestamp') ? Data : predicate;
}
