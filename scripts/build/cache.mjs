// V8's code cache for the bundle, taken after the bundle has run: so it holds the functions that a verification really calls.
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture } from '../command.mjs';

/**
 * Writes `dist/assay.cache`. A bundle without a cache runs all the same, so a failure is told, not thrown.
 * @param {string} bundle path of `dist/assay.cjs`
 * @returns {Promise<string>} what went wrong; empty when nothing did
 */
export async function buildCache(bundle) {
  const cache = join(dirname(bundle), 'assay.cache');
  rmSync(cache, { force: true });
  const warm = join(import.meta.dirname, 'warm.mjs');
  // an environment that changes V8's flags would make a cache that nobody else can use
  const { code, stderr } = await capture(process.execPath, [warm, bundle, cache], { env: { NODE_OPTIONS: undefined }, timeoutMs: 60_000 });
  if (code !== 0 || !existsSync(cache)) return `no code cache: ${stderr.trim() || `exit ${code}`}`;
  return stderr === '' ? '' : `the code cache lacks what did not run: ${stderr.trim()}`;
}
