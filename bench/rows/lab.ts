/** A folder, a registry in this process, and programs that are run against it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVirtualSigstore, type EvidenceSink, registrySink, type VirtualSigstore } from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';

/** What a measurement with real processes needs. */
export interface Lab {
  readonly folder: string;
  readonly registry: TestRegistry;
  readonly sigstore: VirtualSigstore;
  readonly repository: string;
  readonly sink: EvidenceSink;
  /** Writes a file and answers its path. */
  readonly write: (name: string, content: string) => string;
  /** Runs a program to its end; throws when it does not exit with 0. Each run has an empty home folder where `cold` is asked for. */
  readonly run: (
    program: string,
    argv: readonly string[],
    options?: { readonly cold?: boolean; readonly env?: NodeJS.ProcessEnv },
  ) => Promise<Run>;
}

/** A program that ended well. */
export interface Run {
  readonly milliseconds: number;
  readonly stdout: string;
  readonly stderr: string;
}

const REPOSITORY = 'acme/app';

/** Sets it up, uses it, and takes it down. */
export async function withLab<T>(use: (lab: Lab) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  const registry = await startRegistry();
  let homes = 0;
  const newHome = (): string => mkdtempSync(join(folder, `home${homes++}-`));
  const home = newHome();
  try {
    return await use({
      folder,
      registry,
      sigstore: createVirtualSigstore({ name: 'bench' }),
      repository: `${registry.host}/${REPOSITORY}`,
      sink: registrySink(registry.content, REPOSITORY),
      write(name, content) {
        const path = join(folder, name);
        writeFileSync(path, content);
        return path;
      },
      run: (program, argv, options = {}) => run(program, argv, folder, { ...options.env, HOME: options.cold ? newHome() : home }),
    });
  } finally {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, argv: readonly string[], cwd: string, extra: NodeJS.ProcessEnv): Promise<Run> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    // Nothing of the environment that could point a tool elsewhere, and no certificates to load.
    const child = spawn(program, argv, {
      cwd,
      env: { PATH: process.env.PATH, NO_COLOR: '1', ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        out[name] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      const milliseconds = performance.now() - start;
      if (code === 0) resolve({ milliseconds, ...out });
      else reject(new Error(`${program} ${argv.join(' ')} exits with ${code}: ${(out.stderr || out.stdout).slice(0, 1000)}`));
    });
  });
}
