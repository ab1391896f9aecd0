/** Policies that take too much are ended, and nobody else notices. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createEvaluator, type EvaluatorOptions } from '../../src/engines/index.ts';
import { engineFiles } from '../../src/engines/location.ts';
import { LIMITS } from '../../src/limits.ts';
import { cueText } from '../../src/policy/language/cue.ts';
import type { Evaluator, Program, ProgramText } from '../../src/policy/language/evaluator.ts';
import { regoText } from '../../src/policy/language/rego.ts';
import { BOMB_INPUT, BOMBS, RUNAWAY_INPUT, RUNAWAYS } from './texts.ts';

const MiB = 1024 * 1024;
const open: Evaluator[] = [];
afterEach(() => Promise.all(open.splice(0).map((evaluator) => evaluator.close())));

function make(options: EvaluatorOptions): Evaluator {
  const evaluator = createEvaluator(options);
  open.push(evaluator);
  return evaluator;
}

/** A program of the same kind of worker that any input passes. */
function harmless(language: ProgramText['language']): ProgramText {
  const texts: Record<ProgramText['language'], ProgramText> = {
    cue: cueText('a?: int\n'),
    rego: regoText('package sigstore\nisCompliant { input == input }\n'),
    cel: { language: 'cel', source: 'true', variables: [] },
  };
  return texts[language];
}

/** Has both threads started and the program compiled in them. */
async function warm(program: Program): Promise<void> {
  await Promise.all(Array.from({ length: 20 }, () => program.evaluate('{}')));
}

/** Runs one evaluation after the other until the promise is settled, and says how many. */
async function meanwhile(promise: Promise<unknown>, program: Program): Promise<number> {
  let over = false;
  const settled = promise.then(
    () => true,
    () => true,
  );
  void settled.then(() => {
    over = true;
  });
  let count = 0;
  while (!over) {
    expect(await program.evaluate('{}')).toEqual({ value: true });
    count++;
  }
  return count;
}

describe.each([...RUNAWAYS])('a %s policy that does not end', (_name, text) => {
  test('is stopped within its deadline while others go on, and the next evaluation is as if nothing had been', async () => {
    const evaluationMs = 2_000;
    const evaluator = make({ evaluationMs });
    const [runaway, other] = [await evaluator.compile(text), await evaluator.compile(harmless(text.language))];
    await warm(other);
    const started = performance.now();
    const stopped = runaway.evaluate(RUNAWAY_INPUT);
    const refused = expect(stopped).rejects.toMatchObject({ code: 'policy-unevaluable', message: expect.stringContaining('in time') });
    expect(await meanwhile(stopped, other)).toBeGreaterThan(3);
    await refused;
    // its thread may have to start and to compile the text before the time of the evaluation runs
    expect(performance.now() - started).toBeLessThan(evaluationMs + 10_000);
    expect(await runaway.evaluate(JSON.stringify({ size: 0, n: [] }).replace('"n":[]', '"n":[0]'))).toBeDefined();
    expect(await other.evaluate('{}')).toEqual({ value: true });
  });
});

test('several runaways at a time leave a thread to the others once one of them is known', async () => {
  const evaluator = make({ evaluationMs: 1_000 });
  const text = RUNAWAYS.get('cel') ?? harmless('cel');
  const [runaway, other] = [await evaluator.compile(text), await evaluator.compile(harmless('cel'))];
  await expect(runaway.evaluate(RUNAWAY_INPUT)).rejects.toMatchObject({ code: 'policy-unevaluable' });
  await warm(other);
  const several = Promise.allSettled([1, 2, 3].map(() => runaway.evaluate(RUNAWAY_INPUT)));
  expect(await meanwhile(several, other)).toBeGreaterThan(3);
  for (const { status } of await several) expect(status).toBe('rejected');
});

describe.each([...BOMBS])('a policy that allocates without end: %s', (_name, text) => {
  test('is stopped, the memory of the process stays bounded, and is given back', async () => {
    const memoryBytes = 160 * MiB;
    const evaluator = make({ evaluationMs: 8_000, memoryBytes });
    const [bomb, other] = [await evaluator.compile(text), await evaluator.compile(harmless(text.language))];
    await other.evaluate('{}');
    const before = process.memoryUsage.rss();
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 5);
    try {
      const answer = await bomb.evaluate(BOMB_INPUT).catch((error: unknown) => error);
      // an engine may notice by itself that a text cannot be that long
      if (answer instanceof Error) expect(answer).toMatchObject({ code: 'policy-unevaluable' });
      else expect(answer).toMatchObject({ error: expect.any(String) });
    } finally {
      clearInterval(timer);
    }
    // one engine that is full, another one that starts, and what the collector of this process has not got to yet
    expect((most - before) / MiB).toBeLessThan((2 * memoryBytes) / MiB + 100);
    expect(await other.evaluate('{}')).toEqual({ value: true });
  }, 60_000);
});

test('a text that allocates without end while it is compiled', async () => {
  const evaluator = make({ memoryBytes: 160 * MiB });
  const text = cueText('import "strings"\nx: strings.Repeat("0123456789", 100000000)\ny: strings.Contains(x, "a") & true\n');
  await expect(evaluator.compile(text)).rejects.toMatchObject({ code: 'policy-unevaluable', message: expect.stringContaining('memory') });
  expect(await (await evaluator.compile(harmless('cue'))).evaluate('{}')).toEqual({ value: true });
});

