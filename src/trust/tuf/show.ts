import { readCache } from './cache.ts';
import { type PublicGoodOptions, publicGoodRoot, type TrustedRootSource } from './public-good-root.ts';
import { resolveRepository } from './repository.ts';

/** What is trusted, and how that is known. Times in milliseconds since 1970. */
export interface ShownTrust {
  readonly source: TrustedRootSource;
  readonly mirror: string;
  readonly folder: string;
  /** What the TUF metadata says; of the cache, or of the embedded seed. */
  readonly tuf: {
    readonly rootVersion: number;
    readonly rootExpires: number;
    readonly refreshed: number;
    /** When the next refresh is due; absent for the seed, which has only a root. */
    readonly expires?: number;
  };
}

/** What a verification without `--trusted-root` would trust if it had to be offline now. Opens no socket. Throws as `publicGoodRoot`. */
export async function showTrust(options: Omit<PublicGoodOptions, 'offline'>): Promise<ShownTrust> {
  const repository = resolveRepository(options);
  const source = await publicGoodRoot({ ...options, offline: true });
  const { mirror, folder } = repository;
  if (source.origin === 'embedded') {
    const seed = await import('../embedded/public-good.ts');
    return {
      source,
      mirror,
      folder,
      tuf: {
        rootVersion: seed.EMBEDDED_ROOT_VERSION,
        rootExpires: Date.parse(seed.EMBEDDED_ROOT_EXPIRES),
        refreshed: Date.parse(seed.EMBEDDED_DATE),
      },
    };
  }
  const cached = readCache(repository);
  const { rootVersion = 0, rootExpires = 0, refreshed = 0, expires = 0 } = cached ?? {};
  return { source, mirror, folder, tuf: { rootVersion, rootExpires, refreshed, expires } };
}
