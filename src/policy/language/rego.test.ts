import { describe, expect, test } from 'vitest';
import { cosignRegoText, cosignRegoVerdict, evaluateRego, regoFailure, regoText, regoVerdict } from './rego.ts';

const QUERY = "'isCompliant = data.sigstore.isCompliant'";
const value = (of: unknown): { readonly value: unknown } => ({ value: of });

describe('isCompliant', () => {
  test.each([
    ['true', true, { result: 'pass' }],
    ['false', false, { result: 'fail', message: `policy is not compliant for query ${QUERY}` }],
    ['undefined', undefined, { result: 'fail', message: `policy is not compliant for query ${QUERY}` }],
    ['the text "true"', 'true', { result: 'fail', message: `policy is not compliant for query ${QUERY}` }],
    ['the number 1', 1, { result: 'fail', message: `policy is not compliant for query ${QUERY}` }],
    ['an object', { result: true }, { result: 'fail', message: `policy is not compliant for query ${QUERY}` }],
    ['null', null, { result: 'fail', message: `policy is not compliant for query ${QUERY}` }],
    ['an empty set', [], { result: 'fail', message: 'policy is not compliant for query "isCompliant = data.sigstore.isCompliant"' }],
    ['a set with a pass', [{ result: true }], { result: 'pass' }],
    ['a pass with an empty warning', [{ result: true, warning: '' }], { result: 'pass' }],
    ['a pass with a warning', [{ result: true, warning: 'old' }], { result: 'pass', warning: 'warning: old' }],
    ['a pass after failures', [{ result: false, error: 'a' }, { result: true }], { result: 'pass' }],
    ['the first pass counts', [{ result: true, warning: 'w' }, { result: true }], { result: 'pass', warning: 'warning: w' }],
    [
      'a failure',
      [{ result: false, error: 'bad' }],
      { result: 'fail', message: `policy is not compliant for query ${QUERY} with errors: bad` },
    ],
    [
      'a failure without result',
      [{ error: 'bad' }],
      { result: 'fail', message: `policy is not compliant for query ${QUERY} with errors: bad` },
    ],
    ['nothing in the object', [{}], { result: 'fail', message: `policy is not compliant for query ${QUERY} with errors: ` }],
    [
      'null members',
      [{ result: null, error: null }],
      { result: 'fail', message: `policy is not compliant for query ${QUERY} with errors: ` },
    ],
    [
      'the last failure speaks',
      [
        { result: false, error: 'a' },
        { result: false, error: 'b', warning: 'w' },
      ],
      { result: 'fail', message: `policy is not compliant for query ${QUERY} with errors: b`, warning: 'w' },
    ],
  ])('%s', (_name, of, verdict) => {
    expect(regoVerdict(value(of))).toEqual(verdict);
  });

  test.each([
    ['a member that is no object', [true]],
    ['a member that is a list', [[{ result: true }]]],
    ['a result that is a text', [{ result: 'true' }]],
    ['a result that is a number', [{ result: 1 }]],
    ['an error that is a number', [{ error: 1, result: true }]],
    ['a warning that is an object', [{ warning: {}, result: true }]],
  ])('%s fails, whatever comes after it', (_name, of) => {
    const verdict = regoVerdict(value([...of, { result: true }]));
    expect(verdict).toMatchObject({ result: 'fail', message: expect.stringContaining('due to parsing errors: ') });
  });

  test('the engine failed', () => {
    expect(regoVerdict({ error: 'eval_conflict_error: x' })).toEqual({ result: 'fail', message: 'eval_conflict_error: x' });
  });

  test('the frame is the one that users know', () => {
    expect(regoFailure('must-have-vuln', 'no')).toBe('failed evaluating rego policy for type must-have-vuln: no');
  });

  test('the program is asked with the input', async () => {
    const asked: string[] = [];
    const program = { evaluate: async (input: string) => value(asked.push(input) === 1) };
    expect(await evaluateRego(program, '{"a":1}')).toEqual({ result: 'pass' });
    expect(asked).toEqual(['{"a":1}']);
  });
});

describe("cosign's allow", () => {
  test.each([
    ['true', true, { result: 'pass' }],
    ['undefined', undefined, { result: 'fail', message: "result is undefined for query 'data.signature.allow'" }],
    ['false', false, { result: 'fail', message: 'expression value, false, is not true' }],
    ['a text', 'yes', { result: 'fail', message: 'expression value, yes, is not true' }],
    ['a set', [{ result: true }], { result: 'fail', message: 'expression value, [map[result:true]], is not true' }],
    ['an object', { b: null, a: [1, 'x'] }, { result: 'fail', message: 'expression value, map[a:[1 x] b:<nil>], is not true' }],
  ])('%s', (_name, of, verdict) => {
    expect(cosignRegoVerdict(value(of))).toEqual(verdict);
  });

  test('the queries differ', () => {
    expect([regoText('x'), cosignRegoText('x')]).toMatchObject([
      { query: 'data.sigstore.isCompliant', version: 'v0' },
      { query: 'data.signature.allow', version: 'v0' },
    ]);
  });
});
