import type { AssayError } from '../../errors.ts';
import type { Descriptor, Platform } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Found, Store } from '../../oci/store.ts';

/** What an attached artifact is for, as far as it says. */
export type ArtifactKind =
  | 'signature'
  | 'attestation'
  | 'provenance'
  | 'sbom'
  | 'vulnerabilities'
  | 'vex'
  | 'verification summary'
  | 'artifact';

/** What can be said of an artifact from its manifest: nothing of it is verified. */
export interface Description {
  readonly kind: ArtifactKind;
  /** As in the reports of `verify`, or `buildkit`, `sbom`, `in-toto`, `other`. */
  readonly format: string;
  /** The same for people: `sigstore bundle`, `SPDX`. */
  readonly form: string;
  /** Signatures, attestations or documents in it. */
  readonly pieces: number;
  readonly predicateTypes: readonly string[];
  /** Who the evidence says has signed it. */
  readonly says: readonly string[];
}

/** One attached artifact, with what is attached to it in turn. */
export interface Artifact extends Description {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: ReadonlyMap<string, string>;
  /** All the ways in which it was found. */
  readonly found: readonly Found[];
  readonly tag: string | undefined;
  /** `unsigned`: stands in an index beside the images, nobody signed it by itself. */
  readonly trust: 'unverified' | 'unsigned';
  /** Whether its manifest names the subject that it was found under; `undefined` when its form names none. */
  readonly namesSubject: boolean | undefined;
  readonly layers: readonly Descriptor[];
  /** Where its content can be read. */
  readonly store: Store;
  readonly attached: Attached;
  /** Why it could not be read. */
  readonly error: AssayError | undefined;
}

/** What one place said. */
export interface Source {
  readonly source: 'referrers' | 'fallback-tag' | 'tag .sig' | 'tag .att' | 'tag .sbom' | 'index' | 'limit';
  /** `unsupported`: the registry has no such API, which is an answer. */
  readonly state: 'answered' | 'unsupported' | 'unknown';
  readonly error: AssayError | undefined;
}

/** Everything attached to one subject, and what the places that hold it answered. */
export interface Attached {
  readonly artifacts: readonly Artifact[];
  readonly sources: readonly Source[];
}

/** One image of an index. */
export interface PlatformNode {
  readonly platform: Platform | undefined;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: ReadonlyMap<string, string>;
  readonly layers: readonly Descriptor[];
  readonly attached: Attached;
  readonly error: AssayError | undefined;
}

/** Nothing, and nobody was asked. */
export const NOTHING: Attached = { artifacts: [], sources: [] };

/** Every error in what was collected, so that nothing unknown passes for nothing. */
export function errorsOf(attached: Attached): AssayError[] {
  const errors = attached.sources.flatMap((s) => (s.state === 'unknown' && s.error !== undefined ? [s.error] : []));
  for (const a of attached.artifacts) errors.push(...(a.error === undefined ? [] : [a.error]), ...errorsOf(a.attached));
  return errors;
}
