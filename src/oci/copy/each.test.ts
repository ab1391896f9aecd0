import { expect, test } from 'vitest';
import { eachOfGrowing } from './each.ts';

test('works on what comes while others are worked on, never on more than it may at once, and ends', async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await eachOfGrowing([1, 2, 3, 4], 2, async (n, more) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    if (n < 20) more(n + 10);
    running--;
    done.push(n);
  });
  expect(done.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24]);
  expect(most).toBe(2);
});

test('ends without anything to do', () => expect(eachOfGrowing([], 2, () => Promise.reject(new Error('no')))).resolves.toBeUndefined());

test('the first failure ends it when what is under way has ended, and nothing more is begun', async () => {
  const began: number[] = [];
  let ended = false;
  const work = eachOfGrowing([1, 2, 3], 2, async (n, more) => {
    began.push(n);
    if (n === 1) throw new Error('first');
    await new Promise(setImmediate);
    more(9);
    ended = true;
    throw new Error('second');
  });
  await expect(work).rejects.toThrow('first');
  expect({ began, ended }).toEqual({ began: [1, 2], ended: true });
});
