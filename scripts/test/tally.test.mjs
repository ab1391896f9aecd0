import { expect, test } from 'vitest';
import { lineOf, readLine, sum, withExit } from './tally.mjs';

test('the last sum of an output is read, and only a whole line is one', () => {
  const output = 'vitest: 9 passed, 9 failed, 9 skipped\n1 passed, 0 failed, 0 skipped\n12 passed, 3 failed, 4 skipped\nbye\n';
  expect(readLine(output)).toEqual({ passed: 12, failed: 3, skipped: 4 });
  expect(readLine('no sum here')).toBeUndefined();
});

test('what is written can be read', () => {
  const tally = sum([
    { passed: 1, failed: 2, skipped: 3 },
    { passed: 10, failed: 20, skipped: 30 },
  ]);
  expect(readLine(lineOf(tally))).toEqual({ passed: 11, failed: 22, skipped: 33 });
});

test('a program that fails without a failed case is one failure', () => {
  expect(withExit({ passed: 5, failed: 0, skipped: 0 }, 1)).toEqual({ passed: 5, failed: 1, skipped: 0 });
  expect(withExit({ passed: 5, failed: 2, skipped: 0 }, 1).failed).toBe(2);
  expect(withExit(undefined, 0).failed).toBe(0);
  expect(withExit(undefined, 127).failed).toBe(1);
});
