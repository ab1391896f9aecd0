import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { inlined } from '../content.ts';
import type { ReadOptions, Store, StoredManifest } from '../store.ts';
import { evidenceTag, fallbackTag } from '../tags.ts';
import { getContent } from './get-blob.ts';
import { getManifest } from './get-manifest.ts';
import { createSingleFlight } from './http/single-flight.ts';
import { listReferrers } from './list-referrers.ts';
import type { Repository } from './repository.ts';

/** How a repository serves as a store. */
export interface RegistryStoreOptions {
  /** In front of cosign's tags (`--attachment-tag-prefix`). */
  readonly attachmentTagPrefix?: string;
  /** Whether mirrors are asked for images; default yes. Whoever writes has to know what the registry itself has. */
  readonly mirrors?: boolean;
  /** Whether equal reads under way are made once; default yes. Not for whoever writes, who would be answered what was so before, nor for who reads everything once. */
  readonly shareReads?: boolean;
}

/**
 * A repository as a store. Images come from the first mirror that has them, evidence only from the registry itself: a
 * mirror that lags behind would hide it. Equal reads under way are made once, unless `shareReads` says otherwise.
 */
export function registryStore(repository: Repository, options: RegistryStoreOptions = {}): Store {
  const shared = options.shareReads !== false;
  const manifests = shared ? createSingleFlight<StoredManifest | undefined>() : undefined;
  const contents = shared ? createSingleFlight<Bytes>() : undefined;
  const hosts = options.mirrors === false ? [] : (repository.client.mirrors.get(repository.registry) ?? []);
  const mirrors = hosts.map((registry): Repository => ({ ...repository, registry }));

  function manifestAt(what: string, from: readonly Repository[], read: ReadOptions): Promise<StoredManifest | undefined> {
    const get = (options: ReadOptions): Promise<StoredManifest | undefined> =>
      firstOf(
        from,
        repository,
        (r) => getManifest(r, what, options),
        (m) => m !== undefined,
      );
    if (manifests === undefined) return get(read);
    return manifests.run(`${from.length} ${read.maxBytes ?? ''} ${what}`, read.signal, (signal) => get({ ...read, signal }));
  }

  return {
    kind: 'registry',
    label: `${repository.registry}/${repository.name}`,
    resolve: (tag, read = {}) => manifestAt(tag, mirrors, read),
    manifest: (digest, read = {}) => manifestAt(digest, mirrors, read),
    read(descriptor, read = {}) {
      const inside = inlined(descriptor);
      if (inside !== undefined) return Promise.resolve(inside);
      const get = (options: ReadOptions): Promise<Bytes> =>
        firstOf(
          mirrors,
          repository,
          (r) => getContent(r, descriptor, options),
          () => true,
        );
      if (contents === undefined) return get(read);
      const key = `${read.maxBytes ?? ''} ${descriptor.size} ${descriptor.mediaType} ${descriptor.digest}`;
      return contents.run(key, read.signal, (signal) => get({ ...read, signal }));
    },
    referrers: (subject, read = {}) => listReferrers(repository, subject, read),
    async attached(subject, suffix, read = {}) {
      const tag = evidenceTag(subject, suffix, options.attachmentTagPrefix);
      const found = tag === undefined ? undefined : await manifestAt(tag, [], read);
      return found === undefined ? [] : [found];
    },
    fallback: (subject, read = {}) => manifestAt(fallbackTag(subject), [], { maxBytes: LIMITS.referrersPageBytes, ...read }),
  };
}

// A mirror that fails in whatever way is passed over: what it gives is checked, and what it does not give the registry has.
async function firstOf<T>(
  mirrors: readonly Repository[],
  origin: Repository,
  read: (from: Repository) => Promise<T>,
  good: (value: T) => boolean,
): Promise<T> {
  for (const mirror of mirrors) {
    try {
      const value = await read(mirror);
      if (good(value)) return value;
    } catch (error) {
      if (!(error instanceof AssayError) || error.code === 'cancelled') throw error;
    }
  }
  return read(origin);
}
