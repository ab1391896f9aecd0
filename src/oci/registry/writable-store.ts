import { AssayError } from '../../errors.ts';
import type { WritableStore } from '../writable-store.ts';
import { deleteManifest } from './delete-manifest.ts';
import { putBlob } from './put-blob.ts';
import type { Repository } from './repository.ts';
import { type RegistryStoreOptions, registryStore } from './store.ts';

/** How a repository is written to. */
export interface RegistryWritableOptions extends RegistryStoreOptions {
  /** Milliseconds that an entry of ours has to stand under a tag that others change as well; default: twice the slowest change seen, `LIMITS.tagSettleMs` at least. */
  readonly settleMs?: number;
}

/** A repository as a store that is written to. What is read comes from the registry itself, never from a mirror. */
export function registryWritableStore(repository: Repository, options: RegistryWritableOptions = {}): WritableStore {
  const later = (what: string): never => {
    throw new AssayError('internal', `${what} is being written`);
  };
  return {
    ...registryStore(repository, options),
    writeBlob: (bytes, write = {}) => putBlob(repository, bytes, write),
    copyBlob: async () => later('copyBlob'),
    openBlob: () => later('openBlob'),
    writeManifest: async () => later('writeManifest'),
    changeTag: async () => later('changeTag'),
    async remove(what, write = {}) {
      await deleteManifest(repository, what, write);
      return true;
    },
  };
}
