/** A folder with the real tools in it: every run has this folder as its home, and nothing of the real environment. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../src/cli/main.ts';
import { requirePeer } from '../peers.ts';
import { createLauncher } from './launch.ts';

/** What a program did. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The versions of cosign that judge. */
export type CosignVersion = '2.5' | '3';

type Env = Readonly<Record<string, string>>;

/** The folder and what runs in it. Paths in arguments are relative to the folder. */
export interface Workshop {
  readonly folder: string;
  readonly path: (name: string) => string;
  /** Makes a folder in the folder. */
  readonly folderOf: (name: string) => string;
  readonly read: (name: string) => Buffer;
  readonly write: (name: string, content: string | Uint8Array) => string;
  /** Runs real cosign, whatever comes out. */
  readonly cosign: (version: CosignVersion, argv: readonly string[], env?: Env) => Promise<Ran>;
  /** Runs real cosign, which has to succeed. */
  readonly make: (version: CosignVersion, argv: readonly string[], env?: Env) => Promise<Ran>;
  /** Runs any program, whatever comes out, in the queue of cosign's. */
  readonly peer: (program: string, argv: readonly string[], env?: Env) => Promise<Ran>;
  readonly openssl: (argv: readonly string[], env?: Env) => Promise<Ran>;
  /** Packs a folder into `folder.tar`. */
  readonly tar: (folder: string) => void;
  /** Runs Assay in this process. */
  readonly assay: (argv: readonly string[], env?: Env) => Promise<Ran>;
  readonly close: () => Promise<void>;
}

/** Peers in Go live for a tenth of a second, of which a third would go into collecting garbage. */
const SHORT_LIVED = { GOGC: 'off', GOMEMLIMIT: '256MiB' };

/** Makes a workshop. `width`: how many peers may run at the same time. */
export function openWorkshop(name: string, { width = 4 }: { readonly width?: number } = {}): Workshop {
  const folder = mkdtempSync(join(tmpdir(), `assay-${name}-`));
  const path = (file: string): string => join(folder, file);
  const start = turnstile(width);
  const launcher = createLauncher();
  const exec = (program: string, argv: readonly string[], env: Env): Promise<Ran> =>
    launcher.launch(program, argv, {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: folder, COSIGN_PASSWORD: '', ...SHORT_LIVED, ...env },
      timeout: 60_000,
    });
  // openssl does not queue: a timestamp server that cosign waits for runs it.
  const cosign: Workshop['cosign'] = (version, argv, env = {}) =>
    start(() => exec(requirePeer({ skip: () => {} }, 'cosign', version).path, argv, env));
  return {
    folder,
    path,
    folderOf(file) {
      mkdirSync(path(file), { recursive: true });
      return path(file);
    },
    read: (file) => readFileSync(path(file)),
    write(file, content) {
      writeFileSync(path(file), content);
      return path(file);
    },
    cosign,
    tar: (file) => void execFileSync('tar', ['cf', `${file}.tar`, '-C', file, '.'], { cwd: folder }),
    peer: (program, argv, env = {}) => start(() => exec(program, argv, env)),
    make: async (version, argv, env) => succeeded(`cosign ${version}`, argv, await cosign(version, argv, env)),
    openssl: async (argv, env = {}) => succeeded('openssl', argv, await exec('openssl', argv, env)),
    assay: (argv, env = {}) => assay(folder, argv, env),
    async close() {
      await launcher.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function succeeded(program: string, argv: readonly string[], ran: Ran): Ran {
  if (ran.code !== 0) throw new Error(`${program} ${argv.join(' ')}: exit ${ran.code}\n${ran.stderr}`);
  return ran;
}

async function assay(folder: string, argv: readonly string[], env: Env): Promise<Ran> {
  const [out, err]: Buffer[][] = [[], []];
  const code = await run(argv, {
    stdout: { write: (chunk) => out?.push(Buffer.from(chunk)) },
    stderr: { write: (chunk) => err?.push(Buffer.from(chunk)) },
    stdin: (async function* () {})(),
    env,
    cwd: folder,
    home: folder,
    isTTY: { stdout: false, stderr: false },
    columns: 120,
    now: () => new Date(),
  });
  return { code, stdout: Buffer.concat(out ?? []).toString(), stderr: Buffer.concat(err ?? []).toString() };
}

/** At most so many at the same time. */
function turnstile(width: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async (task) => {
    if (inside >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    inside++;
    try {
      return await task();
    } finally {
      inside--;
      waiting.shift()?.();
    }
  };
}