test('more programs than a worker keeps compiled are all there', async () => {
  const evaluator = make({ workers: 1 });
  const count = LIMITS.preparedPrograms + 20;
  const programs = await Promise.all(
    Array.from({ length: count }, (_, i) => evaluator.compile({ language: 'cel', source: `n + ${i}`, variables: ['n'] })),
  );
  for (const round of [1, 2]) {
    const answers = await Promise.all(programs.map((program) => program.evaluate(`{"n":${round}}`)));
    expect(answers).toEqual(programs.map((_, i) => ({ value: round + i })));
  }
});

describe('the sizes', () => {
  test('an input that is too long is not given to an engine', async () => {
    const evaluator = make({ inputBytes: 100 });
    const program = await evaluator.compile(harmless('rego'));
    expect(await program.evaluate(JSON.stringify('é'.repeat(49)))).toEqual({ value: true });
    await expect(program.evaluate(JSON.stringify('é'.repeat(50)))).rejects.toMatchObject({ code: 'policy-unevaluable' });
    expect(await program.evaluate('{}')).toEqual({ value: true });
  });

  test.each<readonly [string, ProgramText]>([
    ['rego', { language: 'rego', version: 'v0', query: 'data.p.x', source: 'package p\nx = input.x\n' }],
    ['cel', { language: 'cel', source: 'x', variables: ['x'] }],
    ['cue', cueText('x: string\n')],
  ])('an answer that is too long is not read: %s', async (language, text) => {
    const evaluator = make({ outputBytes: 1_000 });
    const program = await evaluator.compile(text);
    const long =
      language === 'cue'
        ? JSON.stringify(Object.fromEntries([['x', { ['y'.repeat(2_000)]: 1 }]]))
        : JSON.stringify({ x: 'x'.repeat(2_000) });
    if (language === 'cue') {
      const named = await evaluator.compile(cueText(`x: ["${'y'.repeat(1_500)}"]: string\n`));
      await expect(named.evaluate(JSON.stringify({ x: { ['y'.repeat(1_500)]: 1 } }))).rejects.toMatchObject({ code: 'policy-unevaluable' });
    } else
      await expect(program.evaluate(long)).rejects.toMatchObject({
        code: 'policy-unevaluable',
        message: expect.stringContaining('more than 1000'),
      });
    expect(await program.evaluate('{"x":"y"}')).toEqual({ value: language === 'cue' ? true : 'y' });
  });

  test('a large input is evaluated', async () => {
    const evaluator = make({ evaluationMs: 60_000 });
    const components = Array.from({ length: 5_000 }, (_, i) => ({
      type: 'library',
      name: `package-${i}`,
      version: `1.0.${i}`,
      purl: `pkg:npm/package-${i}@1.0.${i}`,
    }));
    const input = JSON.stringify({ predicate: { components } });
    const programs = await Promise.all([
      evaluator.compile(cueText('predicate: components: [...{name: !="package-5000"}]\n')),
      evaluator.compile(
        regoText('package sigstore\nisCompliant { count([c | c := input.predicate.components[_]; c.name == "package-4999"]) == 1 }\n'),
      ),
      evaluator.compile({
        language: 'cel',
        source: 'predicate.components.exists_one(c, c.name == "package-4999")',
        variables: ['predicate'],
      }),
    ]);
    for (const program of programs) expect(await program.evaluate(input)).toEqual({ value: true });
  }, 120_000);

  test.each(['cue', 'rego', 'cel'] as const)(
    'values that are nested deeply break nothing: %s',
    async (language) => {
      const evaluator = make({ evaluationMs: 20_000 });
      const program = await evaluator.compile(harmless(language));
      const deep = `{"a0":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
      await program.evaluate(deep).catch((error: unknown) => expect(error).toMatchObject({ code: 'policy-unevaluable' }));
      expect(await program.evaluate('{}')).toEqual({ value: true });
    },
    60_000,
  );
});

test('an evaluation that is cancelled ends at once, before and while it runs, and takes nothing with it', async () => {
  const evaluator = make({ evaluationMs: 2_000, workers: 1 });
  const runaway = await evaluator.compile(RUNAWAYS.get('cel') ?? harmless('cel'));
  const other = await evaluator.compile(harmless('cel'));
  const [running, waiting] = [new AbortController(), new AbortController()];
  const first = runaway.evaluate(RUNAWAY_INPUT, running.signal);
  const second = other.evaluate('{}', waiting.signal);
  running.abort();
  waiting.abort();
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  await expect(other.evaluate('{}', AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  expect(await other.evaluate('{}')).toEqual({ value: true });
});

test('closing refuses what runs, what waits and what comes', async () => {
  const evaluator = make({ workers: 1 });
  const runaway = await evaluator.compile(RUNAWAYS.get('cel') ?? harmless('cel'));
  const [running, waiting] = [runaway.evaluate(RUNAWAY_INPUT), runaway.evaluate('{"n":[]}')];
  const refused = Promise.all([running, waiting].map((promise) => expect(promise).rejects.toMatchObject({ code: 'cancelled' })));
  await evaluator.close();
  await refused;
  await expect(runaway.evaluate('{"n":[]}')).rejects.toMatchObject({ code: 'cancelled' });
});

test('engines that were not built are named, with the way to get them; CEL needs none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-engines-test-'));
  try {
    const evaluator = make({ files: { ...engineFiles(), engines: join(folder, 'engines.wasm') } });
    for (const language of ['cue', 'rego'] as const) {
      await expect(evaluator.compile(harmless(language))).rejects.toMatchObject({
        code: 'engine-missing',
        hint: expect.stringContaining('node scripts/engines.mjs'),
      });
    }
    expect(await (await evaluator.compile(harmless('cel'))).evaluate('{}')).toEqual({ value: true });
    expect(() => engineFiles(folder)).toThrow(expect.objectContaining({ code: 'engine-missing' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
