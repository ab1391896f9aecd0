// V8's code cache for the bundle, taken after the bundle has run: so it holds the functions that a verification really calls.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture } from '../command.mjs';

/** The files of the bundle, without their ending. */
const FILES = ['assay', 'assay-rare'];

/**
 * The cache for the Node that runs now; other versions of V8 keep theirs beside it.
 * @param {string} folder of the bundle
 * @param {string} [name] of the file
 * @returns {string}
 */
export function cacheFile(folder, name = 'assay') {
  return join(folder, `${name}-${process.arch}-${process.versions.v8}.cache`);
}

/**
 * Writes the caches. A bundle without a cache runs all the same, so a failure is told, not thrown.
 * @param {string} bundle path of `dist/assay.cjs`
 * @returns {Promise<string>} what went wrong; empty when nothing did
 */
export async function buildCache(bundle) {
  const folder = dirname(bundle);
  for (const name of FILES) rmSync(cacheFile(folder, name), { force: true });
  sweepCaches(folder);
  const warm = join(import.meta.dirname, 'warm.mjs');
  // an environment that changes V8's flags would make a cache that nobody else can use
  const { code, stderr } = await capture(process.execPath, [warm, bundle], { env: { NODE_OPTIONS: undefined }, timeoutMs: 60_000 });
  if (code !== 0 || !existsSync(cacheFile(folder))) return `no code cache: ${stderr.trim() || `exit ${code}`}`;
  return stderr === '' ? '' : `the code cache lacks what did not run: ${stderr.trim()}`;
}

/** Those that belong to an older bundle; nothing would ever read them. */
function sweepCaches(folder) {
  const digests = FILES.map((name) => join(folder, `${name}.cjs`)).flatMap((file) => (existsSync(file) ? [digestOf(file)] : []));
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cache'))) {
    if (!digests.includes(readFileSync(join(folder, name)).toString('latin1', 0, 64))) rmSync(join(folder, name));
  }
}

function digestOf(file) {
  return readFileSync(file, 'latin1').slice(3, 67);
}
