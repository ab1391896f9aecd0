import { type Descriptor, descriptorOf } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { artifactTypeOf, type ParsedManifest } from './manifest.ts';

/** How a list of referrers describes a manifest: with its artifact type and its annotations (distribution spec 1.1, "Listing Referrers"). */
export function referrerDescriptor(manifest: ParsedManifest, digest: Digest, size: number): Descriptor {
  const artifactType = artifactTypeOf(manifest);
  return descriptorOf(manifest.mediaType, digest, size, {
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.annotations.size === 0 ? {} : { annotations: manifest.annotations }),
  });
}
