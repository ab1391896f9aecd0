import { algorithmOf, type Digest, hexOf } from '../digest.ts';

/** The name of the file that holds a blob (OCI image spec 1.1, image-layout.md, "Blobs"). */
export function blobName(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}
