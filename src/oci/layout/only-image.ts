import { AssayError } from '../../errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { parseManifest } from '../manifest.ts';
import type { ReadOptions, StoredManifest } from '../store.ts';
import { isEvidenceTag } from '../tags.ts';
import { cosignKind, refName } from './layout-index.ts';
import type { LayoutStore } from './layout-store.ts';

/**
 * The entries of a layout that are images: all but evidence, that is what `cosign save` marked as such, what stands under a
 * tag for evidence (`sha256-<hex>`, with or without `.sig`, `.att`, `.sbom`), and what has a subject. Each digest once.
 */
export async function layoutImages(store: LayoutStore, options: ReadOptions = {}): Promise<readonly Descriptor[]> {
  const images = new Map<string, Descriptor>();
  for (const entry of store.entries) {
    if (images.has(entry.digest) || isMarked(entry)) continue;
    if (!(await hasSubject(store, entry, options))) images.set(entry.digest, entry);
  }
  return [...images.values()];
}

/** The only image of a layout (CONTRACT, "References"). Throws `not-found` when there is none and `reference-ambiguous` when there are several. */
export async function onlyImage(store: LayoutStore, options: ReadOptions = {}): Promise<StoredManifest> {
  const images = await layoutImages(store, options);
  const [first] = images;
  if (first === undefined) throw new AssayError('not-found', `${store.label} holds no image`);
  if (images.length > 1) {
    const names = images.slice(0, 8).map((i) => refName(i) ?? i.digest);
    throw new AssayError('reference-ambiguous', `${store.label} holds ${images.length} images`, { hint: `name one: ${names.join(', ')}` });
  }
  const found = await store.manifest(first.digest, options);
  if (found === undefined) throw new AssayError('layout-invalid', `${store.label} lists ${first.digest} and does not hold it`);
  return found;
}

function isMarked(entry: Descriptor): boolean {
  const kind = cosignKind(entry);
  return kind === 'sigs' || kind === 'atts' || isEvidenceTag(refName(entry) ?? '');
}

async function hasSubject(store: LayoutStore, entry: Descriptor, options: ReadOptions): Promise<boolean> {
  const stored = await store.manifest(entry.digest, options);
  if (stored === undefined) return false;
  try {
    return parseManifest(stored.bytes, entry.mediaType).subject !== undefined;
  } catch (error) {
    // Broken, and so no evidence of anything; it counts as an image, and is reported when it is the one that is meant.
    if (error instanceof AssayError) return false;
    throw error;
  }
}
