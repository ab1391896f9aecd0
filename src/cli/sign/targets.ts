import { basename } from 'node:path';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type ParsedManifest, parseManifest } from '../../oci/manifest.ts';
import { isManifestType } from '../../oci/media-types.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference, parseReference, type Reference } from '../../oci/reference.ts';
import type { Store, StoredManifest } from '../../oci/store.ts';
import type { WritableStore } from '../../oci/writable-store.ts';
import type { Call } from '../command.ts';
import { openImage } from '../image.ts';
import { craneRepository } from '../options/repository.ts';
import { openWritableStores, type WritableStores } from '../stores.ts';

/** One manifest that is signed or attested. */
export interface Target {
  /** As it was given, in full. */
  readonly reference: string;
  readonly image: StoredManifest;
  /** What signers call it: the repository, with Docker Hub by the name that cosign writes. */
  readonly repository: string;
  readonly platform: string | undefined;
  /** Where its evidence goes; absent when nothing is written. */
  readonly store: WritableStore | undefined;
  /** Where evidence of it is looked for. */
  readonly stores: readonly Store[];
}

/**
 * What a reference means for signing: the manifest that it resolves to, of an index with `recursive` also everything below it, each once, the index first.
 * Throws `reference-invalid`, `not-found`, `limit`, and what the stores throw.
 */
export async function targetsOf(
  text: string,
  { upload, recursive }: { readonly upload: boolean; readonly recursive: boolean },
  call: Call,
): Promise<readonly Target[]> {
  const image = await openImage(text, call.options, call);
  const { reference } = image;
  if (reference.kind === 'registry' && reference.digest === undefined)
    call.out.warn('tag-named', `${text} is a tag, which may point at another image by now: what is signed is ${image.digest}`);
  const written = upload ? await openWritableStores(reference, call.options, call.io) : undefined;
  const common = {
    reference: formatReference(reference),
    repository: nameOf(reference, image.repository),
    store: written?.evidence,
    stores: written === undefined ? image.evidenceStores : placesOf(written),
  };
  const whole: Target = { ...common, image: image.stored, platform: image.platform };
  if (!recursive || image.manifest.kind !== 'index') return [whole];
  const below = await childrenOf(image.manifest, image.store, 1, new Set([image.digest]), call.signal);
  return [whole, ...below.map((c) => ({ ...common, ...c }))];
}

/** What signers call an image: cosign's name of its repository; of a layout on disk not its path, which is nobody's business. */
export function nameOf(reference: Reference, repository: string): string {
  return reference.kind === 'registry' ? craneRepository(repository) : basename(reference.path);
}

/** The references of a command line, parsed before anything is asked. Throws `usage-invalid`, `reference-invalid`. */
export function referencesOf({ args }: Pick<Call, 'args'>): readonly string[] {
  if (args.length === 0) throw new AssayError('usage-invalid', 'which image?', { hint: 'name one or more images' });
  for (const text of args) parseReference(text);
  return [...new Set(args)];
}

function placesOf({ image, evidence }: WritableStores): readonly Store[] {
  return image === evidence ? [image] : [evidence, image];
}

type Child = Pick<Target, 'image' | 'platform'>;

async function childrenOf(
  index: Extract<ParsedManifest, { kind: 'index' }>,
  store: Store,
  depth: number,
  seen: Set<string>,
  signal: AbortSignal,
): Promise<readonly Child[]> {
  if (depth > LIMITS.indexDepth) throw new AssayError('limit', `indexes are nested deeper than ${LIMITS.indexDepth} levels`);
  if (index.manifests.length > LIMITS.indexManifests)
    throw new AssayError('limit', `an index of ${index.manifests.length} manifests (at most ${LIMITS.indexManifests})`);
  const found: Child[] = [];
  for (const { digest, mediaType, platform } of index.manifests) {
    if (!isManifestType(mediaType) || seen.has(digest)) continue;
    seen.add(digest);
    // Indexes in indexes multiply: the index itself is one of those that were seen.
    if (seen.size > LIMITS.indexManifests + 1)
      throw new AssayError('limit', `more than ${LIMITS.indexManifests} manifests below one index`);
    const image = await store.manifest(digest, { signal });
    if (image === undefined) throw new AssayError('not-found', `${digest}, which the index names, is not there`);
    found.push({ image, platform: platform === undefined ? undefined : formatPlatform(platform) });
    const parsed = parseManifest(image.bytes, image.descriptor.mediaType);
    if (parsed.kind === 'index') found.push(...(await childrenOf(parsed, store, depth + 1, seen, signal)));
  }
  return found;
}
