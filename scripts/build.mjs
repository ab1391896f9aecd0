// npm run build: the executable with its code cache, the library, the code that evaluates policies, the engines of CUE and Rego, the declarations.
// `--no-types` leaves the declarations out, `--no-engines` the engines, which need a minute and 60 MB of packages the first time.
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildExecutable } from './build/bundle.mjs';
import { buildCache } from './build/cache.mjs';
import { replaceFile } from './build/files.mjs';
import { buildLibrary, buildTypes } from './build/library.mjs';
import { inputs, STAMP } from './build/stamp.mjs';
import { buildWorker } from './build/worker.mjs';
import { ensureEngines } from './engines.mjs';

const root = dirname(import.meta.dirname);
/** What is packed has the engines; a build for oneself may do without. */
const PUBLISHED = process.env.npm_lifecycle_event === 'prepack';
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
process.exitCode = await main().catch((error) => {
  // what does not resolve or parse has been shown by esbuild, with its place
  if (Array.isArray(error.errors)) return 1;
  throw error;
});

async function main() {
  const started = performance.now();
  const before = inputs(root);
  mkdirSync(join(root, 'dist'), { recursive: true });

  const engines = process.argv.includes('--no-engines') ? Promise.resolve('') : ensureEngines();
  const types = process.argv.includes('--no-types') ? Promise.resolve('') : buildTypes(root);
  const bundle = await buildExecutable(root, version);
  const [cacheTrouble, entries] = await Promise.all([buildCache(bundle), buildLibrary(root, version), buildWorker(root)]);
  replaceFile(join(root, STAMP), before);
  const typeTrouble = await types;
  const engineTrouble = await engines;

  if (cacheTrouble) process.stderr.write(`warning: ${cacheTrouble}\n`);
  if (typeTrouble) process.stderr.write(typeTrouble);
  if (engineTrouble) process.stderr.write(`${PUBLISHED ? 'error' : 'warning'}: ${engineTrouble}\n`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`built dist/assay.cjs${entries.map((name) => `, ${name}.js`).join('')} in ${seconds} s\n`);
  return typeTrouble || (PUBLISHED && engineTrouble) ? 1 : 0;
}
