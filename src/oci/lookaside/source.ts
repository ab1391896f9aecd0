import type { Bytes } from '../../bytes/index.ts';
import type { Digest } from '../digest.ts';

/** A place beside stores where simple signatures of images are kept. Network and files are its own; what it gives is checked by nobody yet. */
export interface SignatureSource {
  /** For people, and to tell one from another: the image and its place. */
  readonly label: string;
  /** `lookaside`, … */
  readonly name: string;
  /** The signatures of an image, in their order; none when the place says so. Throws errors of the groups `transport` and `limit`, and `input-invalid`. */
  list(image: Digest, signal?: AbortSignal): AsyncIterable<Bytes>;
}
