// V8's code cache for the bundle, taken after the bundle has run: so it holds the functions that a verification really calls.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture } from '../command.mjs';

/**
 * The cache for the Node that runs now; other versions of V8 keep theirs beside it.
 * @param {string} folder of the bundle
 * @returns {string}
 */
export function cacheFile(folder) {
  return join(folder, `assay-${process.arch}-${process.versions.v8}.cache`);
}

/**
 * Writes the cache. A bundle without a cache runs all the same, so a failure is told, not thrown.
 * @param {string} bundle path of `dist/assay.cjs`
 * @returns {Promise<string>} what went wrong; empty when nothing did
 */
export async function buildCache(bundle) {
  const cache = cacheFile(dirname(bundle));
  rmSync(cache, { force: true });
  sweepCaches(bundle);
  const warm = join(import.meta.dirname, 'warm.mjs');
  // an environment that changes V8's flags would make a cache that nobody else can use
  const { code, stderr } = await capture(process.execPath, [warm, bundle, cache], { env: { NODE_OPTIONS: undefined }, timeoutMs: 60_000 });
  if (code !== 0 || !existsSync(cache)) return `no code cache: ${stderr.trim() || `exit ${code}`}`;
  return stderr === '' ? '' : `the code cache lacks what did not run: ${stderr.trim()}`;
}

/** Those that belong to an older bundle; nothing would ever read them. */
function sweepCaches(bundle) {
  const folder = dirname(bundle);
  const digest = readFileSync(bundle, 'latin1').slice(3, 67);
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cache'))) {
    if (!readFileSync(join(folder, name)).subarray(0, 64).equals(Buffer.from(digest, 'latin1'))) rmSync(join(folder, name));
  }
}
