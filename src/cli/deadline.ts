import { setMaxListeners } from 'node:events';
import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { formatDuration } from './duration.ts';

/**
 * Runs `work` with a signal that ends after `ms` milliseconds (0: never). Work that does not end by itself within
 * `LIMITS.commandGraceMs` after that is left. Throws `registry-timeout`, and what the work throws.
 */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  // Every request under way listens.
  setMaxListeners(0, controller.signal);
  if (ms === 0) return work(controller.signal);
  const late = new AssayError('registry-timeout', `gave up after ${formatDuration(ms)}`, { hint: '--timeout allows more time' });
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const end = (): void => {
      controller.abort(late);
      timer = setTimeout(() => reject(late), LIMITS.commandGraceMs);
    };
    timer = setTimeout(end, Math.min(ms, 2 ** 31 - 1));
  });
  try {
    return await Promise.race([work(controller.signal), over]);
  } finally {
    clearTimeout(timer);
  }
}
