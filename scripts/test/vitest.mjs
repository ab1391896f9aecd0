// Runs vitest and counts what it did.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stream } from '../command.mjs';
import { nothing, sum, withExit } from './tally.mjs';

/** How many of the slowest files are named. */
const SHOWN = 25;

/** Where the tests that talk to real peers stand. */
const INTEROP = 'test/interop';

/**
 * What takes minutes and says nothing about another version of Node: crowds, killed and concurrent processes, key services, runaway policies, the engines against their
 * native builds, the demo.
 */
const SLOW = [
  'test/hostile/concurrent-writes.test.ts',
  'test/hostile/copy-killed.test.ts',
  'test/hostile/crowd.test.ts',
  'test/hostile/large-files.test.ts',
  'test/hostile/many.test.ts',
  'test/kms/**',
  'test/engines/bounds.test.ts',
  'test/engines/native.test.ts',
  'scripts/demo/**',
  'scripts/engines/**',
];

/**
 * @param {string} root
 * @param {'all' | 'unit' | 'fast' | 'interop'} part `fast`: `unit` without what is slow
 * @returns {Promise<{ tally: import('./tally.mjs').Tally, interop: import('./tally.mjs').Tally }>} `interop` is a part of `tally`
 */
export async function runVitest(root, part) {
  const scratch = mkdtempSync(join(tmpdir(), 'assay-vitest-'));
  const report = join(scratch, 'report.json');
  const without = (...globs) => globs.flatMap((glob) => ['--exclude', glob]);
  const peers = `${INTEROP}/**`;
  const which = { all: [], unit: without(peers), fast: without(peers, ...SLOW), interop: [INTEROP] }[part];
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...which,
  ];
  try {
    const { code } = await stream(process.execPath, args, { cwd: root });
    const files = readReport(report);
    showSlowest(files, root);
    const interop = files.filter(({ name }) => name.includes(`/${INTEROP}/`));
    return {
      tally: withExit(sum(files.map((file) => tallyOf(file, root))), code, 'vitest'),
      interop: sum(interop.map((file) => tallyOf(file, root))),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch {
    return [];
  }
}

/** A file that could not be loaded has no cases, and is one failure. */
function tallyOf({ name, status, assertionResults, message }, root) {
  const tally = nothing();
  const file = relative(root, name);
  for (const result of assertionResults) {
    const kind = { passed: 'passed', failed: 'failed' }[result.status] ?? 'skipped';
    tally[kind] += 1;
    if (kind === 'failed') tally.failures = [...tally.failures, `${file}: ${result.fullName}: ${firstLine(result.failureMessages?.[0])}`];
  }
  return status === 'failed' ? withExit(tally, 1, `${file}: ${firstLine(message)}`) : tally;
}

/** The text of tests and of what failed them goes into one line of a log. */
function firstLine(text) {
  return (text ?? '').split('\n', 1)[0].slice(0, 300);
}

/** Where the minutes go, so that a suite that grows slow is seen to. */
function showSlowest(files, root) {
  const timed = files.map(({ name, startTime, endTime }) => ({ file: relative(root, name), seconds: (endTime - startTime) / 1000 }));
  timed.sort((a, b) => b.seconds - a.seconds);
  const rows = timed.slice(0, SHOWN).map(({ file, seconds }) => `  ${seconds.toFixed(1).padStart(6)} s  ${file}\n`);
  process.stdout.write(`slowest files:\n${rows.join('')}`);
}
