import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/io.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from '../cli/harness.ts';
import { fillApp, fillFolder, shelfOf } from './corpus.ts';
import { fillPolicies } from './policies.ts';
import { linesMatch, parseTranscript, type Step } from './session.ts';
import { fillToSign } from './signing.ts';

/** Sessions that change what they find: each begins with images that nobody has signed. */
const WRITING: ReadonlySet<string> = new Set(['sign.txt', 'attest.txt', 'attach.txt', 'move.txt', 'keys.txt']);

interface World {
  readonly registry: TestRegistry;
  readonly folder: string;
}

for (const name of readdirSync(import.meta.dirname).filter((f) => f.endsWith('.txt'))) {
  describe(name.slice(0, -4), () => {
    let world: World;
    beforeAll(async () => {
      world = await createWorld(WRITING.has(name));
    });
    afterAll(async () => {
      await world.registry.close();
      rmSync(world.folder, { recursive: true });
    });
    for (const step of parseTranscript(readFileSync(join(import.meta.dirname, name), 'utf8')))
      test(`${name}:${step.line} assay ${step.argv.join(' ')}`, () => play(step, world));
  });
}

async function createWorld(writes: boolean): Promise<World> {
  const registry = await startRegistry();
  const folder = mkdtempSync(join(tmpdir(), 'assay-transcripts-'));
  if (writes) await fillToSign(registry, folder);
  else {
    fillApp(shelfOf(registry, 'app'));
    await fillFolder(folder, registry);
    await fillPolicies(folder, registry.host);
  }
  return { registry, folder };
}

async function play(step: Step, { registry, folder }: World): Promise<void> {
  registry.faults.clear();
  registry.faults.add(...step.faults);
  const argv = step.argv.map((word) => word.replaceAll('REGISTRY', registry.host).replaceAll('FOLDER', folder));
  // A home of its own for every command: what one command cached must not serve the next.
  const home = mkdtempSync(join(folder, 'home-'));
  const { stdin, tty } = step;
  const terminal = step.answers.length === 0 ? {} : { terminal: personWith(step.answers) };
  const { stdout, stderr, exit } = await assay(argv, { env: Object.fromEntries(step.env), cwd: folder, home, tty, stdin, ...terminal });
  const linesOf = (text: string): readonly string[] => shownLines(text, registry.host, folder, home);
  const actual = { stdout: linesOf(stdout.toString()), stderr: linesOf(stderr), exit };
  const same = linesMatch(step.stdout, actual.stdout) && linesMatch(step.stderr, actual.stderr);
  // Compared as a whole only when it differs, so that the difference is shown.
  if (!same || exit !== step.exit) expect(actual).toEqual({ stdout: step.stdout, stderr: step.stderr, exit: step.exit });
}

function personWith(answers: readonly string[]): Terminal {
  const rest = [...answers];
  return { line: async () => rest.shift(), secret: async () => Buffer.from(rest.shift() ?? '') };
}

function shownLines(text: string, host: string, folder: string, home: string): readonly string[] {
  const named = text.replaceAll(host, 'REGISTRY').replaceAll(home, 'HOME').replaceAll(folder, 'FOLDER').replaceAll('\u001b', '<ESC>');
  const lines = named.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
