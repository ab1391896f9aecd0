// Runs vitest and counts what it did.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stream } from '../command.mjs';
import { toRunAlone, withSecondRun } from './alone.mjs';
import { nothing, sum, withExit } from './tally.mjs';

/** How many of the slowest files are named. */
const SHOWN = 25;

/** Where the tests that talk to real peers stand. */
const INTEROP = 'test/interop';

/**
 * What can differ between versions of Node: its crypto and what is read and made with it (DER, X.509, keys, logs, timestamps), TLS and HTTP, streams, files and
 * locks, worker threads with WebAssembly, terminals and processes; besides each command's main path, and a hostile input of each sort. All that is beside the code,
 * and of `test` what is named here.
 *
 * Left out, because it says nothing about Node beyond that: documents, transcripts, README runs, schemas and the demo; tables of policies, languages and
 * predicates; forgeries, which the same checks over the same crypto stop; crowds, killed and concurrent processes, and services that lie, fail or hang in every way;
 * key services, whose SDKs and servers are others'; peers.
 */
const FAST = [
  'src/',
  'test/vectors/',
  'test/trust/commands.test.ts',
  'test/trust/tuf.test.ts',
  'test/trust/revocation/',
  'test/oci/blob-streams.test.ts',
  'test/oci/caches.test.ts',
  'test/oci/copy.test.ts',
  'test/oci/layout.test.ts',
  'test/oci/layout-writes.test.ts',
  'test/oci/registry-auth.test.ts',
  'test/oci/registry-faults.test.ts',
  'test/oci/registry-reach.test.ts',
  'test/oci/registry-reads.test.ts',
  'test/sign/forms.test.ts',
  'test/sign/fulcio.test.ts',
  'test/sign/notation.test.ts',
  'test/sign/oidc-interactive.test.ts',
  'test/sign/oidc-providers.test.ts',
  'test/sign/rekor.test.ts',
  'test/sign/tsa.test.ts',
  'test/cli/frame.test.ts',
  'test/cli/keys-terminal.test.ts',
  'test/cli/offline.test.ts',
  'test/cli/push.test.ts',
  'test/cli/sign.test.ts',
  'test/cli/verify.test.ts',
  'test/engines/evaluator.test.ts',
  'test/fuzz/decoders.test.ts',
  'test/hostile/evidence.test.ts',
  'test/hostile/inputs.test.ts',
  'test/hostile/move-files.test.ts',
  'test/hostile/sign-files.test.ts',
  'test/hostile/sign-secrets.test.ts',
  'scripts/build/',
];

/** Of what stands beside the code, what says nothing about Node either. */
const NOT_FAST = ['src/policy/**', 'src/trust/**/peers.test.ts'];

/**
 * @param {string} root
 * @param {'all' | 'unit' | 'fast' | 'interop'} part `fast`: of `unit`, what another version of Node can change
 * @returns {Promise<{ tally: import('./tally.mjs').Tally, interop: import('./tally.mjs').Tally }>} `interop` is a part of `tally`
 */
export async function runVitest(root, part) {
  const without = (...globs) => globs.flatMap((glob) => ['--exclude', glob]);
  const peers = `${INTEROP}/**`;
  const which = { all: [], unit: without(peers), fast: [...named(root, FAST), ...without(...NOT_FAST)], interop: [INTEROP] }[part];
  const { files, code, steadied } = await steadyRun(root, which);
  showSlowest(files, root);
  for (const { name, fullName } of steadied) process.stdout.write(`passed only alone: ${relative(root, name)}: ${firstLine(fullName)}\n`);
  const interop = files.filter(({ name }) => name.includes(`/${INTEROP}/`));
  return {
    tally: withExit(sum(files.map((file) => tallyOf(file, root))), code, 'vitest'),
    interop: sum(interop.map((file) => tallyOf(file, root))),
  };
}

/** A run, and another of the few files that failed in it, alone: others' load may have failed them. */
async function steadyRun(root, which) {
  const first = await run(root, which);
  const alone = first.code === 0 ? [] : toRunAlone(first.files, first.output);
  if (alone.length === 0) return { ...first, steadied: [] };
  process.stdout.write(`\n== again, alone: ${alone.map((name) => relative(root, name)).join(', ')}\n`);
  const second = await run(root, ['--no-file-parallelism', ...alone]);
  return { ...withSecondRun(first.files, second.files), code: second.code };
}

async function run(root, which) {
  const scratch = mkdtempSync(join(tmpdir(), 'assay-vitest-'));
  const report = join(scratch, 'report.json');
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
    const { code, stdout, stderr } = await stream(process.execPath, args, { cwd: root });
    return { code, files: readReport(report), output: stdout + stderr };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A file that was renamed would go unnoticed. */
function named(root, paths) {
  const gone = paths.filter((path) => !existsSync(join(root, path)));
  if (gone.length > 0) throw new Error(`the fast part names what is not there: ${gone.join(', ')}`);
  return paths;
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
