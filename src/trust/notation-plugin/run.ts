import { type ChildProcess, spawn } from 'node:child_process';
import { AssayError } from '../../errors.ts';

/** What a program is run with. */
export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | Uint8Array;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Bytes of stdout, and of stderr. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** How a program ended. */
export type Ended =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: Buffer; readonly stderr: Buffer }
  | { readonly kind: 'failed'; readonly why: string; readonly cause?: unknown; readonly busy?: boolean };

/**
 * Runs a program in a process group of its own, with nothing of our environment, and ends the whole group when it is late, says too much, or is
 * done: nothing that it started stays behind. Throws `cancelled` when the signal is aborted; everything else is an answer.
 */
export function runProgram(file: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { cwd, env, input, timeoutMs, maxBytes, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(signal));
    const child = spawn(file, [...args], { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const timer = setTimeout(() => fail(`gave no answer within ${timeoutMs / 1000} s`), timeoutMs);
    const abort = (): void => settle(() => reject(cancelled(signal)));
    let settled = false;

    function settle(done: () => void): void {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      endGroup(child);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      child.unref();
      done();
    }

    function fail(why: string, more: { readonly cause?: unknown; readonly busy?: boolean } = {}): void {
      settle(() => resolve({ kind: 'failed', why, ...more }));
    }

    function collect(name: 'stdout' | 'stderr'): void {
      let size = 0;
      child[name].on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) fail(`wrote more than ${maxBytes} bytes to ${name}`);
        else parts[name].push(chunk);
      });
    }

    signal?.addEventListener('abort', abort, { once: true });
    child.on('error', (cause: NodeJS.ErrnoException) => fail(startProblem(cause), { cause, busy: cause.code === 'ETXTBSY' }));
    collect('stdout');
    collect('stderr');
    // What it has started holds the pipes open for as long as it lives.
    child.on('exit', () => endGroup(child));
    child.on('close', (code, killedBy) => {
      if (code === null) return fail(`was ended by ${killedBy ?? 'a signal'}`);
      settle(() => resolve({ kind: 'exited', code, stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) }));
    });
    // A program that does not read its input may still answer.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function startProblem({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES') return 'does not start: TMPDIR has to name a folder from which programs may run';
  return code === 'ENOENT' ? 'does not start: its interpreter is missing' : `does not start: ${code ?? message}`;
}

// A group of nobody is not there any more.
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {}
}

function cancelled(signal: AbortSignal | undefined): AssayError {
  const reason: unknown = signal?.reason;
  return reason instanceof AssayError ? reason : new AssayError('cancelled', 'nobody waits for the plugin any more', { cause: reason });
}
