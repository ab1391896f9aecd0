// node scripts/engines.mjs [--from debian|go] [--native]: builds the CUE and Rego engines and puts them where the product finds them, dist/engines.
// What was built from the same sources is taken from the cache folder. Plain Node: this runs before anything is installed.
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { buildEngines } from './engines/build.mjs';
import { placeEngines } from './engines/publish.mjs';

const root = dirname(import.meta.dirname);

/**
 * Builds the engines and places them in `dist/engines`; when they are there already it costs a few milliseconds.
 * @param {{ from?: 'debian' | 'go', native?: boolean }} [options] `native`: the program that tests compare with too
 * @returns {Promise<string>} what went wrong; empty when nothing did
 */
export async function ensureEngines(options = {}) {
  try {
    const built = await buildEngines({ ...options, say });
    placeEngines(root, built);
    return '';
  } catch (error) {
    return `the engines of CUE and Rego cannot be built: ${error.message}`;
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { from: { type: 'string' }, native: { type: 'boolean', default: false } } });
  if (values.from !== undefined && values.from !== 'debian' && values.from !== 'go') {
    say('--from takes debian or go');
    process.exit(2);
  }
  const trouble = await ensureEngines(values);
  say(trouble || 'the engines of CUE and Rego are in dist/engines');
  process.exitCode = trouble === '' ? 0 : 1;
}
