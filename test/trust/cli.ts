import { run } from '../../src/cli/main.ts';

/** What one command line did. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, with a home folder and an environment of its own. */
export async function assay(
  home: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  now: Date = new Date(),
): Promise<Ran> {
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const sink = (into: Buffer[]) => ({
    write(chunk: string | Uint8Array) {
      into.push(Buffer.from(chunk));
    },
  });
  const code = await run(argv, {
    stdout: sink(parts.stdout),
    stderr: sink(parts.stderr),
    stdin: (async function* () {})(),
    env,
    cwd: home,
    home,
    isTTY: { stdout: false, stderr: false },
    columns: 100,
    now: () => now,
  });
  return { code, stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString() };
}
