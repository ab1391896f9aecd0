/** Every language through the evaluator, as the policies use it. */
import { afterAll, describe, expect, test } from 'vitest';
import { createEvaluator } from '../../src/engines/index.ts';
import { LIMITS } from '../../src/limits.ts';
import { cosignCueText, cueFailure, cueText, evaluateCosignCue, evaluateCue } from '../../src/policy/language/cue.ts';
import type { ProgramText } from '../../src/policy/language/evaluator.ts';
import { cosignRegoText, evaluateCosignRego, evaluateRego, regoFailure, regoText } from '../../src/policy/language/rego.ts';
import { CEL_WANTS_TRIVY, cyclonedx, REGO_WANTS_TRIVY, WANTS_TRIVY } from './texts.ts';

const evaluator = createEvaluator();
afterAll(() => evaluator.close());

describe('CUE', () => {
  test('the classic example is denied in the words that users know', async () => {
    const program = await evaluator.compile(cueText(WANTS_TRIVY));
    const verdict = await evaluateCue(program, cyclonedx('syft'));
    expect(verdict.result === 'fail' && cueFailure('must-have-cyclonedx', verdict.message)).toBe(
      'failed evaluating cue policy for must-have-cyclonedx: failed to evaluate the policy with error: predicate.metadata.tools.0.name: conflicting values "syft" and "trivy"',
    );
    expect(await evaluateCue(program, cyclonedx('trivy'))).toEqual({ result: 'pass' });
  });

  test('a field that the input lacks is no error, unless cosign is asked and the field is required', async () => {
    expect(await evaluateCue(await evaluator.compile(cueText('predicate: builder: string\n')), '{}')).toEqual({ result: 'pass' });
    const required = 'predicate: builder!: string\n';
    expect(await evaluateCue(await evaluator.compile(cueText(required)), '{}')).toEqual({ result: 'pass' });
    expect(await evaluateCosignCue(await evaluator.compile(cosignCueText(required)), '{}')).toEqual({
      result: 'fail',
      message: 'predicate.builder: field is required but not present',
    });
  });

  test('an input that is CUE and not JSON is none', async () => {
    const program = await evaluator.compile(cueText('a: 1\n'));
    for (const input of ['a: 1', '{a: 1}', '{"a": 0x1}', '{"a": 1,}', '{"a": 1} {"b": 2}', '', '// x\n{}']) {
      expect(await program.evaluate(input), input).toEqual({ error: 'the input is no JSON' });
    }
  });

  test('texts of JSON arrive as they are', async () => {
    const text = 'quote " backslash \\ slash / \u0000 \u2028 😀 \\(1+1) #"raw"# \u007f';
    const program = await evaluator.compile(
      cueText(`a: ${'"'}${String.raw`quote \" backslash \\ slash / \u0000 \u2028 😀 \\(1+1) #\"raw\"# \u007f`}"`),
    );
    const escaped = `{"a":"${[...text].map((c) => [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')).join('')}"}`;
    expect(await program.evaluate(JSON.stringify({ a: text }))).toEqual({ value: true });
    expect(JSON.parse(escaped)).toEqual({ a: text });
    expect(await program.evaluate(escaped)).toEqual({ value: true });
  });
});

describe('Rego', () => {
  test('a set of answers', async () => {
    const program = await evaluator.compile(regoText(REGO_WANTS_TRIVY));
    const verdict = await evaluateRego(program, cyclonedx('syft'));
    expect(verdict.result === 'fail' && regoFailure('must-have-cyclonedx', verdict.message)).toBe(
      "failed evaluating rego policy for type must-have-cyclonedx: policy is not compliant for query 'isCompliant = data.sigstore.isCompliant' with errors: the SBOM was made by syft",
    );
    expect(await evaluateRego(program, cyclonedx('trivy'))).toEqual({ result: 'pass' });
  });

  test.each([
    ['true', 'isCompliant { input.ok }', { result: 'pass' }],
    ['a rule that holds with a default', 'default isCompliant = false\nisCompliant { input.ok }', { result: 'pass' }],
    ['a rule that does not hold', 'isCompliant { input.missing }', { result: 'fail' }],
    ['a default', 'default isCompliant = false\nisCompliant { input.missing }', { result: 'fail' }],
    ['a set with a warning', 'isCompliant[{"result": true, "warning": "old"}] { input.ok }', { result: 'pass', warning: 'warning: old' }],
    ['an empty set', 'isCompliant[{"result": true}] { input.missing }', { result: 'fail' }],
    ['a list', 'isCompliant = [{"result": false, "error": "x"}, {"result": true}] { input.ok }', { result: 'pass' }],
    ['an object', 'isCompliant = {"result": true} { input.ok }', { result: 'fail' }],
    ['a text', 'isCompliant = "true" { input.ok }', { result: 'fail' }],
    ['a set of texts', 'isCompliant["true"] { input.ok }', { result: 'fail' }],
    ['a function that fails', 'isCompliant { to_number("x") == 1 }', { result: 'fail' }],
  ])('%s', async (_name, rule, verdict) => {
    const program = await evaluator.compile(regoText(`package sigstore\n${rule}\n`));
    expect(await evaluateRego(program, '{"ok":true}')).toMatchObject(verdict);
  });

  test('two values of one rule are an error in the words of the engine', async () => {
    const program = await evaluator.compile(regoText('package sigstore\nisCompliant = x { x := input.all[_] }\n'));
    expect(await evaluateRego(program, '{"all":[true]}')).toEqual({ result: 'pass' });
    expect(await evaluateRego(program, '{"all":[true,false]}')).toMatchObject({
      result: 'fail',
      message: expect.stringContaining('eval_conflict_error: complete rules must not produce multiple outputs'),
    });
  });

  test("a package of another name is not policy-controller's", async () => {
    const program = await evaluator.compile(regoText('package other\nisCompliant { true }\n'));
    expect(await evaluateRego(program, '{}')).toMatchObject({ result: 'fail' });
  });

  test('cosign asks for allow', async () => {
    const program = await evaluator.compile(cosignRegoText('package signature\nallow { input.ok }\n'));
    expect(await evaluateCosignRego(program, '{"ok":true}')).toEqual({ result: 'pass' });
    expect(await evaluateCosignRego(program, '{"ok":false}')).toEqual({
      result: 'fail',
      message: "result is undefined for query 'data.signature.allow'",
    });
  });

  test('the syntax of v1 is there for those who ask for it', async () => {
    const text = { language: 'rego', query: 'data.p.ok', source: 'package p\nok if input.ok\n' } as const;
    expect(await (await evaluator.compile({ ...text, version: 'v1' })).evaluate('{"ok":true}')).toEqual({ value: true });
    await expect(evaluator.compile({ ...text, version: 'v0' })).rejects.toMatchObject({ code: 'policy-invalid' });
  });

  test('whole numbers keep their digits', async () => {
    const program = await evaluator.compile(regoText('package sigstore\nisCompliant { input.n == 9007199254740993 }\n'));
    expect(await program.evaluate('{"n":9007199254740993}')).toEqual({ value: true });
    expect(await program.evaluate('{"n":9007199254740992}')).toEqual({ value: undefined });
  });

  test('now is now, in any zone, without a file', async () => {
    const program = await evaluator.compile({
      language: 'rego',
      version: 'v0',
      query: 'data.p.now',
      source: 'package p\nnow := [time.now_ns() / 1000000, time.date([time.now_ns(), "Asia/Tokyo"])[0]]\n',
    });
    const before = Date.now();
    const answer = await program.evaluate('{}');
    const [now, year] = 'value' in answer && Array.isArray(answer.value) ? answer.value : [];
    expect(now).toBeGreaterThan(before - 2);
    expect(now).toBeLessThan(Date.now() + 2);
    expect(year).toBeGreaterThanOrEqual(new Date(before).getUTCFullYear());
  });

  test.each(['http.send({"method": "get", "url": "http://127.0.0.1/"})', 'net.lookup_ip_addr("localhost")'])(
    '%s is refused',
    async (call) => {
      await expect(evaluator.compile(regoText(`package sigstore\nisCompliant { ${call} }\n`))).rejects.toMatchObject({
        code: 'policy-invalid',
        message: expect.stringContaining('unsafe built-in function'),
      });
    },
  );

  test('the environment is not there to be read', async () => {
    const program = await evaluator.compile({
      language: 'rego',
      version: 'v0',
      query: 'data.p.r',
      source: 'package p\nr := opa.runtime()\n',
    });
    const answer = await program.evaluate('{}');
    expect(JSON.stringify(answer)).not.toMatch(/GOMEMLIMIT|PATH/);
  });
});

test('CEL', async () => {
  const program = await evaluator.compile(CEL_WANTS_TRIVY);
  expect(await program.evaluate(cyclonedx('trivy'))).toEqual({ value: true });
  expect(await program.evaluate(cyclonedx('syft'))).toEqual({ value: false });
  expect(await program.evaluate('{}')).toMatchObject({ error: expect.stringContaining('predicate') });
});

describe('a text that does not compile', () => {
  test.each<readonly [string, ProgramText, { readonly line: number; readonly column: number }]>([
    ['CUE, syntax', cueText('a: 1\nb: {\n'), { line: 2, column: 6 }],
    ['CUE, a name', cueText('a: 1\n\nb: c\n'), { line: 3, column: 4 }],
    ['CUE, a conflict', cueText('a: 1\na: 2\n'), { line: 1, column: 4 }],
    ['CUE, an import that is not there', cueText('import "example.com/x"\na: x.y\n'), { line: 1, column: 8 }],
    ['CUE, an import that is not used', cueText('import "strings"\na: 1\n'), { line: 1, column: 8 }],
    ['Rego, syntax', regoText('package sigstore\n\nisCompliant { ]\n'), { line: 3, column: 15 }],
    ['Rego, the end is missing', regoText('package sigstore\nisCompliant {'), { line: 2, column: 13 }],
    ['Rego, a function', regoText('package sigstore\nisCompliant {\n  foo(1)\n}\n'), { line: 3, column: 3 }],
    ['Rego, a type', regoText('package sigstore\nisCompliant { count(1) }\n'), { line: 2, column: 15 }],
    ['Rego, an unsafe variable', regoText('package sigstore\nisCompliant { x == y }\n'), { line: 2, column: 15 }],
    ['CEL, syntax', { language: 'cel', source: 'a +', variables: ['a'] }, { line: 1, column: 3 }],
    ['CEL, a name', { language: 'cel', source: 'a &&\n  nobody(a)', variables: ['a'] }, { line: 2, column: 3 }],
  ])('%s', async (_name, text, at) => {
    await expect(evaluator.compile(text)).rejects.toMatchObject({ code: 'policy-invalid', at: expect.objectContaining(at) });
  });

  test('nothing', async () => {
    await expect(evaluator.compile(regoText(''))).rejects.toMatchObject({ code: 'policy-invalid' });
    await expect(evaluator.compile({ language: 'cel', source: '', variables: [] })).rejects.toMatchObject({ code: 'policy-invalid' });
    expect(await (await evaluator.compile(cueText(''))).evaluate('{}')).toEqual({ value: true });
  });

  test.each(['cue', 'rego', 'cel'] as const)('one that is too long: %s', async (language) => {
    const source = 'x'.repeat(LIMITS.programBytes + 1);
    const text: ProgramText = { cue: cueText(source), rego: regoText(source), cel: { language: 'cel', source, variables: [] } as const }[
      language
    ];
    await expect(evaluator.compile(text)).rejects.toMatchObject({ code: 'policy-invalid' });
  });

  test('the worker goes on with the next text', async () => {
    await expect(evaluator.compile(cueText('a: {'))).rejects.toMatchObject({ code: 'policy-invalid' });
    expect(await (await evaluator.compile(cueText('a: 1'))).evaluate('{"a":1}')).toEqual({ value: true });
  });
});

describe('one evaluation knows nothing of another', () => {
  test('CUE: neither of the same program nor of others', async () => {
    const [one, other] = await Promise.all([
      evaluator.compile(cueText('a: int\nb?: int\n#D: {x: int}\n')),
      evaluator.compile(cueText('a: string\n')),
    ]);
    for (let i = 0; i < 20; i++) {
      expect(await one.evaluate(`{"a":1,"b":${i}}`)).toEqual({ value: true });
      expect(await one.evaluate('{"a":"x"}')).toMatchObject({ error: expect.stringContaining('a: conflicting values') });
      expect(await one.evaluate('{"a":2}')).toEqual({ value: true });
      expect(await other.evaluate('{"a":"x"}')).toEqual({ value: true });
    }
  });

  test('Rego: neither of the same program nor of others', async () => {
    const text = 'package sigstore\nisCompliant = x { x := input.v }\n';
    const [one, other] = await Promise.all([
      evaluator.compile(regoText(text)),
      evaluator.compile(regoText('package sigstore\nisCompliant { false }\n')),
    ]);
    for (let i = 0; i < 20; i++) {
      expect(await one.evaluate(`{"v":${i}}`)).toEqual({ value: i });
      expect(await one.evaluate('{}')).toEqual({ value: undefined });
      expect(await other.evaluate('{"v":1}')).toEqual({ value: undefined });
    }
  });

  test('many at the same time, of all languages, each gets its own answer', async () => {
    const programs = await Promise.all([
      evaluator.compile(cueText('n: >=500\n')),
      evaluator.compile(regoText('package sigstore\nisCompliant { input.n >= 500 }\n')),
      evaluator.compile({ language: 'cel', source: 'n >= 500', variables: ['n'] }),
    ]);
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, n) => Promise.all(programs.map((program) => program.evaluate(JSON.stringify({ n }))))),
    );
    for (const [n, said] of answers.entries()) {
      expect(
        said.map((answer) => 'value' in answer && answer.value === true),
        String(n),
      ).toEqual([n >= 500, n >= 500, n >= 500]);
    }
  });
});
