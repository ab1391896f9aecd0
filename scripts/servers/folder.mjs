// Where the real servers are kept: one folder for each recipe, in the user's cache.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PACKAGES, SERVERS } from './packages.mjs';

/**
 * `ASSAY_SERVERS`, else `assay/servers` in the user's cache folder.
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {string}
 */
export function serversFolder(environment = process.env) {
  return environment.ASSAY_SERVERS || join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assay', 'servers');
}

/**
 * Where the servers of the present recipe are or will be.
 * @returns {string} a folder, which may not exist
 */
export function builtServersFolder() {
  const recipe = createHash('sha256')
    .update(JSON.stringify([PACKAGES, SERVERS]))
    .update(readFileSync(join(import.meta.dirname, 'build.mjs')))
    .digest('hex');
  return join(serversFolder(), recipe.slice(0, 16));
}

/**
 * The servers that are there.
 * @returns {ReadonlyMap<string, string>} paths by name
 */
export function foundServers() {
  const folder = builtServersFolder();
  return new Map(Object.keys(SERVERS).flatMap((name) => (existsSync(join(folder, name)) ? [[name, join(folder, name)]] : [])));
}
