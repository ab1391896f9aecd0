import { equal } from '../../bytes/index.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { pause } from '../../oci/abort.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import { parseManifest } from '../../oci/manifest.ts';
import type { ReadOptions, StoredManifest } from '../../oci/store.ts';
import type { WritableStore } from '../../oci/writable-store.ts';
import type { ReferrerToWrite } from './bundle-referrer.ts';
import type { Stored } from './stored.ts';
import type { LayerToWrite } from './tag-layer.ts';

/** A referrer that was written, as it was meant. */
export type ReferrerPlacement = { readonly kind: 'referrer'; readonly subject: Digest } & ReferrerToWrite;

/** Something that was written, as it was meant. */
export type Placement = ReferrerPlacement | ({ readonly kind: 'tag' } & LayerToWrite);

/**
 * Reads back a referrer, as a verifier finds it: listed for its subject, and whole; all at the same time. The index under a fallback tag is not read once more: whoever
 * wrote it has read it until the entry had stood (`WritableStore.writeManifest`). Throws `write-conflict` when it is not listed, and what reading throws.
 */
export function readReferrer(store: WritableStore, placement: ReferrerPlacement, stored: Stored, options: ReadOptions = {}): Promise<void> {
  return patiently(() => readOnce(store, placement, stored, options), options);
}

// What was written a moment ago may need some time to be seen.
async function patiently(read: () => Promise<void>, { signal }: ReadOptions): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      return await read();
    } catch (error) {
      if (!isAssayError(error, 'write-conflict') || n >= LIMITS.tries) throw error;
    }
    await pause(LIMITS.retryPauseMs * 2 ** (n - 1), signal);
  }
}

async function readOnce(
  store: WritableStore,
  { manifest, subject }: ReferrerPlacement,
  { as, digest }: Stored,
  options: ReadOptions,
): Promise<void> {
  const parsed = parseManifest(manifest);
  const layers = parsed.kind === 'manifest' ? parsed.layers : [];
  const [stored, listed, ...contents] = await Promise.allSettled([
    store.manifest(digest, options),
    as === 'referrers' ? isListed(store, subject, digest, options) : true,
    ...layers.map((layer) => readBlob(store, layer, options)),
  ]);
  const there = settled(stored);
  if (there === undefined || !equal(there.bytes, manifest)) throw gone(store, digest);
  if (!settled(listed)) throw unlisted(store, digest, 'the referrers of its subject');
  contents.forEach(settled);
}

// In an order that does not depend on which answer was first.
function settled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

async function isListed(store: WritableStore, subject: Digest, digest: Digest, options: ReadOptions): Promise<boolean> {
  for await (const page of store.referrers(subject, options)) if (page.some((d) => d.digest === digest)) return true;
  return false;
}

/** Reads back a layer under a tag, of what the tag holds. Throws `write-conflict` when it is not in there, and what reading throws. */
export async function readLayer(
  store: WritableStore,
  { suffix, layer }: LayerToWrite,
  now: StoredManifest | undefined,
  options: ReadOptions = {},
): Promise<void> {
  const digest = digestOf(layer.content);
  const parsed = now === undefined ? undefined : parseManifest(now.bytes, now.descriptor.mediaType);
  const found =
    parsed?.kind === 'manifest'
      ? parsed.layers.find((l) => l.digest === digest && sameAnnotations(l.annotations, layer.annotations))
      : undefined;
  if (found === undefined) throw unlisted(store, digest, `the layers of the tag .${suffix}`);
  await patiently(() => readBlob(store, found, options), options);
}

// Here "not found" says nothing about a name that somebody gave: the store has acknowledged the write.
async function readBlob(store: WritableStore, blob: Descriptor, options: ReadOptions): Promise<void> {
  try {
    await store.read(blob, options);
  } catch (error) {
    throw isAssayError(error, 'not-found') ? gone(store, blob.digest) : error;
  }
}

// The payload of two signers is one blob: their signatures tell the layers apart.
function sameAnnotations(a: ReadonlyMap<string, string> | undefined, b: ReadonlyMap<string, string>): boolean {
  return a?.size === b.size && [...b].every(([name, value]) => a.get(name) === value);
}

function gone(store: WritableStore, digest: string): AssayError {
  const hint = 'do the same again when the registry is well';
  return new AssayError('write-conflict', `${store.label} accepted ${digest}, and it is not there`, { hint });
}

function unlisted(store: WritableStore, digest: string, where: string): AssayError {
  const hint = 'somebody else may have written at the same time: assay repair lists it again';
  return new AssayError('write-conflict', `${store.label} accepted ${digest}, and it is not among ${where}`, { hint });
}
