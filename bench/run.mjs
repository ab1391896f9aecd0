// npm run bench [-- --output json] [--only NAME]: measures Assay against its peers in one run. Exits 1 when something could not be measured,
// a missing peer included; a target that was not met is said in its row.
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { foundPeers, peersFolder } from '../scripts/peers/folder.mjs';
import { setUp } from '../scripts/setup.mjs';
import { tableOf } from './table.mjs';

const root = dirname(import.meta.dirname);

/** It costs Node 20 27 ms a start, and no measurement needs it. */
delete process.env.NODE_EXTRA_CA_CERTS;

process.exitCode = await main();

async function main() {
  const options = optionsOf();
  if (typeof options === 'string') return misuse(options);
  const { ready } = await setUp({ nativeEngines: true });
  if (!ready) return 1;
  const { MEASUREMENTS } = await import(pathToFileURL(await bundled()).href);
  const known = MEASUREMENTS.flatMap((m) => m.rows);
  const unknown = options.only.filter((name) => !known.includes(name));
  if (unknown.length > 0) return misuse(`there is no row ${unknown.join(', ')}: there are ${known.join(', ')}`);

  const wanted = (name) => options.only.length === 0 || options.only.includes(name);
  const context = { root, say, peer: peerFinder() };
  const rows = [];
  let failed = false;
  for (const { rows: names, measure } of MEASUREMENTS) {
    if (!names.some(wanted)) continue;
    try {
      rows.push(...(await measure(context)).filter((row) => wanted(row.name)));
    } catch (error) {
      failed = true;
      say(`${names.join(', ')}: not measured: ${error.message}`);
    }
  }
  const machine = {
    cpu: cpus()[0]?.model ?? '?',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    node: process.version,
  };
  const report = { schema: 'assay/bench/v1', machine, rows };
  process.stdout.write(options.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : tableOf(report));
  return failed ? 1 : 0;
}

function optionsOf() {
  try {
    const { values } = parseArgs({
      options: { output: { type: 'string', default: 'text' }, only: { type: 'string', multiple: true, default: [] } },
    });
    return values.output === 'text' || values.output === 'json' ? values : `--output ${values.output} is neither text nor json`;
  } catch (error) {
    return error.message;
  }
}

/** Bundled as the published code is: what is measured is what is shipped. */
async function bundled() {
  const { build } = await import('esbuild');
  const outfile = join(root, '.cache/bench/rows.mjs');
  await build({
    entryPoints: [join(root, 'bench/rows/index.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    minifySyntax: true,
    define: { __ASSAY_RULES_SWITCHABLE__: 'false' },
    logLevel: 'warning',
  });
  return outfile;
}

function peerFinder() {
  const found = foundPeers(peersFolder());
  return (name, version) => {
    const peer = found.find((p) => p.name === name && p.version.startsWith(`${version}.`));
    if (peer === undefined) throw new Error(`the peer ${name} ${version} is missing: run "npm run peers"`);
    return peer;
  };
}

function misuse(why) {
  say(why);
  return 2;
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
