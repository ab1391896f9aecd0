import { AssayError } from '../errors.ts';
import { type CacheOptions, cachedStore } from './cache/cached-store.ts';
import type { Reference } from './reference.ts';
import type { RegistryClient } from './registry/client.ts';
import type { Store } from './store.ts';

/** What a store is opened with. */
export interface OpenOptions {
  /** Makes or gives the client for registries; only called for a registry reference. */
  readonly client?: () => RegistryClient | Promise<RegistryClient>;
  /** In front of cosign's tags (`--attachment-tag-prefix`). */
  readonly attachmentTagPrefix?: string;
  /** Caches by digest; for registries only, since a disk is its own cache. */
  readonly cache?: CacheOptions;
}

/**
 * The store that a reference is in: the repository of a registry, a layout in a folder or in an archive. The rooms for
 * registries and layouts are loaded when they are needed. Throws `offline` for a registry without a client,
 * `file-unreadable`, `layout-invalid`, `unsupported`, `limit`.
 */
export async function openStore(reference: Reference, options: OpenOptions = {}): Promise<Store> {
  const prefix = options.attachmentTagPrefix === undefined ? {} : { attachmentTagPrefix: options.attachmentTagPrefix };
  if (reference.kind !== 'registry') {
    const { openLayout } = await import('./layout/layout-store.ts');
    return openLayout(reference.kind, reference.path, prefix);
  }
  if (options.client === undefined) throw new AssayError('offline', `${reference.registry} cannot be asked: no registry client was given`);
  const [{ registryStore }, { repositoryOf }, client] = await Promise.all([
    import('./registry/store.ts'),
    import('./registry/repository.ts'),
    options.client(),
  ]);
  const store = registryStore(repositoryOf(client, reference), prefix);
  return options.cache === undefined ? store : cachedStore(store, options.cache);
}
