import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import { isIndexType, isManifestType } from '../media-types.ts';
import { referrerDescriptor } from '../referrer-descriptor.ts';
import type { ReadOptions, StoredManifest } from '../store.ts';

type ReadManifest = (digest: Digest, options: ReadOptions) => Promise<StoredManifest | undefined>;

/**
 * Every manifest of a layout that has a subject, by that subject: what the layout lists, and what the indexes in it list.
 * A broken manifest that is listed is an error, since nobody knows what it says; only platforms of an index may be missing,
 * because layouts of one platform leave the others out. Throws `layout-invalid`, `manifest-invalid`, `content-mismatch`, `limit`.
 */
export async function scanLayout(
  entries: readonly Descriptor[],
  read: ReadManifest,
  label: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
  const found = new Map<Digest, Descriptor[]>();
  const seen = new Set<Digest>();
  let level = entries.filter((e) => isManifestType(e.mediaType));
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMITS.indexDepth) throw new AssayError('limit', `${label}: indexes are nested deeper than ${LIMITS.indexDepth} levels`);
    const below: Descriptor[] = [];
    for (const entry of level) {
      if (seen.has(entry.digest)) continue;
      seen.add(entry.digest);
      if (seen.size > LIMITS.referrers) throw new AssayError('limit', `${label} has more than ${LIMITS.referrers} manifests`);
      const stored = await read(entry.digest, signal === undefined ? {} : { signal });
      if (stored === undefined && depth > 0 && entry.platform !== undefined) continue;
      if (stored === undefined) throw new AssayError('layout-invalid', `${label} lists ${entry.digest} and does not hold it`);
      const manifest = parseManifest(stored.bytes, entry.mediaType);
      if (manifest.subject !== undefined) {
        const referrer = referrerDescriptor(manifest, entry.digest, stored.bytes.length);
        found.set(manifest.subject.digest, [...(found.get(manifest.subject.digest) ?? []), referrer]);
      }
      if (manifest.kind === 'index' && isIndexType(manifest.mediaType))
        below.push(...manifest.manifests.filter((e) => isManifestType(e.mediaType)));
    }
    level = below;
  }
  return found;
}
