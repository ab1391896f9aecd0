import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from '../cli/harness.ts';
import { fillApp, fillFolder, shelfOf } from './corpus.ts';
import { fillPolicies } from './policies.ts';
import { linesMatch, parseTranscript, type Step } from './session.ts';

let registry: TestRegistry;
let folder = '';

beforeAll(async () => {
  registry = await startRegistry();
  fillApp(shelfOf(registry, 'app'));
  folder = mkdtempSync(join(tmpdir(), 'assay-transcripts-'));
  await fillFolder(folder, registry);
  await fillPolicies(folder, registry.host);
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

for (const name of readdirSync(import.meta.dirname).filter((f) => f.endsWith('.txt'))) {
  describe(name.slice(0, -4), () => {
    for (const step of parseTranscript(readFileSync(join(import.meta.dirname, name), 'utf8'))) {
      test(`${name}:${step.line} assay ${step.argv.join(' ')}`, () => play(step));
    }
  });
}

async function play(step: Step): Promise<void> {
  registry.faults.clear();
  registry.faults.add(...step.faults);
  const argv = step.argv.map((word) => word.replaceAll('REGISTRY', registry.host).replaceAll('FOLDER', folder));
  // A home of its own for every command: what one command cached must not serve the next.
  const home = mkdtempSync(join(folder, 'home-'));
  const { stdout, stderr, exit } = await assay(argv, { env: Object.fromEntries(step.env), cwd: folder, home, tty: step.tty });
  const actual = { stdout: linesOf(stdout.toString()), stderr: linesOf(stderr), exit };
  const same = linesMatch(step.stdout, actual.stdout) && linesMatch(step.stderr, actual.stderr);
  // Compared as a whole only when it differs, so that the difference is shown.
  if (!same || exit !== step.exit) expect(actual).toEqual({ stdout: step.stdout, stderr: step.stderr, exit: step.exit });
}

function linesOf(text: string): readonly string[] {
  const lines = text.replaceAll(registry.host, 'REGISTRY').replaceAll(folder, 'FOLDER').replaceAll('\u001b', '<ESC>').split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
