import { utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type Descriptor, formatDescriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import { OCI_INDEX } from '../media-types.ts';
import type { ReadOptions, StoredManifest } from '../store.ts';
import { fallbackTag } from '../tags.ts';
import { getManifest } from './get-manifest.ts';
import { putDocument } from './put-manifest.ts';
import type { Repository } from './repository.ts';

/**
 * Adds a referrer to the fallback index of a subject (distribution spec 1.1, "Referrers Tag Schema"), and reads it back:
 * two writers at the same time would lose an entry otherwise, since no registry locks. Throws `manifest-invalid` when
 * something else stands under the tag, `registry-error` when others write faster, and errors of the group `transport`.
 */
export async function addToFallback(
  repository: Repository,
  subject: Digest,
  entry: Descriptor,
  options: Pick<ReadOptions, 'signal'>,
): Promise<void> {
  const tag = fallbackTag(subject);
  for (let n = 0; n < LIMITS.tries; n++) {
    const entries = entriesOf(await getManifest(repository, tag, options), tag);
    if (entries.some((e) => e.digest === entry.digest)) return;
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...entries, entry].map(formatDescriptor) };
    await putDocument(repository, utf8(JSON.stringify(index)), OCI_INDEX, tag, options.signal);
    const now = entriesOf(await getManifest(repository, tag, options), tag);
    if (now.some((e) => e.digest === entry.digest)) return;
  }
  throw new AssayError('registry-error', `${repository.registry}/${repository.name}:${tag} is being written by others all the time`, {
    retryable: true,
  });
}

function entriesOf(stored: StoredManifest | undefined, tag: string): readonly Descriptor[] {
  if (stored === undefined) return [];
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType);
  if (manifest.kind !== 'index') throw new AssayError('manifest-invalid', `the tag ${tag} holds no index`);
  return manifest.manifests;
}
