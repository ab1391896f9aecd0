import type { Io, Terminal } from '../../src/cli/io.ts';
import { run } from '../../src/cli/main.ts';

/** What a command did. */
export interface Ran {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exit: number;
}

/** What a command runs in. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly home?: string;
  readonly tty?: boolean;
  readonly stdin?: string;
  /** The person who is asked. */
  readonly terminal?: Terminal;
}

/** Runs a command line in this process, with nothing of the real environment. */
export async function assay(argv: readonly string[], around: Surroundings = {}): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const io: Io = {
    stdout: { write: (chunk) => out.push(Buffer.from(chunk)) },
    stderr: { write: (chunk) => err.push(Buffer.from(chunk)) },
    stdin: (async function* () {
      yield Buffer.from(around.stdin ?? '');
    })(),
    env: around.env ?? {},
    cwd: around.cwd ?? '/',
    // Below what is no folder: nobody can make it, root included.
    home: around.home ?? '/dev/null/home',
    isTTY: { stdout: around.tty ?? false, stderr: around.tty ?? false },
    columns: 120,
    now: () => new Date('2026-11-21T12:00:00Z'),
    ...(around.terminal === undefined ? {} : { terminal: async () => around.terminal }),
  };
  const exit = await run(argv, io);
  return { stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString(), exit };
}
