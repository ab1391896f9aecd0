import { expect, test } from 'vitest';
import { createPool, type Pool } from './pool.ts';
import { type Thread, ThreadLost } from './thread.ts';

/** Threads that only count; what is done with them is the test's. */
function threads(): { readonly start: () => Promise<Thread>; readonly count: { started: number; ended: number } } {
  const count = { started: 0, ended: 0 };
  return {
    count,
    async start() {
      count.started++;
      return {
        ask: () => Promise.reject(new Error('not asked here')),
        tell: () => undefined,
        async end() {
          count.ended++;
        },
      };
    },
  };
}

function pool(size: number, start: () => Promise<Thread>): Pool<string[]> {
  return createPool<string[]>(size, start, () => []);
}

/** An action that ends when it is told to. */
function held(): { readonly action: () => Promise<void>; readonly begun: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  let begin = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return {
    begun,
    end,
    action() {
      begin();
      return ended;
    },
  };
}

test('one thread after the other is started, as many as are needed, and used again', async () => {
  const { start, count } = threads();
  const work = pool(2, start);
  await work.run(false, async ({ memory }) => void memory.push('first'));
  expect(await work.run(false, async ({ memory }) => memory.join())).toBe('first');
  expect(count.started).toBe(1);
  const [a, b, c] = [held(), held(), held()];
  const all = [a, b, c].map(({ action }) => work.run(false, action));
  await Promise.all([a.begun, b.begun]);
  expect([count.started, work.waiting()]).toEqual([2, 1]);
  for (const { end } of [a, b, c]) end();
  await Promise.all(all);
  expect(count).toEqual({ started: 2, ended: 0 });
});

test('a lost and a retired thread are ended and replaced', async () => {
  const { start, count } = threads();
  const work = pool(1, start);
  const lost = new ThreadLost({ why: 'deadline', detail: 'x' });
  await expect(work.run(false, () => Promise.reject(lost))).rejects.toBe(lost);
  await work.run(false, async (place) => {
    place.retired = true;
  });
  await work.run(false, async ({ memory }) => expect(memory).toEqual([]));
  expect(count).toEqual({ started: 3, ended: 2 });
});

test('an error of the action costs no thread', async () => {
  const { start, count } = threads();
  const work = pool(1, start);
  await expect(work.run(false, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  await work.run(false, async () => undefined);
  expect(count).toEqual({ started: 1, ended: 0 });
});

test('a start that fails fails the one who waited, and the next one tries again', async () => {
  const { start, count } = threads();
  let tries = 0;
  const work = pool(1, async () => {
    if (tries++ === 0) throw new Error('no start');
    return start();
  });
  await expect(work.run(false, async () => 1)).rejects.toThrow('no start');
  expect(await work.run(false, async () => 2)).toBe(2);
  expect(count.started).toBe(1);
});

test('suspects run one at a time, and the others pass them', async () => {
  const { start } = threads();
  const work = pool(2, start);
  const [first, second] = [held(), held()];
  const suspects = [work.run(true, first.action), work.run(true, second.action)];
  await first.begun;
  expect(work.waiting()).toBe(1);
  expect(await work.run(false, async () => 'passed')).toBe('passed');
  expect(work.waiting()).toBe(1);
  first.end();
  await second.begun;
  second.end();
  await Promise.all(suspects);
});

test('closing ends every thread, refuses who waits and who comes', async () => {
  const { start, count } = threads();
  const work = pool(1, start);
  const busy = held();
  const running = work.run(false, busy.action);
  await busy.begun;
  const waiting = expect(work.run(false, async () => 1)).rejects.toMatchObject({ loss: { why: 'closed' } });
  await work.close();
  await waiting;
  await expect(work.run(false, async () => 1)).rejects.toMatchObject({ loss: { why: 'closed' } });
  expect([count.started, count.ended]).toEqual([1, 1]);
  busy.end();
  await running;
});

test('a thread whose start ends after closing is ended too', async () => {
  const { start, count } = threads();
  const starting = held();
  const work = pool(1, async () => {
    await starting.action();
    return start();
  });
  const refused = expect(work.run(false, async () => 1)).rejects.toMatchObject({ loss: { why: 'closed' } });
  await starting.begun;
  await work.close();
  starting.end();
  await refused;
  expect(count).toEqual({ started: 1, ended: 1 });
});
