/** One worker thread with an engine: it is asked one thing at a time, and ended when it does not answer in time. */
import { Worker } from 'node:worker_threads';
import type { WorkerAnswer, WorkerRequest, WorkerStart } from './messages.ts';

const MiB = 1024 * 1024;
/** The C stack of the thread; Node's own default. */
const STACK_MB = 4;
/** Young objects of JavaScript, beside the old ones that are bounded as asked. */
const YOUNG_MB = 32;

/** Why a thread is lost: it took longer than was allowed, or more memory, or it broke, or it was ended on purpose. */
export type Loss = { readonly why: 'deadline' | 'memory' | 'broken' | 'closed'; readonly detail: string };

/** Thrown by `ask` when the thread is lost. By then it has ended, and its memory is free. */
export class ThreadLost extends Error {
  readonly loss: Loss;

  constructor(loss: Loss) {
    super(loss.detail);
    this.name = 'ThreadLost';
    this.loss = loss;
  }
}

/** A worker thread. While nothing is asked it does not keep the process alive. */
export interface Thread {
  /** Asks one thing; the thread must not be busy. Throws `ThreadLost`. */
  ask(request: WorkerRequest, milliseconds: number): Promise<WorkerAnswer>;
  /** Asks something that is not answered. */
  tell(request: WorkerRequest): void;
  /** Ends it; what was asked throws `ThreadLost`. */
  end(): Promise<void>;
}

/** What a thread is started with. */
export interface ThreadOptions {
  /** The worker's code. */
  readonly file: string;
  readonly start: WorkerStart;
  readonly heapBytes: number;
  readonly startMilliseconds: number;
}

interface Waiting {
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: ThreadLost) => void;
  readonly timer: NodeJS.Timeout;
}

/** Starts a thread and waits until it is ready. Throws `ThreadLost`. */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const worker = new Worker(options.file, {
    workerData: options.start,
    // nothing of the process is the engine's business
    env: {},
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.ceil(options.heapBytes / MiB),
      maxYoungGenerationSizeMb: YOUNG_MB,
      stackSizeMb: STACK_MB,
    },
  });
  let waiting: Waiting | undefined;
  let lost: Loss | undefined;

  worker.on('message', (answer: WorkerAnswer) => {
    if (answer.said === 'broken') return lose(lossOf(answer.reason));
    const done = settle();
    done?.resolve(answer);
  });
  worker.on('error', (error: NodeJS.ErrnoException) =>
    lose(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? lossOf('out of memory') : { why: 'broken', detail: error.message }),
  );
  worker.on('messageerror', (error) => lose({ why: 'broken', detail: error.message }));
  worker.on('exit', () => lose({ why: 'broken', detail: 'the engine ended' }));

  function settle(): Waiting | undefined {
    const done = waiting;
    waiting = undefined;
    clearTimeout(done?.timer);
    if (done !== undefined) worker.unref();
    return done;
  }

  function lose(loss: Loss): void {
    lost ??= loss;
    const reason = lost;
    void worker.terminate().then(() => settle()?.reject(new ThreadLost(reason)));
  }

  function expect(milliseconds: number): Promise<WorkerAnswer> {
    if (lost !== undefined) return Promise.reject(new ThreadLost(lost));
    worker.ref();
    return new Promise((resolve, reject) => {
      const overdue = { why: 'deadline', detail: `no answer within ${milliseconds} ms` } as const;
      // an answer that came while this thread was busy is read first
      const timer = setTimeout(() => {
        setImmediate(() => {
          if (waiting?.timer === timer) lose(overdue);
        });
      }, milliseconds);
      waiting = { resolve, reject, timer };
    });
  }

  const thread: Thread = {
    ask(request, milliseconds) {
      const answer = expect(milliseconds);
      if (lost === undefined) worker.postMessage(request);
      return answer;
    },
    tell: (request) => worker.postMessage(request),
    async end() {
      lose({ why: 'closed', detail: 'the evaluator was closed' });
      await worker.terminate();
    },
  };
  await expect(options.startMilliseconds);
  return thread;
}

function lossOf(reason: string): Loss {
  return reason === 'out of memory' ? { why: 'memory', detail: reason } : { why: 'broken', detail: reason };
}
