import type { Bytes } from '../bytes/index.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';

/** A manifest, index or artifact manifest as it is stored: its exact bytes, and the descriptor that was computed from them. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Bytes;
}

/** What every read may be told. */
export interface ReadOptions {
  /** Ends the read with `cancelled` or `registry-timeout`. */
  readonly signal?: AbortSignal;
  /** Bound in bytes; default `LIMITS.evidenceBytes`. More is an error with the code `limit`. */
  readonly maxBytes?: number;
}

/** cosign's suffixes of tags that hold evidence (specs/SIGNATURE_SPEC.md). */
export type EvidenceSuffix = 'sig' | 'att' | 'sbom';

/**
 * Where content of one repository or layout is read. Every byte that comes out was checked against a size and a digest;
 * there is no other way to get any.
 *
 * Methods answer `undefined` (or an empty list) only when the store said "not there"; every other failure throws an
 * `AssayError` of the group `transport` or `limit`. Nothing here is ever "probably absent".
 */
export interface Store {
  readonly kind: 'registry' | 'layout' | 'memory';
  /** For people: `registry.example/app`, `oci:path`. */
  readonly label: string;
  /** The manifest that a tag points at now. */
  resolve(tag: string, options?: ReadOptions): Promise<StoredManifest | undefined>;
  /** The manifest with this digest. */
  manifest(digest: Digest, options?: ReadOptions): Promise<StoredManifest | undefined>;
  /** The content that a descriptor names. Throws `not-found` when it is not there, `content-mismatch` when it is something else. */
  read(descriptor: Descriptor, options?: ReadOptions): Promise<Bytes>;
  /**
   * The referrers API (distribution spec 1.1, "Listing Referrers"), page by page, unfiltered unless `artifactType` is given.
   * Returns `'answered'` when the API answered and the last page was read, `'unsupported'` when there is no such API.
   */
  referrers(
    subject: Digest,
    options?: ReadOptions & { readonly artifactType?: string },
  ): AsyncGenerator<readonly Descriptor[], 'answered' | 'unsupported'>;
  /**
   * The manifests that are stored for a subject under cosign's tag scheme: `sha256-<hex>.<suffix>` (with the prefix that was configured),
   * or in a layout what `cosign save` marked as such.
   */
  attached(subject: Digest, suffix: EvidenceSuffix, options?: ReadOptions): Promise<readonly StoredManifest[]>;
  /** The fallback index of referrers (distribution spec 1.1, "Referrers Tag Schema"): tag `sha256-<hex>`. */
  fallback(subject: Digest, options?: ReadOptions): Promise<StoredManifest | undefined>;
}

/** How evidence was found; part of every report. */
export type Found = 'referrers' | 'fallback-tag' | 'tag' | 'file';
