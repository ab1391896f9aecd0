import { expect, test } from 'vitest';
import { failuresOf, lineOf, readLine, sum, withExit } from './tally.mjs';

test('the last sum of an output is read, and only a whole line is one', () => {
  const output = 'vitest: 9 passed, 9 failed, 9 skipped\n1 passed, 0 failed, 0 skipped\n12 passed, 3 failed, 4 skipped\nbye\n';
  expect(readLine(output)).toEqual({ passed: 12, failed: 3, skipped: 4, failures: [] });
  expect(readLine('no sum here')).toBeUndefined();
});

test('what is written can be read', () => {
  const tally = sum([
    { passed: 1, failed: 2, skipped: 3, failures: ['a'] },
    { passed: 10, failed: 20, skipped: 30, failures: ['b'] },
  ]);
  expect(readLine(lineOf(tally))).toEqual({ passed: 11, failed: 22, skipped: 33, failures: [] });
  expect(failuresOf(tally)).toBe('failed: a\nfailed: b\n');
});

test('a program that fails without a failed case is one failure, with the name of the program', () => {
  const good = { passed: 5, failed: 0, skipped: 0, failures: [] };
  expect(withExit(good, 1, 'style')).toEqual({ passed: 5, failed: 1, skipped: 0, failures: ['style: exit 1'] });
  expect(withExit({ ...good, failed: 2 }, 1, 'rules')).toEqual({ ...good, failed: 2, failures: ['rules'] });
  expect(withExit({ ...good, failed: 2, failures: ['a', 'b'] }, 1, 'tests').failures).toEqual(['a', 'b']);
  expect(withExit(undefined, 0, 'types').failed).toBe(0);
  expect(withExit(undefined, 127, 'types').failed).toBe(1);
});
