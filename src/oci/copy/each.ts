/** Maps with at most `most` under way, in whatever order. The first failure ends it. */
export async function each<T>(items: Iterable<T>, most: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failed = false;
  async function worker(): Promise<void> {
    for (let step = queue.next(); step.done !== true && !failed; step = queue.next()) {
      try {
        await work(step.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: most }, worker));
  for (const result of workers) if (result.status === 'rejected') throw result.reason;
}

/** The same with items that come while others are worked on, each told of by `more`. Ends when there are none left. The first failure ends it, when what is under way has ended. */
export function eachOfGrowing<T>(
  items: Iterable<T>,
  most: number,
  work: (item: T, more: (item: T) => void) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  let next = 0;
  let running = 0;
  let failure: { readonly error: unknown } | undefined;
  return new Promise((resolve, reject) => {
    function start(): void {
      while (running < most && next < queue.length && failure === undefined) {
        running++;
        work(queue[next++] as T, more).then(ended, (error: unknown) => {
          failure ??= { error };
          ended();
        });
      }
      if (running > 0) return;
      if (failure === undefined) resolve();
      else reject(failure.error);
    }
    function more(item: T): void {
      queue.push(item);
      start();
    }
    function ended(): void {
      running--;
      start();
    }
    start();
  });
}
