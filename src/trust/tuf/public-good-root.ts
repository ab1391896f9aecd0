import { AssayError, isAssayError, messageOf } from '../../errors.ts';
import { type CachedTrust, readCache } from './cache.ts';
import type { TrustFetch } from './fetch.ts';
import { adoptForeign, type Refreshed, refreshRepository, type TrustWarning } from './refresh.ts';
import { type Repository, resolveRepository, type TrustPlace } from './repository.ts';

/** A trusted root as text, and how current it is. */
export interface TrustedRootSource {
  readonly json: string;
  /** `tuf`: just refreshed; `tuf-cache`: of an earlier refresh; `embedded`: shipped with this version; `file`: given. */
  readonly origin: 'embedded' | 'tuf-cache' | 'tuf' | 'file';
  /** Milliseconds since it was last known to be current. */
  readonly age: number;
  readonly warnings: readonly TrustWarning[];
}

/** How the trusted root is found. */
export interface PublicGoodOptions extends TrustPlace {
  /** Opens no socket. */
  readonly offline: boolean;
  /** Material older than this is not enough; milliseconds. */
  readonly maxTrustAgeMs?: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly fetch?: TrustFetch;
  readonly signal?: AbortSignal;
}

/**
 * The trusted root of the repository in effect: the public good instance's, or the one that `TUF_MIRROR` or `assay trust init` chose.
 *
 * Online the cached one serves without any request until the first of its metadata expires (the timestamp, as a rule), then it is refreshed;
 * when that fails, `trust-stale`. Offline the newer of the cached and the embedded one serves, with a warning once its `root.json` has
 * expired. Older than `maxTrustAgeMs`, offline or after a refresh that failed: `trust-stale`.
 *
 * Throws `trust-stale`, `trust-unavailable` (a private repository that was never initialised), `trust-invalid`, `usage-invalid`, `file-unreadable`, `cancelled`.
 */
export async function publicGoodRoot(options: PublicGoodOptions): Promise<TrustedRootSource> {
  const repository = resolveRepository(options);
  const cached = readCache(repository);
  if (options.offline) return offlineRoot(repository, cached, options);
  if (cached !== undefined && isCurrent(cached, options)) return fromCache(cached, options.now);
  try {
    const { trust, warnings } = await refreshRepository(repository, cached, howOf(options));
    return { ...sourceOf(trust, 'tuf', options.now), warnings };
  } catch (error) {
    if (isAssayError(error, 'cancelled') || (error instanceof AssayError && error.group === 'misuse')) throw error;
    throw stale(repository, cached, error);
  }
}

function howOf(options: PublicGoodOptions) {
  return {
    place: options,
    now: options.now,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

function isCurrent(cached: CachedTrust, options: PublicGoodOptions): boolean {
  return options.now < cached.expires && !isTooOld(options.now - cached.refreshed, options);
}

function isTooOld(age: number, options: PublicGoodOptions): boolean {
  return options.maxTrustAgeMs !== undefined && age > options.maxTrustAgeMs;
}

function fromCache(cached: CachedTrust, now: number): TrustedRootSource {
  return sourceOf(cached, 'tuf-cache', now);
}

function sourceOf(trust: CachedTrust, origin: 'tuf' | 'tuf-cache', now: number): TrustedRootSource {
  return { json: trust.metadata.trustedRoot, origin, age: Math.max(0, now - trust.refreshed), warnings: [] };
}

function stale(repository: Repository, cached: CachedTrust | undefined, cause: unknown): AssayError {
  const state =
    cached === undefined
      ? 'nothing is cached'
      : `what is cached is of ${isoDay(cached.refreshed)} and expired on ${isoDay(cached.expires)}`;
  return new AssayError(
    'trust-stale',
    `the trust root could not be refreshed from ${repository.mirror} (${messageOf(cause)}), and ${state}`,
    {
      cause,
      hint: '--offline goes on with what is at hand, --trusted-root FILE pins one',
    },
  );
}

async function offlineRoot(
  repository: Repository,
  cached: CachedTrust | undefined,
  options: PublicGoodOptions,
): Promise<TrustedRootSource> {
  const best = await newest(repository, cached ?? (await adopted(repository, options))?.trust, options.now);
  const { source, rootExpires } = best;
  const aged = `the trust root was last current ${days(source.age)} ago`;
  if (isTooOld(source.age, options))
    throw new AssayError('trust-stale', `${aged}, longer than --max-trust-age allows`, { hint: 'assay trust update, while online' });
  if (options.now < rootExpires) return source;
  const message = `${aged} and its root.json expired on ${isoDay(rootExpires)}; keys that were replaced since then are not known`;
  return { ...source, warnings: [{ code: 'trust-root-expired', message }] };
}

function adopted(repository: Repository, options: PublicGoodOptions): Promise<Refreshed | undefined> {
  return adoptForeign(repository, howOf(options));
}

async function newest(
  repository: Repository,
  cached: CachedTrust | undefined,
  now: number,
): Promise<{ source: TrustedRootSource; rootExpires: number }> {
  const own = cached === undefined ? undefined : { source: fromCache(cached, now), rootExpires: cached.rootExpires };
  // The seed belongs to the public good instance alone; a root of the user's own choosing is not outvoted by it either.
  if (!repository.isPublicGood || repository.rootFile !== undefined) {
    if (own !== undefined) return own;
    const hint = `assay trust init --mirror ${repository.mirror} --root FILE, while online`;
    throw new AssayError('trust-unavailable', `nothing is known yet of the TUF repository ${repository.mirror}`, {
      hint,
      retryable: false,
    });
  }
  const seed = await import('../embedded/public-good.ts');
  const date = Date.parse(seed.EMBEDDED_DATE);
  if (cached !== undefined && cached.refreshed >= date) return { source: fromCache(cached, now), rootExpires: cached.rootExpires };
  const source: TrustedRootSource = { json: seed.EMBEDDED_TRUSTED_ROOT, origin: 'embedded', age: Math.max(0, now - date), warnings: [] };
  return { source, rootExpires: Date.parse(seed.EMBEDDED_ROOT_EXPIRES) };
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function days(ms: number): string {
  const n = Math.floor(ms / 86_400_000);
  return n === 1 ? '1 day' : `${n} days`;
}
