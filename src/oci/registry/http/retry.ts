import { AssayError, toAssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { pause } from '../../abort.ts';
import { isPassing } from './exchange.ts';
import type { HttpAnswer } from './message.ts';

const PASSING: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** What a retry may be told. */
export interface RetryOptions {
  readonly signal?: AbortSignal;
  /** Whether a second sending does no harm. Otherwise only 429, which says that nothing was done, is tried again. */
  readonly idempotent: boolean;
  /** Statuses that say that nothing was done, besides 429. */
  readonly notDone?: ReadonlySet<number>;
  /** First pause in milliseconds; default `LIMITS.retryPauseMs`. */
  readonly pauseMs?: number;
  /** Milliseconds since 1970, for a `Retry-After` that is a date. */
  readonly now?: () => number;
}

/**
 * Tries until an answer is final, at most `LIMITS.tries` times: again after 429, 500, 502, 503, 504, a broken connection
 * or a body that broke off. The pause doubles each time, with jitter; a `Retry-After` (RFC 9110 §10.2.3) is obeyed when it
 * asks for at most `LIMITS.retryAfterMs`, and ends the tries when it asks for more. When time runs out during a pause, the
 * last answer stands: it says more than "no time left".
 */
export async function withRetries(attempt: () => Promise<HttpAnswer>, options: RetryOptions): Promise<HttpAnswer> {
  for (let n = 1; ; n++) {
    const result = await settle(attempt);
    if (n >= LIMITS.tries || options.signal?.aborted === true || !again(result, options)) return finish(result);
    const asked = result instanceof AssayError ? undefined : retryAfter(result.headers.get('retry-after'), options.now ?? Date.now);
    if (asked !== undefined && asked > LIMITS.retryAfterMs) return finish(result);
    const backOff = (options.pauseMs ?? LIMITS.retryPauseMs) * 2 ** (n - 1) * (0.5 + Math.random());
    try {
      await pause(Math.max(asked ?? 0, backOff), options.signal);
    } catch (error) {
      if (error instanceof AssayError && error.code === 'cancelled') throw error;
      return finish(result);
    }
  }
}

async function settle(attempt: () => Promise<HttpAnswer>): Promise<HttpAnswer | AssayError> {
  try {
    return await attempt();
  } catch (error) {
    return toAssayError(error);
  }
}

function finish(result: HttpAnswer | AssayError): HttpAnswer {
  if (result instanceof AssayError) throw result;
  return result;
}

function again(result: HttpAnswer | AssayError, { idempotent, notDone }: RetryOptions): boolean {
  if (result instanceof AssayError) return idempotent && isPassing(result);
  return result.status === 429 || notDone?.has(result.status) === true || (idempotent && PASSING.has(result.status));
}

/** Milliseconds that a `Retry-After` asks for: whole seconds or an HTTP date; `undefined` when it is neither. */
export function retryAfter(value: string | undefined, now: () => number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now());
}
