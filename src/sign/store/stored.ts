import type { Digest } from '../../oci/digest.ts';

/** Where a piece of evidence was put. */
export interface Stored {
  /** `registry/repository` or `oci:path`. */
  readonly repository: string;
  readonly as: 'referrers' | 'fallback-tag' | 'tag';
  /** Of the manifest that holds it. */
  readonly digest: Digest;
  /** What it can be fetched by: `repository@digest`, or `repository:tag`. */
  readonly reference: string;
}
