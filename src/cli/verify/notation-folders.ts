import { isAbsolute, join, resolve } from 'node:path';
import type { Io } from '../io.ts';

/** Where Notation keeps what it is configured with (notaryproject/notation, "Directory structure"). */
export interface NotationFolders {
  /** Trust policies and the trust store: `NOTATION_CONFIG`, else `notation` among the user's configuration. */
  readonly config: string;
  /** `plugins` in `NOTATION_LIBEXEC`, else in the folder of the configuration. */
  readonly plugins: string;
  /** Revocation lists that notation has kept: `crl` in `NOTATION_CACHE`, else in `notation` among the user's caches. */
  readonly lists: string;
}

/** Notation's folders on this platform. */
export function notationFolders({ env, home, cwd }: Pick<Io, 'env' | 'home' | 'cwd'>, platform = process.platform): NotationFolders {
  const named = (variable: string): string | undefined => (env[variable] ? resolve(cwd, env[variable]) : undefined);
  const mac = platform === 'darwin';
  const within = (variable: string, usual: string): string => {
    const base = mac ? undefined : env[variable];
    return base !== undefined && isAbsolute(base) ? base : join(home, usual);
  };
  const config = named('NOTATION_CONFIG') ?? join(within('XDG_CONFIG_HOME', mac ? 'Library/Application Support' : '.config'), 'notation');
  const cache = named('NOTATION_CACHE') ?? join(within('XDG_CACHE_HOME', mac ? 'Library/Caches' : '.cache'), 'notation');
  return { config, plugins: join(named('NOTATION_LIBEXEC') ?? config, 'plugins'), lists: join(cache, 'crl') };
}
