import type { Bytes } from '../../bytes/index.ts';
import type { Descriptor } from '../descriptor.ts';
import type { Store } from '../store.ts';
import type { WriteOptions } from '../writable-store.ts';

/** A store whose blobs can be read in pieces. */
export interface StreamedStore extends Store {
  /** See `WritableStore.openBlob`. */
  openBlob(descriptor: Descriptor, options?: WriteOptions): AsyncIterable<Bytes>;
}

/** Where something is copied from. */
export interface CopySource {
  readonly store: StreamedStore;
  /** Its name at the registry, where the destination is another repository of the same: blobs are mounted from there. */
  readonly mountFrom?: string | undefined;
}

/** What of the evidence is copied. */
export type EvidenceChoice = 'sig' | 'att' | 'sbom' | 'referrers';

/** How an image is copied. */
export interface CopyOptions {
  /** Points at the image when everything is there. */
  readonly tag?: string | undefined;
  /** Only these kinds of evidence; default all. `sig` and `att` are those of referrers too, `referrers` is every one. */
  readonly only?: ReadonlySet<EvidenceChoice> | undefined;
  /** Levels of evidence about evidence that are copied; 0 copies none at all. Default all there is, up to `LIMITS.treeDepth`. */
  readonly levels?: number | undefined;
  /** Replaces what the tags hold: the image's, and those of SBOMs. Signatures and attestations are always merged. */
  readonly force?: boolean | undefined;
  /** In front of cosign's tags. */
  readonly attachmentTagPrefix?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each step. */
  readonly progress?: ((so: Readonly<CopyCounts>) => void) | undefined;
}

/** What was moved so far. */
export interface CopyCounts {
  manifests: { copied: number; there: number };
  blobs: { sent: number; mounted: number; there: number; foreign: number };
  /** Bytes of blobs and manifests that were sent. */
  bytes: number;
  /** Pieces of evidence found. */
  evidence: number;
}
