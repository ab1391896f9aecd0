import { AssayError, messageOf } from '../../errors.ts';
import { type CachedTrust, describe, readForeign, writeCache } from './cache.ts';
import { type Metadata, type RefreshOptions, refreshMetadata } from './client.ts';
import { createTrustClient, refuseFetch, type TrustFetch } from './fetch.ts';
import { type Repository, seedRoot, type TrustPlace } from './repository.ts';

/** A sentence for the user, with a code for machines. */
export interface TrustWarning {
  readonly code: string;
  readonly message: string;
}

/** How a refresh is done. */
export interface RefreshHow {
  readonly place: TrustPlace;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly fetch?: TrustFetch;
  readonly signal?: AbortSignal;
}

/** What a refresh brought. */
export interface Refreshed {
  readonly trust: CachedTrust;
  readonly warnings: readonly TrustWarning[];
}

/**
 * Brings what is known of a repository up to date: from the cached set, else from what cosign left under `TUF_ROOT`, else from the first root.
 * Keeps the result; a folder that cannot be written is a warning. Throws the codes of `refreshMetadata`, `trust-stale` when what the mirror has is expired by the caller's clock.
 */
export async function refreshRepository(repository: Repository, cached: CachedTrust | undefined, how: RefreshHow): Promise<Refreshed> {
  if (cached !== undefined) return refreshFrom(repository, { start: cached.metadata, firstRoot: cached.firstRoot }, how);
  const foreign = readForeign(repository);
  if (foreign !== undefined) {
    const start = { start: foreign.metadata, firstRoot: foreign.metadata.root };
    return (await adoptForeign(repository, how)) ?? refreshFrom(repository, start, how);
  }
  const seed = await seedRoot(repository);
  return refreshFrom(repository, { start: { root: seed }, firstRoot: seed }, how);
}

/** What cosign left under `TUF_ROOT`, when it is complete, verifies and has not expired; asks the network for nothing. */
export async function adoptForeign(repository: Repository, how: RefreshHow): Promise<Refreshed | undefined> {
  const foreign = readForeign(repository);
  if (foreign === undefined) return undefined;
  const from = { start: foreign.metadata, firstRoot: foreign.metadata.root, refreshed: foreign.refreshed, preferStart: true };
  return refreshFrom(repository, from, { ...how, fetch: refuseFetch }).catch(() => undefined);
}

/** What a refresh starts from. */
export interface RefreshFrom {
  readonly start: Metadata;
  /** The root that trust was started from. */
  readonly firstRoot: string;
  /** Takes `start` as it is when it is complete and has not expired. */
  readonly preferStart?: boolean;
  /** When `start` was current, for a `preferStart`; milliseconds since 1970. */
  readonly refreshed?: number;
}

/** Refreshes from a set that is trusted, and keeps the result. Throws as `refreshRepository`. */
export async function refreshFrom(repository: Repository, from: RefreshFrom, how: RefreshHow): Promise<Refreshed> {
  const client = how.fetch === undefined ? createTrustClient(how.place) : { fetch: how.fetch, close: () => Promise.resolve() };
  const options: RefreshOptions = {
    mirror: repository.mirror,
    start: from.start,
    fetch: client.fetch,
    preferStart: from.preferStart === true,
    ...(how.signal === undefined ? {} : { signal: how.signal }),
  };
  try {
    const metadata = await refreshMetadata(options);
    const trust = describe(metadata, from.firstRoot, from.refreshed ?? how.now);
    // The library goes by the clock of the machine; what it accepted has to hold by the caller's as well.
    if (trust.expires <= how.now)
      throw new AssayError(
        'trust-stale',
        `the newest metadata of ${repository.mirror} expired on ${new Date(trust.expires).toISOString()}`,
      );
    return await keep(repository, trust);
  } finally {
    await client.close();
  }
}

async function keep(repository: Repository, trust: CachedTrust): Promise<Refreshed> {
  try {
    return { trust: await writeCache(repository, trust), warnings: [] };
  } catch (error) {
    const message = `the trust root was refreshed but cannot be kept in ${repository.folder}: ${messageOf(error)}`;
    return { trust, warnings: [{ code: 'trust-cache-unwritable', message }] };
  }
}
