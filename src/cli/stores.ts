import { isAbsolute, join, resolve } from 'node:path';
import { AssayError } from '../errors.ts';
import { cachedStore } from '../oci/cache/cached-store.ts';
import { createDiskCache } from '../oci/cache/disk-cache.ts';
import { openStore } from '../oci/open.ts';
import { formatReference, parseReference, type Reference } from '../oci/reference.ts';
import type { Store } from '../oci/store.ts';
import type { WritableStore } from '../oci/writable-store.ts';
import type { Io } from './io.ts';
import { clientOf } from './registry.ts';
import type { Values } from './values.ts';

/** The stores of one reference. */
export interface Stores {
  /** `registry/repository` or `oci:path`: what stands before `@DIGEST`. */
  readonly repository: string;
  /** The same for the place that evidence with tags is written to. */
  readonly evidenceRepository: string;
  /** Where the image is, every answer asked for anew. */
  readonly direct: Store;
  /** The same with the cache on disk, for what a digest names. */
  readonly store: Store;
  /** Where its evidence is: there, and in `COSIGN_REPOSITORY` when it is set. */
  readonly evidenceStores: readonly Store[];
}

/**
 * Opens the stores that a reference, the registry options and `COSIGN_REPOSITORY` name. Of a registry nothing is asked yet.
 * Throws `usage-invalid`, and what `openStore` throws.
 */
export async function openStores(reference: Reference, options: Values, io: Io): Promise<Stores> {
  const direct = await open(reference, options, io);
  const store = cached(direct, io);
  const repository = repositoryName(reference);
  const elsewhere = io.env.COSIGN_REPOSITORY ?? '';
  if (elsewhere === '') return { repository, evidenceRepository: repository, direct, store, evidenceStores: [store] };
  const other = parseReference(elsewhere);
  if (other.kind !== 'registry') throw new AssayError('usage-invalid', 'COSIGN_REPOSITORY is no repository of a registry');
  const forbidden =
    options.has('offline') && options.flag('offline') && (reference.kind !== 'registry' || reference.registry !== other.registry);
  const second = forbidden ? silentStore(repositoryName(other)) : cached(await open(other, options, io), io);
  return { repository, evidenceRepository: repositoryName(other), direct, store, evidenceStores: [second, store] };
}

/** Where an image and its evidence are written to. */
export interface WritableStores {
  /** `registry/repository` or `oci:path`: what stands before `@DIGEST`. */
  readonly repository: string;
  /** The same for the place that evidence is written to. */
  readonly evidenceRepository: string;
  /** Where the image is. */
  readonly image: WritableStore;
  /** Where its evidence goes: `COSIGN_REPOSITORY` when it is set, else the same. */
  readonly evidence: WritableStore;
}

/** How stores are opened for writing. */
export interface OpenWritableOptions {
  /** Whether a layout that is not there is made; default no. */
  readonly create?: boolean;
  /** Ends the wait for whoever else makes it. */
  readonly signal?: AbortSignal;
}

/**
 * Opens for writing what a reference, the registry options and `COSIGN_REPOSITORY` name. Of a registry nothing is asked yet. Nothing is
 * read from a cache. Throws `usage-invalid`, `layout-invalid`, `unsupported` (an archive, which nobody can change in place).
 */
export async function openWritableStores(
  reference: Reference,
  options: Values,
  io: Io,
  opening: OpenWritableOptions = {},
): Promise<WritableStores> {
  const image = await openForWriting(reference, options, io, opening);
  const repository = repositoryName(reference);
  const elsewhere = io.env.COSIGN_REPOSITORY ?? '';
  if (elsewhere === '') return { repository, evidenceRepository: repository, image, evidence: image };
  const other = parseReference(elsewhere);
  if (other.kind !== 'registry') throw new AssayError('usage-invalid', 'COSIGN_REPOSITORY is no repository of a registry');
  const offline = options.has('offline') && options.flag('offline');
  if (offline && (reference.kind !== 'registry' || reference.registry !== other.registry))
    throw new AssayError('offline', `${repositoryName(other)} (COSIGN_REPOSITORY) is not the registry that was named`, {
      hint: 'leave out --offline, or unset COSIGN_REPOSITORY',
    });
  return { repository, evidenceRepository: repositoryName(other), image, evidence: await openForWriting(other, options, io, opening) };
}

/** The folder of content that was checked before: `XDG_CACHE_HOME/assay/content`. */
export function cacheFolder({ env, home }: Pick<Io, 'env' | 'home'>): string {
  const base = env.XDG_CACHE_HOME ?? '';
  return join(isAbsolute(base) ? base : join(home, '.cache'), 'assay', 'content');
}

/** What stands before the tag or digest of a reference. */
export function repositoryName(reference: Reference): string {
  return formatReference({ ...reference, tag: undefined, digest: undefined });
}

function open(reference: Reference, options: Values, io: Io): Promise<Store> {
  const prefix = options.has('attachment-tag-prefix') ? options.text('attachment-tag-prefix') : undefined;
  const more = prefix === undefined ? {} : { attachmentTagPrefix: prefix };
  if (reference.kind !== 'registry') return openStore({ ...reference, path: resolve(io.cwd, reference.path) }, more);
  return openStore(reference, { ...more, client: () => clientOf(options, io, reference.registry) });
}

async function openForWriting(reference: Reference, options: Values, io: Io, opening: OpenWritableOptions): Promise<WritableStore> {
  if (reference.kind === 'registry') {
    const { registryWritableStore } = await import('../oci/registry/writable-store.ts');
    const client = await clientOf(options, io, reference.registry);
    const prefix = options.has('attachment-tag-prefix') ? options.text('attachment-tag-prefix') : undefined;
    const settleMs = options.has('settle-time') ? options.number('settle-time') : undefined;
    return registryWritableStore(
      { client, registry: reference.registry, name: reference.repository },
      { ...(prefix === undefined ? {} : { attachmentTagPrefix: prefix }), ...(settleMs === undefined ? {} : { settleMs }) },
    );
  }
  if (reference.kind === 'archive')
    throw new AssayError('unsupported', `${repositoryName(reference)} is an archive, which cannot be changed in place`, {
      hint: 'unpack it, and name the folder: oci:PATH',
    });
  const { openWritableLayout } = await import('../oci/layout/writable-layout.ts');
  const prefix = options.has('attachment-tag-prefix') ? options.text('attachment-tag-prefix') : undefined;
  return openWritableLayout(resolve(io.cwd, reference.path), {
    ...opening,
    ...(prefix === undefined ? {} : { attachmentTagPrefix: prefix }),
  });
}

function cached(store: Store, io: Io): Store {
  return store.kind === 'registry' ? cachedStore(store, { disk: createDiskCache({ path: cacheFolder(io) }) }) : store;
}

// Under --offline: whatever is there is not known, which is not the same as nothing.
function silentStore(label: string): Store {
  const silent = (): Promise<never> =>
    Promise.reject(
      new AssayError('offline', `${label} (COSIGN_REPOSITORY) would have to be asked, which is not the registry that was named`, {
        hint: 'leave out --offline, or unset COSIGN_REPOSITORY',
      }),
    );
  return {
    kind: 'registry',
    label,
    resolve: silent,
    manifest: silent,
    read: silent,
    attached: silent,
    fallback: silent,
    // biome-ignore lint/correctness/useYield: it fails before the first page
    async *referrers() {
      return silent();
    },
  };
}
