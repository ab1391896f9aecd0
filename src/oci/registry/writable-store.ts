import { isAssayError } from '../../errors.ts';
import type { WritableStore } from '../writable-store.ts';
import { changeTag, forgetTags, type TagChangeOptions } from './change-tag.ts';
import { copyBlob } from './copy-blob.ts';
import { deleteManifest } from './delete-manifest.ts';
import { openBlob } from './open-blob.ts';
import { putBlob } from './put-blob.ts';
import { writeManifest } from './put-manifest.ts';
import type { Repository } from './repository.ts';
import { type RegistryStoreOptions, registryStore } from './store.ts';

/** How a repository is written to. */
export interface RegistryWritableOptions extends RegistryStoreOptions, Pick<TagChangeOptions, 'settleMs' | 'clock'> {}

/** A repository as a store that is written to. Whoever writes reads from the registry itself, never from a mirror. */
export function registryWritableStore(repository: Repository, options: RegistryWritableOptions = {}): WritableStore {
  const { settleMs, clock } = options;
  const tagging = { ...(settleMs === undefined ? {} : { settleMs }), ...(clock === undefined ? {} : { clock }) };
  return {
    ...registryStore(repository, { ...options, mirrors: false, shareReads: false }),
    writeBlob: (bytes, write = {}) => putBlob(repository, bytes, write),
    copyBlob: (descriptor, source, write = {}) => copyBlob(repository, descriptor, source, write),
    openBlob: (descriptor, read = {}) => openBlob(repository, descriptor, read),
    writeManifest: (bytes, write = {}) => writeManifest(repository, bytes, { ...tagging, ...write }),
    changeTag: (tag, change, write = {}) => changeTag(repository, tag, change, { ...tagging, ...write }),
    async remove(what, write = {}) {
      forgetTags(repository);
      try {
        await deleteManifest(repository, what, write);
        return true;
      } catch (error) {
        if (isAssayError(error, 'not-found')) return false;
        throw error;
      }
    },
  };
}
