// Whether the build is older than what it is made from. Plain Node: this runs before anything is installed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFile } from './cache.mjs';
import { lineOf, listing } from './files.mjs';
import { WORKER } from './worker-file.mjs';

/** Outside `dist`, which is published. */
export const STAMP = '.cache/build-inputs';

/**
 * What the build is made from: files with size and time of change.
 * @param {string} root
 * @returns {string}
 */
export function inputs(root) {
  const files = [...listing(join(root, 'src')), ...listing(join(root, 'scripts/build')), lineOf(join(root, 'package.json'))];
  return files.join('\n');
}

/**
 * @param {string} root
 * @returns {boolean} whether `dist` was made from the sources as they are, with a code cache for this Node
 */
export function isBuilt(root) {
  const stamp = join(root, STAMP);
  return (
    existsSync(stamp) &&
    existsSync(join(root, 'dist/assay.cjs')) &&
    existsSync(join(root, 'dist/assay-rare.cjs')) &&
    existsSync(join(root, WORKER)) &&
    existsSync(cacheFile(join(root, 'dist'))) &&
    readFileSync(stamp, 'utf8') === inputs(root)
  );
}
