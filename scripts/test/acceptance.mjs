// The independent judge: 'acceptance' cases against registries and real peers, and the Sigstore conformance vectors.
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, stream } from '../command.mjs';
import { sharedFolder } from './shared.mjs';
import { nothing, withExit } from './tally.mjs';

/** Vectors whose key file holds no key at all: asking with it is misuse, and any other vector that ends so was asked wrongly. */
const NO_KEY = new Set(['managed-key-wrong-key_fail']);

const GOOD = new Set(['ok', 'n/a']);

/**
 * Runs the judge over the built executable.
 * @param {string} root
 * @param {{ peers: string, only?: string, report?: string }} options folder of the peers; a regular expression on ids; where to keep the judge's JSON
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
export async function runAcceptance(root, options) {
  const judge = sharedFolder(root, 'acceptance');
  if (!judge.present) return absent('acceptance cases', judge.path);
  const scratch = mkdtempSync(join(tmpdir(), 'assay-acceptance-'));
  try {
    const report = options.report ?? join(scratch, 'results.json');
    const only = options.only === undefined ? [] : ['--only', options.only];
    const args = [
      // it asks whether it is the program by its path, links resolved
      realpathSync(join(judge.path, 'judge.mjs')),
      '--client',
      'assay',
      '--cmd',
      `${process.execPath} bin/assay.js`,
      '--out',
      join(scratch, 'corpus'),
      '--json',
      report,
      ...only,
    ];
    // certificates of the machine would cost every start of Node that is measured 27 ms
    const { code, stderr } = await stream(process.execPath, args, {
      cwd: root,
      env: { PEERS: options.peers, NODE_EXTRA_CA_CERTS: undefined },
    });
    const results = readResults(report);
    if (results === undefined) process.stdout.write(`the judge did not finish (exit ${code}): ${stderr.trim().split('\n').at(-1)}\n`);
    return results === undefined ? withExit(undefined, 1, 'the acceptance judge') : count(results);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What could not be asked counts as skipped; everything else is right or wrong. */
function count(results) {
  const tally = nothing();
  for (const result of results) {
    if (result.verdict === 'n/a') tally.skipped += 1;
    else tally[result.verdict === 'ok' ? 'passed' : 'failed'] += 1;
    if (GOOD.has(result.verdict)) continue;
    tally.failures = [...tally.failures, `acceptance ${result.id}: ${result.says}`];
    explain(result);
  }
  process.stdout.write(`acceptance: ${tally.passed} right, ${tally.failed} wrong, ${tally.skipped} not asked\n`);
  return tally;
}

function explain({ id, says, expect, got, outcome, exit, problems, argv, stderr }) {
  const lines = [
    `wrong: ${id}: ${says}`,
    `wanted ${expect}, got ${got} ${outcome ?? ''} (exit ${exit}) ${(problems ?? []).join('; ')}`,
    argv?.join(' ') ?? '',
  ];
  process.stdout.write(`${[...lines, ...(stderr ?? '').trim().split('\n').slice(0, 4)].join('\n    ')}\n`);
}

function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Runs the Sigstore conformance vectors, each with the artifact's file and with its digest alone.
 * @param {string} root
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
export async function runConformance(root) {
  const judge = sharedFolder(root, 'acceptance/conformance.mjs');
  const vectors = sharedFolder(root, 'vectors/sigstore');
  if (!judge.present || !vectors.present) return absent('conformance vectors', judge.present ? vectors.path : judge.path);
  const scratch = mkdtempSync(join(tmpdir(), 'assay-conformance-'));
  try {
    const entry = join(scratch, 'assay');
    writeFileSync(entry, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/assay.js')}' "$@"\n`);
    chmodSync(entry, 0o755);
    const args = [judge.path, entry, join(vectors.path, 'bundle-verify'), join(vectors.path, 'trusted_root.json'), '--json'];
    const { code, stdout, stderr } = await capture(process.execPath, args, { cwd: root, env: { NODE_EXTRA_CA_CERTS: undefined } });
    return countVectors(code, stdout, stderr);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function countVectors(code, stdout, stderr) {
  const tally = nothing();
  const rows = stdout.trim() === '' ? [] : JSON.parse(stdout);
  for (const { vector, mode, want, got, exit, err } of rows) {
    // a crash or misuse rejects as well, for no reason that counts
    const right = want === got && (got === 'accept' || exit === 1 || exit === 3 || (exit === 2 && NO_KEY.has(vector)));
    tally[right ? 'passed' : 'failed'] += 1;
    if (right) continue;
    tally.failures = [...tally.failures, `conformance ${vector} by ${mode.toLowerCase()}`];
    process.stdout.write(`WRONG ${vector} by ${mode.toLowerCase()}: wanted ${want}, got ${got} (exit ${exit}) ${err}\n`);
  }
  if (rows.length === 0) process.stdout.write(stderr);
  process.stdout.write(`conformance: ${tally.passed} of ${rows.length} vectors right\n`);
  return withExit(tally, rows.length === 0 ? Math.max(code, 1) : 0, 'conformance');
}

function absent(what, path) {
  process.stdout.write(`skipped: ${what}, ${path} is not there\n`);
  return { ...nothing(), skipped: 1 };
}
