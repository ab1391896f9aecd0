import { AssayError } from '../errors.ts';
import type { LayoutStore } from './layout/layout-store.ts';
import { onlyImage } from './layout/only-image.ts';
import { formatReference, type Reference } from './reference.ts';
import type { ReadOptions, Store, StoredManifest } from './store.ts';

/** What a reference stands for now. */
export interface ResolvedImage {
  readonly manifest: StoredManifest;
  /** That the tag points elsewhere than the digest beside it: `tag-moved`. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/**
 * The manifest that a reference means (CONTRACT, "References"): with a digest that one, and a tag beside it that points
 * elsewhere is a warning; with a tag what it points at now; a layout with neither, its only image. Throws `not-found`,
 * `reference-ambiguous`, and what the store throws.
 */
export async function resolveImage(store: Store, reference: Reference, options: ReadOptions = {}): Promise<ResolvedImage> {
  const { tag, digest } = reference;
  if (digest !== undefined) {
    const [manifest, moved] = await Promise.all([
      store.manifest(digest, options),
      tag === undefined ? undefined : pointsAt(store, tag, options),
    ]);
    if (manifest === undefined) throw missing(reference);
    const elsewhere = moved !== undefined && moved !== digest;
    const message = `the tag ${tag} points at ${moved} now, not at ${digest}: the digest counts`;
    return { manifest, warnings: elsewhere ? [{ code: 'tag-moved', message }] : [] };
  }
  const manifest = tag === undefined ? await onlyIn(store, options) : await store.resolve(tag, options);
  if (manifest === undefined) throw missing(reference);
  return { manifest, warnings: [] };
}

function onlyIn(store: Store, options: ReadOptions): Promise<StoredManifest> {
  if (isLayout(store)) return onlyImage(store, options);
  throw new AssayError('reference-invalid', `${store.label} holds many images: name one by tag or digest`);
}

function isLayout(store: Store): store is LayoutStore {
  return store.kind === 'layout' && 'entries' in store;
}

// The tag is a remark: that it cannot be asked about changes nothing.
async function pointsAt(store: Store, tag: string, options: ReadOptions): Promise<string | undefined> {
  try {
    return (await store.resolve(tag, options))?.descriptor.digest;
  } catch (error) {
    if (error instanceof AssayError) return undefined;
    throw error;
  }
}

function missing(reference: Reference): AssayError {
  return new AssayError('not-found', `there is no image ${formatReference(reference)}`, {
    hint: 'check the name, the tag and the registry',
  });
}
