import { equal } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import { parseManifest } from '../../oci/manifest.ts';
import type { ReadOptions } from '../../oci/store.ts';
import type { WritableStore } from '../../oci/writable-store.ts';
import type { ReferrerToWrite } from './bundle-referrer.ts';
import type { Stored } from './stored.ts';
import type { LayerToWrite } from './tag-layer.ts';

/** Something that was written, as it was meant. */
export type Placement =
  | ({ readonly kind: 'referrer'; readonly subject: Digest } & ReferrerToWrite)
  | ({ readonly kind: 'tag' } & LayerToWrite);

/**
 * Reads back what was written, as a verifier finds it: listed for its subject, and whole. Throws `write-conflict` when it is not listed, and what reading throws.
 */
export async function readBack(store: WritableStore, placement: Placement, stored: Stored, options: ReadOptions = {}): Promise<void> {
  if (placement.kind === 'tag') return readLayer(store, placement, options);
  const manifest = await store.manifest(stored.digest, options);
  if (manifest === undefined || !equal(manifest.bytes, placement.manifest)) throw lost(store, stored.digest, 'is not there');
  if (!(await isListed(store, placement.subject, stored, options)))
    throw lost(store, stored.digest, 'is not listed among the referrers of its subject');
  const parsed = parseManifest(manifest.bytes, manifest.descriptor.mediaType);
  if (parsed.kind === 'manifest') await Promise.all(parsed.layers.map((layer) => store.read(layer, options)));
}

async function isListed(store: WritableStore, subject: Digest, { as, digest }: Stored, options: ReadOptions): Promise<boolean> {
  if (as === 'referrers') {
    for await (const page of store.referrers(subject, options)) if (page.some((d) => d.digest === digest)) return true;
    return false;
  }
  const index = await store.fallback(subject, options);
  if (index === undefined) return false;
  const parsed = parseManifest(index.bytes, index.descriptor.mediaType);
  return parsed.kind === 'index' && parsed.manifests.some((d) => d.digest === digest);
}

async function readLayer(store: WritableStore, { subject, suffix, layer }: LayerToWrite, options: ReadOptions): Promise<void> {
  const digest = digestOf(layer.content);
  for (const { bytes, descriptor } of await store.attached(subject, suffix, options)) {
    const parsed = parseManifest(bytes, descriptor.mediaType);
    const found =
      parsed.kind === 'manifest'
        ? parsed.layers.find((l) => l.digest === digest && sameAnnotations(l.annotations, layer.annotations))
        : undefined;
    if (found === undefined) continue;
    await store.read(found, options);
    return;
  }
  throw lost(store, digest, `is not among the layers of the tag .${suffix}`);
}

// The payload of two signers is one blob: their signatures tell the layers apart.
function sameAnnotations(a: ReadonlyMap<string, string> | undefined, b: ReadonlyMap<string, string>): boolean {
  return a?.size === b.size && [...b].every(([name, value]) => a.get(name) === value);
}

function lost(store: WritableStore, digest: string, what: string): AssayError {
  return new AssayError('write-conflict', `${store.label} accepted ${digest}, and it ${what}`, {
    hint: 'somebody else may have written at the same time: assay repair lists it again',
  });
}
