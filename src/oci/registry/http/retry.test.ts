import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { HttpAnswer } from './message.ts';
import { retryAfter, withRetries } from './retry.ts';

const URL_ = new URL('http://r.example/');

function answer(status: number, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers: new Map(Object.entries(headers)), body: Buffer.alloc(0), asked: URL_, url: URL_ };
}

function inTurn(...results: readonly (HttpAnswer | AssayError)[]): { attempt: () => Promise<HttpAnswer>; count: () => number } {
  let n = 0;
  return {
    count: () => n,
    attempt: async () => {
      const result = results[Math.min(n++, results.length - 1)];
      if (result instanceof AssayError) throw result;
      if (result === undefined) throw new Error('no result');
      return result;
    },
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function settled<T>(promise: Promise<T>): Promise<T | AssayError> {
  const guarded = promise.catch((e: AssayError) => e);
  await vi.runAllTimersAsync();
  return guarded;
}

test.each([429, 500, 502, 503, 504])('%i is tried again until it is well', async (status) => {
  const { attempt, count } = inTurn(answer(status), answer(status), answer(200));
  expect(await settled(withRetries(attempt, { idempotent: true }))).toMatchObject({ status: 200 });
  expect(count()).toBe(3);
});

test('tries end', async () => {
  const { attempt, count } = inTurn(answer(503));
  expect(await settled(withRetries(attempt, { idempotent: true }))).toMatchObject({ status: 503 });
  expect(count()).toBe(LIMITS.tries);
});

test.each([200, 400, 401, 403, 404, 405, 501])('%i is final', async (status) => {
  const { attempt, count } = inTurn(answer(status));
  await settled(withRetries(attempt, { idempotent: true }));
  expect(count()).toBe(1);
});

test.each([
  ['content-truncated', 2],
  ['registry-timeout', 2],
  ['registry-unreachable', 1],
  ['redirect-refused', 1],
  ['limit', 1],
] as const)('after %s there are %i tries', async (code, tries) => {
  const { attempt, count } = inTurn(new AssayError(code, 'x'), answer(200));
  await settled(withRetries(attempt, { idempotent: true }));
  expect(count()).toBe(tries);
});

test('what is not idempotent is sent again only when it was not done', async () => {
  const broken = inTurn(answer(503), answer(202));
  expect(await settled(withRetries(broken.attempt, { idempotent: false }))).toMatchObject({ status: 503 });
  const throttled = inTurn(answer(429), answer(202));
  expect(await settled(withRetries(throttled.attempt, { idempotent: false }))).toMatchObject({ status: 202 });
});

test('Retry-After is obeyed, and ends the tries when it asks for too much', async () => {
  const obeyed = inTurn(answer(429, { 'retry-after': '7' }), answer(200));
  const running = withRetries(obeyed.attempt, { idempotent: true });
  await vi.advanceTimersByTimeAsync(6_900);
  expect(obeyed.count()).toBe(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(await running).toMatchObject({ status: 200 });
  const much = inTurn(answer(429, { 'retry-after': String(LIMITS.retryAfterMs / 1000 + 1) }), answer(200));
  expect(await settled(withRetries(much.attempt, { idempotent: true }))).toMatchObject({ status: 429 });
});

test('when time runs out in a pause the last answer stands; a cancelled pause is cancelled', async () => {
  const { attempt } = inTurn(answer(429, { 'retry-after': '30' }));
  const late = new AbortController();
  setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), 100);
  expect(await settled(withRetries(attempt, { idempotent: true, signal: late.signal }))).toMatchObject({ status: 429 });
  const stopped = new AbortController();
  setTimeout(() => stopped.abort(), 100);
  expect(await settled(withRetries(attempt, { idempotent: true, signal: stopped.signal }))).toMatchObject({ code: 'cancelled' });
});

test.each([
  [undefined, undefined],
  ['3', 3000],
  [' 0 ', 0],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['99999999999', undefined],
  ['Wed, 21 Oct 2015 07:28:30 GMT', 30_000],
  ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
  ['2015-10-21', undefined],
])('Retry-After %j is %j ms', (value, wanted) => {
  expect(retryAfter(value, () => Date.UTC(2015, 9, 21, 7, 28))).toBe(wanted);
});
