/** Engines that are not there, and policies that do not end, as the command line tells of them. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/limits.ts';
import { bomBy, imagePolicy, type JsonAnswer, type Lab, openLab, SIGNED } from './lab.ts';

const ROOT = join(import.meta.dirname, '../../..');
const WHERE = (where: string): string => `{attestation: {type: cyclonedx, by: ours, where: [${where}]}}`;

let lab: Lab;
beforeAll(async () => {
  lab = await openLab('engines');
  lab.image('bom', { boms: [bomBy('syft')] });
  lab.write('cue.yaml', imagePolicy('cue', WHERE('{cue: "predicate: bomFormat: string"}')));
  lab.write('rego.yaml', imagePolicy('rego', WHERE('{rego: "package sigstore\\nisCompliant := true"}')));
  lab.write('cel.yaml', imagePolicy('cel', WHERE('{cel: "true"}')));
  lab.write('plain.yaml', imagePolicy('plain', SIGNED));
});
afterAll(() => lab.close());

describe('a build without the engines', () => {
  let program = '';
  beforeAll(() => {
    program = join(lab.folder, 'product');
    mkdirSync(program);
    for (const part of ['bin', 'dist', 'package.json']) {
      const filter = (source: string): boolean => !source.endsWith('engines.wasm') && !source.endsWith('dist/types');
      cpSync(join(ROOT, part), join(program, part), { recursive: true, filter });
    }
    if (!existsSync(join(program, 'dist/engines/worker.cjs'))) throw new Error('the product is not built');
  });

  /** The program, as it is started. */
  function run(argv: readonly string[]): Promise<JsonAnswer> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(program, 'bin/assay.js'), ...argv, '--output', 'json'], {
        cwd: lab.folder,
        env: { PATH: process.env.PATH, HOME: lab.folder },
      });
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.on('error', reject);
      child.on('close', (exit) => resolve({ exit: exit ?? -1, json: JSON.parse(stdout) }));
    });
  }

  test.each(['cue.yaml', 'rego.yaml'])('says so for %s, and how to get them', async (file) => {
    const { exit, json } = await run(['policy', 'check', file]);
    expect(json.files[0].errors).toMatchObject([{ code: 'engine-missing', hint: expect.stringContaining('node scripts/engines.mjs') }]);
    expect(exit).toBe(1);
    const verified = await run(['verify', '--policy', file, lab.ref('bom')]);
    expect(verified).toMatchObject({
      exit: 2,
      json: { errors: [{ code: 'engine-missing', hint: expect.stringContaining('node scripts/engines.mjs') }] },
    });
  });

  test('needs none for CEL, nor for policies without a text', async () => {
    expect(await run(['policy', 'check', 'cel.yaml', 'plain.yaml'])).toMatchObject({
      exit: 0,
      json: { files: [{ errors: [] }, { errors: [] }] },
    });
  });
});

test('a Rego policy that does not end is a denial that is inconclusive, within its deadline', { timeout: 120_000 }, async () => {
  const text = 'package sigstore\nn := numbers.range(0, 100000)\nisCompliant := count([1 | a := n[_]; b := n[_]; a + b < 0]) == 1\n';
  lab.write('runaway.yaml', imagePolicy('runaway', WHERE(`{name: endless, rego: ${JSON.stringify(text)}}`)));
  const started = performance.now();
  const { exit, json } = await lab.askJson(['verify', '--policy', 'runaway.yaml', lab.ref('bom')]);
  expect(json).toMatchObject({ outcome: 'inconclusive', images: [{ decision: { verdict: 'deny' } }] });
  expect(JSON.stringify(json.images[0])).toContain('endless: the Rego policy cannot be evaluated: it was not evaluated in time');
  expect(exit).toBe(3);
  // the thread starts and compiles before the time of the evaluation runs
  expect(performance.now() - started).toBeLessThan(LIMITS.evaluationMs + LIMITS.programCompileMs + 20_000);
});
