/** Programs that are started by a small process beside the test's. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Ran } from './workshop.ts';

/** Where and how a program runs. */
export interface LaunchOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
}

/** What starts programs. */
export interface Launcher {
  /** Runs a program to its end, whatever comes out. Rejects when the launcher is gone. */
  readonly launch: (program: string, argv: readonly string[], options: LaunchOptions) => Promise<Ran>;
  /** Ends what still runs, and the process. */
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly resolve: (ran: Ran) => void;
  readonly reject: (error: Error) => void;
}

/** Makes a launcher, whose process starts with the first program. */
export function createLauncher(): Launcher {
  const waiting = new Map<number, Waiting>();
  let child: ChildProcess | undefined;
  let count = 0;

  function start(): ChildProcess {
    const started = fork(join(import.meta.dirname, 'launcher.mjs'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    started.on('message', ({ id, ran }: { id: number; ran: Ran }) => {
      waiting.get(id)?.resolve(ran);
      waiting.delete(id);
    });
    started.on('exit', (code, signal) => {
      for (const { reject } of waiting.values()) reject(new Error(`the launcher ended (${code ?? signal})`));
      waiting.clear();
    });
    return started;
  }

  return {
    launch(program, argv, options) {
      const to = child ?? start();
      child = to;
      const id = count++;
      return new Promise<Ran>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        to.send({ id, program, argv, options }, (error) => {
          if (error === null) return;
          waiting.delete(id);
          reject(error);
        });
      });
    },
    close() {
      const ending = child;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return Promise.resolve();
      const ended = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
      if (ending.connected) ending.disconnect();
      return ended;
    },
  };
}
