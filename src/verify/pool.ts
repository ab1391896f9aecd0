/**
 * Runs tasks, at most `width` at the same time, in the order of `next`. Ends when `next` answers `undefined` and nothing is under way,
 * or when `enough` says so. Tasks do not throw.
 */
export async function runPool(width: number, next: () => Promise<(() => Promise<void>) | undefined>, enough: () => boolean): Promise<void> {
  const worker = async (): Promise<void> => {
    while (!enough()) {
      const task = await next();
      if (task === undefined) return;
      await task();
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** A queue that several producers fill and several consumers empty. */
export interface Channel<T> {
  readonly push: (item: T) => void;
  readonly close: () => void;
  /** The item that comes first; waits for one; `undefined` when the queue is closed and empty. */
  readonly take: () => Promise<T | undefined>;
  readonly size: () => number;
}

/** A queue in the order of a rank, lowest first; items of one rank in the order in which they came. */
export function createChannel<T>(rank: (item: T) => number): Channel<T> {
  const lanes = new Map<number, T[]>();
  const waiting: ((item: T | undefined) => void)[] = [];
  let closed = false;
  let size = 0;
  const shift = (): T | undefined => {
    const lane = Math.min(...[...lanes].filter(([, items]) => items.length > 0).map(([r]) => r));
    const items = lanes.get(lane);
    if (items === undefined) return undefined;
    size--;
    return items.shift();
  };
  return {
    push(item) {
      const consumer = waiting.shift();
      if (consumer !== undefined) {
        consumer(item);
        return;
      }
      const lane = lanes.get(rank(item)) ?? [];
      lane.push(item);
      lanes.set(rank(item), lane);
      size++;
    },
    close() {
      closed = true;
      for (const consumer of waiting.splice(0)) consumer(undefined);
    },
    take() {
      const item = shift();
      if (item !== undefined || closed) return Promise.resolve(item);
      return new Promise((resolve) => waiting.push(resolve));
    },
    size: () => size,
  };
}
