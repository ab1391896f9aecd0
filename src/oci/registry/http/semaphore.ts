import { abortError } from '../../abort.ts';

/** Lets at most `limit` tasks run at the same time; the rest waits in order. */
export interface Semaphore {
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** A semaphore. Waiting ends with the signal's reason when it is aborted. */
export function createSemaphore(limit: number): Semaphore {
  let free = limit;
  const queue: (() => void)[] = [];

  function acquire(signal?: AbortSignal): Promise<void> {
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      function give(): void {
        signal?.removeEventListener('abort', leave);
        resolve();
      }
      function leave(): void {
        queue.splice(queue.indexOf(give), 1);
        reject(abortError(signal));
      }
      queue.push(give);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  function release(): void {
    const next = queue.shift();
    if (next) next();
    else free++;
  }

  return {
    async run(task, signal) {
      if (signal?.aborted) throw abortError(signal);
      await acquire(signal);
      try {
        return await task();
      } finally {
        release();
      }
    },
  };
}
