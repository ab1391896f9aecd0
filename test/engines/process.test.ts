/** What only a process of its own shows: that it ends when it is done, and what it writes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineFiles } from '../../src/engines/location.ts';

const ROOT = join(import.meta.dirname, '../..');
let folder: string;
let bundle: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-engines-process-'));
  bundle = join(folder, 'engines.mjs');
  await build({
    entryPoints: [join(ROOT, 'src/engines/index.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs statements that have an evaluator `e` and two texts, `rego` and `runaway`. */
function run(statements: string): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
} {
  const file = join(folder, 'main.mjs');
  writeFileSync(
    file,
    `import { createEvaluator } from './engines.mjs';
const e = createEvaluator({ files: ${JSON.stringify(engineFiles())}, evaluationMs: 1500 });
const rego = { language: 'rego', version: 'v0', query: 'data.p.x', source: 'package p\\nx { input.ok }' };
const runaway = { language: 'rego', version: 'v0', query: 'data.p.x', source: 'package p\\nn := numbers.range(1, 3000)\\nx { count([1 | n[a]; n[b]; n[c]; a + b + c < 0]) == 1 }' };
${statements}
`,
  );
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr, ms: performance.now() - started };
}

test('a process that evaluated ends by itself, without closing anything, and nothing warns', () => {
  const { status, stdout, stderr } = run(
    `const p = await e.compile(rego); console.log(JSON.stringify(await Promise.all([p.evaluate('{"ok":true}'), p.evaluate('{}')])));`,
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '[{"value":true},{}]\n', stderr: '' });
}, 60_000);

test('a process waits for what it asked, and a policy that is stopped leaves nothing behind', () => {
  const { status, stdout, stderr } = run(
    `(await e.compile(runaway)).evaluate('{}').then(console.log, (error) => console.log(error.code));`,
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'policy-unevaluable\n', stderr: '' });
}, 60_000);

test('a process that is told to end does not wait for a policy', () => {
  const { status, stdout } = run(
    `const p = await e.compile(runaway); const said = p.evaluate('{}').catch((error) => error.code); await e.close(); console.log(await said); process.exit(7);`,
  );
  expect({ status, stdout }).toEqual({ status: 7, stdout: 'cancelled\n' });
}, 60_000);
