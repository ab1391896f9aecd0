import { messageOf } from '../errors.ts';
import { DONE, UNKNOWN } from './exit-codes.ts';

/** Where a command writes: text or bytes, in order. */
export interface Sink {
  write(chunk: string | Uint8Array): unknown;
}

/** The person at the terminal, whatever stdin and stdout are connected to. */
export interface Terminal {
  /** Asks for a line that is not shown. `undefined` where the input ends. Throws `cancelled` on Ctrl-C, `limit`. The terminal is left as it was found. */
  readonly secret: (question: string, signal?: AbortSignal) => Promise<Uint8Array | undefined>;
  /** Asks for a line that is shown. Throws as `secret`. */
  readonly line: (question: string, signal?: AbortSignal) => Promise<string | undefined>;
}

/** Everything of the process that a command may touch. Tests make one of their own and run commands without a process. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly isTTY: { readonly stdout: boolean; readonly stderr: boolean };
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** The clock. */
  readonly now: () => Date;
  /** The terminal to ask at; absent or `undefined` where nobody can be asked. */
  readonly terminal?: () => Promise<Terminal | undefined>;
}

/** The process's own, and its end. */
export interface ProcessIo extends Io {
  /** Ends the process with an exit code once everything that was written is out. What could not be written to stdout is no success: 3 in the place of 0. */
  readonly end: (code: number) => void;
}

/**
 * The process's own. Writing to a reader that has gone ends the process quietly, as `assay ls … | head` expects. A stream is opened when it
 * is first used: each costs a start a millisecond or two, and most runs have nothing to say on stderr.
 */
export function processIo(): ProcessIo {
  let terminal: Promise<Terminal | undefined> | undefined;
  const opened = new Map<'stdout' | 'stderr', NodeJS.WriteStream>();
  const open = (name: 'stdout' | 'stderr'): NodeJS.WriteStream => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const stream = process[name].on('error', endWhenGone);
    opened.set(name, stream);
    return stream;
  };
  return {
    get stdout() {
      return open('stdout');
    },
    get stderr() {
      return open('stderr');
    },
    end(code) {
      const streams = [...opened.values()];
      const next = (): void => {
        const stream = streams.shift();
        if (stream === undefined) exit(opened.get('stdout')?.errored ?? undefined, code);
        else stream.write('', next);
      };
      next();
    },
    get stdin() {
      return process.stdin as AsyncIterable<Uint8Array>;
    },
    env: process.env,
    cwd: process.cwd(),
    get home() {
      return homeFolder();
    },
    isTTY: {
      get stdout() {
        return open('stdout').isTTY === true;
      },
      get stderr() {
        return open('stderr').isTTY === true;
      },
    },
    get columns() {
      return open('stdout').columns ?? 80;
    },
    now: () => new Date(),
    terminal() {
      terminal ??= import('./keys/terminal.ts').then((m) => m.openTerminal());
      return terminal;
    },
  };
}

// What else goes wrong, as a full disk, is told when the process ends.
function endWhenGone(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
}

function exit(lost: NodeJS.ErrnoException | undefined, code: number): void {
  if (lost === undefined || lost.code === 'EPIPE') process.exit(code);
  else process.stderr.write(saidOf(lost), () => process.exit(code === DONE ? UNKNOWN : code));
}

function saidOf(lost: NodeJS.ErrnoException): string {
  const why = lost.code === 'ENOSPC' ? 'the disk is full' : messageOf(lost);
  return `error: the output could not be written: ${why}        code: file-unwritable\n`;
}

function homeFolder(): string {
  return process.env.HOME ?? process.env.USERPROFILE ?? '/';
}
