import { abortError } from '../../abort.ts';

interface Flight<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

const GRACE_MS = 200;

/** Runs equal work once however many ask for it at the same time. */
export interface SingleFlight<T> {
  run(key: string, signal: AbortSignal | undefined, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/**
 * Single flight with cancellation: one who is cancelled leaves alone; the work itself is cancelled when nobody waits any more.
 * Nothing is kept when the work is done.
 */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();

  function start(key: string, task: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const flight: Flight<T> = { abort, waiting: 0, result: task(abort.signal) };
    flights.set(key, flight);
    const end = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(end, end);
    return flight;
  }

  return {
    run(key, signal, task) {
      if (signal?.aborted) return Promise.reject(abortError(signal));
      const flight = flights.get(key) ?? start(key, task);
      flight.waiting++;
      return new Promise<T>((resolve, reject) => {
        function leave(): void {
          if (--flight.waiting > 0) {
            reject(abortError(signal));
            return;
          }
          if (flights.get(key) === flight) flights.delete(key);
          flight.abort.abort(signal?.reason);
          // The work knows better what it was waiting for, and ends at once; should it not, nobody waits for it.
          setTimeout(() => reject(abortError(signal)), GRACE_MS).unref();
        }
        signal?.addEventListener('abort', leave, { once: true });
        const done = (): void => signal?.removeEventListener('abort', leave);
        flight.result.then(
          (value) => {
            done();
            resolve(value);
          },
          (error: unknown) => {
            done();
            reject(error);
          },
        );
      });
    },
  };
}
