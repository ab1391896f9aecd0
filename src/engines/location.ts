/** Where the files of the engines lie: `dist/engines` of the package, from wherever this code was bundled to. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssayError } from '../errors.ts';

/** The files that a pool needs. */
export interface EngineFiles {
  /** The code of a worker thread, CommonJS. */
  readonly worker: string;
  /** The module with the CUE and Rego engines, which may not have been built. */
  readonly engines: string;
}

const HINT = 'the published package has them; in a checkout run "npm run build" and "node scripts/engines.mjs"';

/** How far above this code the package's folder is looked for: `dist/chunks` and `src/engines` are two below it. */
const LEVELS = 3;

/** The files of this package. Throws `engine-missing`. */
export function engineFiles(start: string = dirname(fileURLToPath(import.meta.url))): EngineFiles {
  for (let folder = start, level = 0; level < LEVELS; folder = dirname(folder), level++) {
    for (const place of [join(folder, 'engines'), join(folder, 'dist/engines')]) {
      if (existsSync(join(place, 'worker.cjs'))) return { worker: join(place, 'worker.cjs'), engines: join(place, 'engines.wasm') };
    }
  }
  throw new AssayError('engine-missing', 'the code that evaluates policies (engines/worker.cjs) is not there', { hint: HINT });
}

/** The error for engines that were not built. */
export function enginesMissing(path: string): AssayError {
  return new AssayError('engine-missing', `the engines of CUE and Rego are not there (${path})`, { hint: HINT });
}
