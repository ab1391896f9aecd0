import type { Bytes } from '../../bytes/index.ts';
import { LIMITS } from '../../limits.ts';
import { checkContent, checkSize } from '../content.ts';
import { descriptorOf } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { mediaTypeOf } from '../media-type-of.ts';
import type { Store, StoredManifest } from '../store.ts';
import type { ContentCache } from './memory-cache.ts';

/** The caches of a store, asked in this order. */
export interface CacheOptions {
  readonly memory?: ContentCache;
  readonly disk?: ContentCache;
}

/**
 * A store that keeps what is named by a digest, manifests and blobs, and asks again for everything that may change: tags,
 * referrers, and that something is not there. Content says nothing about who may read it: one cache serves one set of credentials.
 */
export function cachedStore(store: Store, options: CacheOptions): Store {
  const caches = [options.memory, options.disk].filter((c) => c !== undefined);

  async function lookUp(digest: Digest): Promise<Bytes | undefined> {
    for (const [i, cache] of caches.entries()) {
      const bytes = await cache.get(digest);
      if (bytes === undefined) continue;
      await Promise.all(caches.slice(0, i).map((c) => c.put(digest, bytes)));
      return bytes;
    }
    return undefined;
  }

  async function keep(digest: Digest, bytes: Bytes): Promise<void> {
    await Promise.all(caches.map((c) => c.put(digest, bytes)));
  }

  async function kept(found: StoredManifest | undefined): Promise<StoredManifest | undefined> {
    if (found !== undefined) await keep(found.descriptor.digest, found.bytes);
    return found;
  }

  return {
    kind: store.kind,
    label: store.label,
    resolve: async (tag, read) => kept(await store.resolve(tag, read)),
    async manifest(digest, read) {
      const bytes = await lookUp(digest);
      const mediaType = bytes === undefined ? undefined : mediaTypeOf(bytes);
      // What is no manifest in itself depends on what it is served as: only the store can say.
      if (bytes === undefined || mediaType === undefined || bytes.length > (read?.maxBytes ?? LIMITS.manifestBytes))
        return kept(await store.manifest(digest, read));
      return { descriptor: descriptorOf(mediaType, digest, bytes.length), bytes };
    },
    async read(descriptor, read) {
      checkSize(descriptor, read?.maxBytes ?? LIMITS.evidenceBytes);
      const bytes = await lookUp(descriptor.digest);
      if (bytes !== undefined) return checkContent(descriptor, bytes);
      const fresh = await store.read(descriptor, read);
      await keep(descriptor.digest, fresh);
      return fresh;
    },
    referrers: (subject, read) => store.referrers(subject, read),
    attached: async (subject, suffix, read) => store.attached(subject, suffix, read),
    fallback: (subject, read) => store.fallback(subject, read),
  };
}
