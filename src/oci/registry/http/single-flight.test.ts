import { expect, test } from 'vitest';
import { createSemaphore } from './semaphore.ts';
import { createSingleFlight } from './single-flight.ts';

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((r) => {
    resolve = r;
  });
  return { promise, resolve };
}

test('equal work under way is done once, and again when it is over', async () => {
  const flights = createSingleFlight<number>();
  const gate = deferred();
  let n = 0;
  const task = async (): Promise<number> => {
    await gate.promise;
    return ++n;
  };
  const both = [flights.run('a', undefined, task), flights.run('a', undefined, task), flights.run('b', undefined, task)];
  gate.resolve();
  expect(await Promise.all(both)).toEqual([1, 1, 2]);
  expect(await flights.run('a', undefined, task)).toBe(3);
});

test('a failure reaches all that wait, and is not kept', async () => {
  const flights = createSingleFlight<number>();
  const fail = (): Promise<number> => Promise.reject(new Error('no'));
  const both = await Promise.allSettled([flights.run('a', undefined, fail), flights.run('a', undefined, fail)]);
  expect(both.map((r) => r.status)).toEqual(['rejected', 'rejected']);
  expect(await flights.run('a', undefined, async () => 1)).toBe(1);
});

test('one who leaves leaves alone; the last one takes the work along', async () => {
  const flights = createSingleFlight<void>();
  const gate = deferred();
  let seen: AbortSignal | undefined;
  const task = (signal: AbortSignal): Promise<void> => {
    seen = signal;
    return gate.promise;
  };
  const [one, two] = [new AbortController(), new AbortController()];
  const first = flights.run('a', one.signal, task);
  const second = flights.run('a', two.signal, task);
  one.abort();
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  expect(seen?.aborted).toBe(false);
  two.abort();
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  expect(seen?.aborted).toBe(true);
  // Nobody joins work that is being given up.
  expect(await createSingleFlight<number>().run('a', undefined, async () => 1)).toBe(1);
  gate.resolve();
});

test('a semaphore lets so many through, in order, and lets who waits leave', async () => {
  const semaphore = createSemaphore(2);
  const gates = [deferred(), deferred(), deferred(), deferred()];
  const started: number[] = [];
  const leave = new AbortController();
  const runs = gates.map((g, i) =>
    semaphore.run(
      async () => {
        started.push(i);
        await g.promise;
      },
      i === 2 ? leave.signal : undefined,
    ),
  );
  await new Promise(setImmediate);
  expect(started).toEqual([0, 1]);
  leave.abort();
  await expect(runs[2]).rejects.toMatchObject({ code: 'cancelled' });
  gates[0]?.resolve();
  await runs[0];
  await new Promise(setImmediate);
  expect(started).toEqual([0, 1, 3]);
  for (const g of gates) g.resolve();
  await Promise.all([runs[1], runs[3]]);
  await semaphore.run(async () => {});
});
