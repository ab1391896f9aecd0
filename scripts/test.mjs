// npm test: sets up what is missing, then everything that can fail. The last line is the sum of all cases.
//   --fast                              no peers, no types and style, no acceptance: what also runs on other versions of Node
//   --only unit|interop|acceptance      one part
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { stream } from './command.mjs';
import { peersFolder } from './peers/folder.mjs';
import { setUp } from './setup.mjs';
import { runAcceptance, runConformance } from './test/acceptance.mjs';
import { failuresOf, lineOf, nothing, readLine, sum, withExit } from './test/tally.mjs';
import { runVitest } from './test/vitest.mjs';

const root = dirname(import.meta.dirname);
const PARTS = ['unit', 'interop', 'acceptance'];

process.exitCode = await main(readOptions());

async function main({ fast, only }) {
  const started = performance.now();
  heading(`set-up, Node ${process.versions.node}`);
  const { ready, lacking, peers } = await setUp({
    peers: !fast && only !== 'unit',
    servers: !fast && only !== 'unit',
    nativeEngines: !fast,
  });
  if (!ready) return end([withExit(undefined, 1, 'set-up')], started);
  for (const { name, version } of peers) process.stdout.write(`peer ${name} ${version}\n`);

  const tallies = [{ ...nothing(), failed: lacking.length, failures: lacking }];
  const wanted = (part) => only === undefined || only === part;
  if (only === undefined && !fast) {
    tallies.push(await program('types', ['node_modules/typescript/bin/tsc', '--noEmit']));
    tallies.push(await program('style', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']));
  }
  if (wanted('unit') || wanted('interop')) tallies.push(await tests(fast ? 'fast' : (only ?? 'all'), peers.length));
  if (only === undefined && !fast && existsSync(join(root, 'scripts/rules.mjs')))
    tallies.push(await program('rules', ['scripts/rules.mjs']));
  if (wanted('acceptance')) {
    heading('conformance vectors');
    tallies.push(await runConformance(root));
    if (!fast) {
      heading('acceptance');
      tallies.push(await runAcceptance(root, { peers: peersFolder() }));
    }
  }
  return end(tallies, started);
}

async function tests(part, peerCount) {
  heading('tests');
  const { tally, interop } = await runVitest(root, part);
  if (part === 'all' || part === 'interop') {
    const ran = interop.passed + interop.failed;
    process.stdout.write(`interop: ${ran} of ${ran + interop.skipped} cases ran, with ${peerCount} peers\n`);
  }
  return tally;
}

/** A program of the project: its own count when its output ends in one, else one failure when it fails. */
async function program(name, args) {
  heading(name);
  const { code, stdout } = await stream(process.execPath, args, { cwd: root });
  return withExit(readLine(stdout), code, name);
}

function end(tallies, started) {
  const total = sum([nothing(), ...tallies]);
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(`\nended after ${Math.floor(seconds / 60)} min ${seconds % 60} s\n${failuresOf(total)}${lineOf(total)}\n`);
  return total.failed === 0 ? 0 : 1;
}

function heading(text) {
  process.stdout.write(`\n== ${text}\n`);
}

function readOptions() {
  const { values } = parseArgs({ options: { fast: { type: 'boolean', default: false }, only: { type: 'string' } } });
  if (values.only === undefined || PARTS.includes(values.only)) return values;
  process.stderr.write(`--only takes one of ${PARTS.join(', ')}\n`);
  process.exit(2);
}
