/** Where a command writes: text or bytes, in order. */
export interface Sink {
  write(chunk: string | Uint8Array): unknown;
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
}

/** The process's own. Writing to a reader that has gone ends the process quietly, as `assay ls … | head` expects. */
export function processIo(): Io {
  process.stdout.on('error', quietlyGone);
  process.stderr.on('error', quietlyGone);
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    get stdin() {
      return process.stdin as AsyncIterable<Uint8Array>;
    },
    env: process.env,
    cwd: process.cwd(),
    get home() {
      return homeFolder();
    },
    isTTY: { stdout: process.stdout.isTTY === true, stderr: process.stderr.isTTY === true },
    columns: process.stdout.columns ?? 80,
    now: () => new Date(),
  };
}

function quietlyGone(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
}

function homeFolder(): string {
  return process.env.HOME ?? process.env.USERPROFILE ?? '/';
}
