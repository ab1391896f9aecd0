import { describe, expect, test } from 'vitest';
import { AssayError } from '../../errors.ts';
import { askService, type ServiceCall } from './service-error.ts';

const CALL: ServiceCall = { signal: undefined, failureOf: (error) => ({ message: String(error) }) };
const silent = (): Promise<never> => new Promise(() => {});

describe('asking a key service', () => {
  test('a service that says nothing is not waited for, although nobody else sets an end', async () => {
    const { signal } = new AbortController();
    for (const call of [CALL, { ...CALL, signal }])
      await expect(askService('key', silent, { ...call, timeoutMs: 20 })).rejects.toMatchObject({ code: 'key-unavailable' });
  });

  test('a library is given the signal that ends it', async () => {
    const given: AbortSignal[] = [];
    const request = (signal: AbortSignal): Promise<never> => {
      given.push(signal);
      return silent();
    };
    await expect(askService('key', request, { ...CALL, timeoutMs: 20 })).rejects.toMatchObject({ code: 'key-unavailable' });
    expect(given.map((s) => s.aborted)).toEqual([true]);
  });

  test('whoever gives up hears his own reason, and asks nothing when that was before', async () => {
    const reason = new AssayError('cancelled', 'enough');
    const end = new AbortController();
    const asked = askService('key', silent, { ...CALL, signal: end.signal });
    end.abort(reason);
    await expect(asked).rejects.toBe(reason);
    let calls = 0;
    const counted = async (): Promise<number> => ++calls;
    await expect(askService('key', counted, { ...CALL, signal: end.signal })).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  test('an answer is the answer, and a failure what the vendor means by it', async () => {
    await expect(askService('key', async () => 7, CALL)).resolves.toBe(7);
    const failing = (): Promise<never> => Promise.reject(new Error('no'));
    await expect(askService('key', failing, { ...CALL, failureOf: () => ({ status: 403, message: 'no' }) })).rejects.toMatchObject({
      code: 'key-refused',
    });
    const which = new AssayError('key-invalid', 'which region?');
    await expect(askService('key', failing, { ...CALL, failureOf: () => which })).rejects.toBe(which);
  });
});
