/** The engines as WebAssembly against the same engines built natively: they say the same, word for word. */
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { builtEngines } from '../../scripts/engines/place.mjs';
import { createEvaluator } from '../../src/engines/index.ts';
import type { Answer } from '../../src/policy/language/evaluator.ts';
import { inputText, PAIRS } from './pairs.ts';

const evaluator = createEvaluator();
afterAll(() => evaluator.close());

interface NativeAnswer {
  readonly value?: unknown;
  readonly error?: string;
}
interface NativeLine {
  readonly compiled: { readonly fault?: { readonly message: string; readonly line?: number; readonly column?: number } };
  readonly answers: readonly NativeAnswer[];
}

/** Asks the native program about policies and their inputs, each policy freshly compiled. */
function askNative(
  native: string,
  asked: readonly { readonly program: object; readonly inputs: readonly string[] }[],
): readonly NativeLine[] {
  const { status, stdout, stderr } = spawnSync(native, { input: asked.map((line) => JSON.stringify(line)).join('\n'), encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function answerOf({ value, error }: NativeAnswer): Answer {
  return error === undefined ? { value } : { error };
}

const TEXTS = [
  ['cue', 'a: {', 'a: b', 'a: 1\na: 2', 'import "nothing"', 'import "list"\nlist.Nothing', 'a: "', '#!'],
  [
    'rego',
    'package p\nx {',
    'package',
    '',
    'package p\nx { y }',
    'package p\nx { foo() }',
    'package p\nx { http.send({}) }',
    'package p\nimport future.keywords.every\nx if true',
  ],
] as const;

describe.runIf(builtEngines(['native']) !== undefined)('as WebAssembly and natively', () => {
  const native = builtEngines(['native'])?.native ?? '';

  test('every pair of policy and input has the same answer', async () => {
    const asked = PAIRS.map(({ text, inputs }) => ({ program: text, inputs: inputs.map(inputText) }));
    const said = askNative(native, asked);
    const asWasm = await Promise.all(
      PAIRS.map(async ({ text, inputs }) => {
        const program = await evaluator.compile(text);
        return Promise.all(inputs.map((input) => program.evaluate(inputText(input))));
      }),
    );
    let pairs = 0;
    const kinds = new Set<string>();
    for (const [i, { name, text, inputs }] of PAIRS.entries()) {
      expect(said[i]?.compiled, `${text.language}: ${name}`).toEqual({});
      for (const [j, answer] of (asWasm[i] ?? []).entries()) {
        expect(answer, `${text.language}: ${name}: ${inputText(inputs[j])}`).toEqual(answerOf(said[i]?.answers[j] ?? {}));
        kinds.add(`${text.language} ${'error' in answer ? 'error' : JSON.stringify(answer.value)?.slice(0, 5)}`);
        pairs++;
      }
    }
    expect(pairs).toBeGreaterThan(100);
    // the table is worth something only when both languages say all that they can say
    for (const kind of ['cue true', 'cue error', 'rego true', 'rego error', 'rego false', 'rego undefined']) expect(kinds).toContain(kind);
  }, 120_000);

  test.each(TEXTS.flatMap(([language, ...sources]) => sources.map((source) => [language, source] as const)))(
    'what does not compile: %s %j',
    async (language, source) => {
      const text =
        language === 'cue'
          ? ({ language, source, mode: 'unify' } as const)
          : ({ language, source, query: 'data.p.x', version: 'v0' } as const);
      const fault = askNative(native, [{ program: text, inputs: [] }])[0]?.compiled.fault;
      expect(fault).toBeDefined();
      const { message = '', line, column } = fault ?? {};
      await expect(evaluator.compile(text)).rejects.toMatchObject({
        code: 'policy-invalid',
        message: expect.stringContaining(message),
        at: line === undefined ? {} : { line, column },
      });
    },
  );
});
