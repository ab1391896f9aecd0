import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { printableText } from '../http/message.ts';
import type { Environment } from '../http/proxy.ts';
import type { Credential } from './credential.ts';
import { basicOf } from './docker-config.ts';
import { withoutOwnSecrets } from './own-secrets.ts';

/**
 * Asks `docker-credential-NAME get` about a server (docker/docker-credential-helpers, README). `undefined` when it knows none.
 * Throws `credentials-unavailable` when the helper is missing, fails, is late, or says what is no answer.
 */
export async function askHelper(name: string, server: string, env: Environment): Promise<Credential | undefined> {
  const fail = (why: string, cause?: unknown): never => {
    throw failed(name, server, why, cause);
  };
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return fail('not a name');
  const { code, stdout, error } = await run(`docker-credential-${name}`, 'get', server, env);
  if (code !== 0 && /credentials not found/i.test(stdout)) return undefined;
  if (error !== undefined) return fail(whyOf(error, stdout), error);
  let answer: { Username?: unknown; Secret?: unknown };
  try {
    answer = JSON.parse(stdout) as typeof answer;
  } catch {
    return fail('its answer is not JSON');
  }
  if (typeof answer?.Username !== 'string' || typeof answer.Secret !== 'string') return fail('its answer has no Username and Secret');
  return answer.Username === '' && answer.Secret === '' ? undefined : basicOf(answer.Username, answer.Secret);
}

/** Has `docker-credential-NAME store` keep a name and password for a server. Throws `credentials-unavailable`; the password stands in no message. */
export async function storeWithHelper(name: string, server: string, username: string, secret: string, env: Environment): Promise<void> {
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: secret });
  const { error, stdout } = await tell(name, 'store', input, env);
  if (error === undefined) return;
  const said = stdout.includes(secret) ? '' : stdout;
  throw failed(name, server, whyOf(error, said), undefined);
}

/** Has `docker-credential-NAME erase` forget a server. Answers `false` when it knew none. Throws `credentials-unavailable`. */
export async function eraseWithHelper(name: string, server: string, env: Environment): Promise<boolean> {
  const { error, stdout } = await tell(name, 'erase', server, env);
  if (error === undefined) return true;
  if (/not found/i.test(stdout)) return false;
  throw failed(name, server, whyOf(error, stdout), error);
}

async function tell(name: string, action: 'store' | 'erase', input: string, env: Environment): Promise<Finished> {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) throw failed(name, 'any server', 'not a name', undefined);
  return run(`docker-credential-${name}`, action, input, env);
}

function failed(name: string, server: string, why: string, cause: unknown): AssayError {
  return new AssayError('credentials-unavailable', `credential helper "${printableText(name, 60)}" for ${server}: ${why}`, {
    cause,
    retryable: false,
  });
}

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly error: (Error & { code?: unknown; killed?: boolean }) | undefined;
}

async function run(file: string, action: 'get' | 'store' | 'erase', input: string, env: Environment): Promise<Finished> {
  const { execFile } = await import('node:child_process');
  const options = {
    env: withoutOwnSecrets(env),
    timeout: LIMITS.credentialHelperMs,
    maxBuffer: LIMITS.credentialHelperBytes,
    killSignal: 'SIGKILL',
    windowsHide: true,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(file, [action], options, (error, stdout) => {
      resolve({ code: error ? 1 : 0, stdout, error: error ?? undefined });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function whyOf(error: Error & { code?: unknown; killed?: boolean }, stdout: string): string {
  if (error.code === 'ENOENT') return 'it is not installed';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it says more than ${LIMITS.credentialHelperBytes} bytes`;
  if (error.killed) return `no answer within ${LIMITS.credentialHelperMs / 1000} s`;
  // A failing helper explains itself on stdout, where secrets stand when it succeeds: one that does both, or repeats what it was told, is not repeated.
  const said = /"secret"/i.test(stdout) ? '' : printableText(stdout, LIMITS.foreignMessageLength);
  return `it failed: ${said || 'without a word'}`;
}
