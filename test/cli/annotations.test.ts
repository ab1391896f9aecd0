import { describe, expect, test } from 'vitest';
import { collectCsv } from '../../src/cli/options/common.ts';
import { pairsOf } from '../../src/cli/verify/demands.ts';

describe('a flag that lists values with commas, as cosign reads it', () => {
  test.each([
    ['a=1', ['a=1']],
    ['a=1,b=2', ['a=1', 'b=2']],
    ['"a=1,2",b=3', ['a=1,2', 'b=3']],
    ['"a=say ""yes""",b=', ['a=say "yes"', 'b=']],
    ['', ['']],
    ['a=1,', ['a=1', '']],
  ])('%s', (text, values) => {
    expect(collectCsv(text, undefined)).toEqual(values);
    expect(collectCsv(text, ['before'])).toEqual(['before', ...values]);
  });

  test.each(['"a=1', 'a="1"', '"a=1"b'])('%s has quotes that do not fit', (text) => {
    expect(() => collectCsv(text, undefined)).toThrow(expect.objectContaining({ code: 'usage-invalid' }));
  });
});

test('one key has one value', () => {
  expect([...pairsOf(['a=1', 'b=2', 'a=1'], '-a')]).toEqual([
    ['a', '1'],
    ['b', '2'],
  ]);
  expect(() => pairsOf(['a=1', 'a=2'], '-a')).toThrow(expect.objectContaining({ code: 'usage-invalid' }));
});
