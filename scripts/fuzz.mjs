// Feeds mutants to every decoder, and changed evidence to the verifier: `npm run fuzz -- [--seconds N] [--target NAME] [--seed N]`.
// What a decoder does not bear is written to out/fuzz/ and printed with the seed that repeats it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { seconds, target, seed } = options();
const { NAMES, runAll } = await bundled();
if (target !== undefined && !NAMES.includes(target)) misuse(`no target "${target}"; there are ${NAMES.join(', ')}`);

const sum = { passed: 0, failed: 0 };
process.stdout.write(`seed ${seed}, about ${seconds} seconds\n`);
await runAll({ seconds, seed, target }, ({ name, inputs, accepted, slowestMs, crash }) => {
  process.stdout.write(
    `${name.padEnd(26)} ${String(inputs).padStart(8)} inputs ${String(accepted).padStart(8)} taken, slowest ${Math.round(slowestMs)} ms\n`,
  );
  if (crash === undefined) sum.passed++;
  else {
    sum.failed++;
    const file = join(root, 'out/fuzz', `${name}-${seed}`);
    mkdirSync(join(root, 'out/fuzz'), { recursive: true });
    writeFileSync(file, crash.input);
    process.stdout.write(`  NOT BORNE, seed ${crash.seed}, input in ${file}\n  ${crash.why.split('\n').join('\n  ')}\n`);
  }
});
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, 0 skipped\n`);
process.exitCode = sum.failed === 0 ? 0 : 1;

async function bundled() {
  const outfile = join(root, '.cache/fuzz/main.mjs');
  mkdirSync(join(root, '.cache/fuzz'), { recursive: true });
  await build({
    entryPoints: [join(root, 'test/fuzz/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    define: { __ASSAY_RULES_SWITCHABLE__: 'false' },
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}

function options() {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, target: { type: 'string' }, seed: { type: 'string' } },
  });
  const number = (text, name) => (/^\d{1,9}$/.test(text) ? Number(text) : misuse(`--${name} wants a number`));
  return {
    seconds: number(values.seconds, 'seconds'),
    target: values.target,
    seed: values.seed === undefined ? Math.floor(Math.random() * 0x7fffffff) : number(values.seed, 'seed'),
  };
}

function misuse(why) {
  process.stderr.write(`fuzz: ${why}\n`);
  process.exit(2);
}
