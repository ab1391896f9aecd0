import { AssayError } from '../errors.ts';

/** What an aborted signal means: its own `AssayError`, with what was waited for if it is named; `registry-timeout` when time ran out, else `cancelled`. */
export function abortError(signal: AbortSignal | undefined, waitedFor?: string): AssayError {
  const reason: unknown = signal?.reason;
  const doing = waitedFor ?? 'the registry';
  if (reason instanceof AssayError) {
    const { code, message, hint, retryable } = reason;
    const said = { cause: reason, retryable, ...(hint === undefined ? {} : { hint }) };
    return waitedFor === undefined ? reason : new AssayError(code, `${message}, waiting for ${waitedFor}`, said);
  }
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new AssayError('registry-timeout', `no time is left for ${doing}`, { cause: reason, hint: 'allow more time with --timeout' });
  }
  return new AssayError('cancelled', `cancelled while waiting for ${doing}`, { cause: reason });
}

/** Resolves after some milliseconds; rejects with `abortError` when the signal is aborted first. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    function stop(): void {
      clearTimeout(timer);
      reject(abortError(signal));
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** A signal that is aborted when all of these are: nobody waits any more. `undefined` when one of them never is. */
export function whenAllAborted(signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const [first] = signals;
  const all = new Set(signals.filter((s) => s !== undefined));
  if (first === undefined || signals.includes(undefined)) return undefined;
  if (all.size === 1) return first;
  const controller = new AbortController();
  const check = (): void => {
    if ([...all].every((s) => s.aborted)) controller.abort(first.reason);
  };
  for (const signal of all) signal.addEventListener('abort', check, { once: true, signal: controller.signal });
  check();
  return controller.signal;
}
