/** Lets work that holds bytes go on as long as all of it together stays within a bound; the rest waits in order. */
export interface Budget {
  /** Runs the work while `bytes` are set aside for it. More than the bound is taken for the bound: such work runs alone. */
  readonly use: <T>(bytes: number, work: () => Promise<T>) => Promise<T>;
}

/** A budget of so many bytes. */
export function createBudget(most: number): Budget {
  const queue: { readonly bytes: number; readonly begin: () => void }[] = [];
  let held = 0;
  const next = (): void => {
    for (let first = queue[0]; first !== undefined && held + first.bytes <= most; first = queue[0]) {
      queue.shift();
      held += first.bytes;
      first.begin();
    }
  };
  return {
    async use(bytes, work) {
      const mine = Math.min(bytes, most);
      await new Promise<void>((begin) => {
        queue.push({ bytes: mine, begin });
        next();
      });
      try {
        return await work();
      } finally {
        held -= mine;
        next();
      }
    },
  };
}
