/** Threads that are started when they are needed, and wait for work in a line. */
import { type Thread, ThreadLost } from './thread.ts';

/** A thread of the pool, with what the user of the pool remembers of it. */
export interface Place<Memory> {
  readonly thread: Thread;
  readonly memory: Memory;
  /** Set by the user: the thread is ended after this turn. */
  retired: boolean;
}

/** Threads of one kind. */
export interface Pool<Memory> {
  /**
   * Runs an action with a thread of its own. `suspect`: it may take its whole time, so one of them runs at a time and leaves the other
   * threads to the rest. Throws what the action and the start of a thread throw, and `ThreadLost` when the pool is closed.
   */
  run<T>(suspect: boolean, action: (place: Place<Memory>) => Promise<T>): Promise<T>;
  /** How many wait for a thread. */
  waiting(): number;
  close(): Promise<void>;
}

interface Turn<Memory> {
  readonly suspect: boolean;
  readonly take: (place: Promise<Place<Memory>>) => void;
  readonly refuse: (error: Error) => void;
}

/** Makes a pool of at most `size` threads. */
export function createPool<Memory>(size: number, start: () => Promise<Thread>, remember: () => Memory): Pool<Memory> {
  const idle: Place<Memory>[] = [];
  const all = new Set<Thread>();
  let line: Turn<Memory>[] = [];
  let busy = 0;
  let suspects = 0;
  let closed = false;

  async function started(): Promise<Place<Memory>> {
    const thread = await start();
    if (closed) {
      await thread.end();
      throw closedError();
    }
    all.add(thread);
    return { thread, memory: remember(), retired: false };
  }

  function next(): void {
    while (busy < size) {
      const turn = line.find(({ suspect }) => !suspect || suspects === 0);
      if (turn === undefined) return;
      line = line.filter((other) => other !== turn);
      busy++;
      if (turn.suspect) suspects++;
      const place = idle.pop();
      turn.take(place === undefined ? started() : Promise.resolve(place));
    }
  }

  async function giveBack(place: Place<Memory> | undefined, suspect: boolean): Promise<void> {
    if (place !== undefined && (place.retired || closed)) {
      all.delete(place.thread);
      await place.thread.end();
    } else if (place !== undefined) idle.push(place);
    busy--;
    if (suspect) suspects--;
    next();
  }

  return {
    async run(suspect, action) {
      if (closed) throw closedError();
      const taken = await new Promise<{ readonly place: Promise<Place<Memory>> }>((resolve, reject) => {
        line.push({ suspect, take: (place) => resolve({ place }), refuse: reject });
        next();
      });
      let place: Place<Memory> | undefined;
      try {
        place = await taken.place;
        return await action(place);
      } catch (error) {
        if (place !== undefined && error instanceof ThreadLost) place.retired = true;
        throw error;
      } finally {
        await giveBack(place, suspect);
      }
    },
    waiting: () => line.length,
    async close() {
      closed = true;
      const refused = line;
      line = [];
      for (const turn of refused) turn.refuse(closedError());
      idle.length = 0;
      await Promise.all([...all].map((thread) => thread.end()));
      all.clear();
    },
  };
}

function closedError(): ThreadLost {
  return new ThreadLost({ why: 'closed', detail: 'the evaluator was closed' });
}
