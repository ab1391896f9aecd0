import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { utf8Decode } from '../../../bytes/index.ts';
import { parseJson } from '../../../codec/json.ts';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { withoutOwnSecrets } from '../../../oci/registry/auth/own-secrets.ts';
import type { KeyContext } from '../../keys/key-handle.ts';
import { runProgram } from '../../notation-plugin/run.ts';
import { foreignText, secretsOf } from '../service-error.ts';

/** One question to a plugin (sigstore, pkg/signature/kms/cliplugin, protocol v1). */
export interface PluginQuestion {
  readonly method: 'createKey' | 'publicKey' | 'signMessage' | 'defaultAlgorithm';
  readonly args: object;
  /** Go's number of the hash function that the key is asked for with. */
  readonly hashFunc: number;
  readonly input?: Uint8Array;
}

/** Where the program of a plugin is: the first one on an absolute folder of PATH. Throws `key-unavailable` when there is none. */
export async function findProgram(name: string, { env }: KeyContext): Promise<string> {
  const file = `sigstore-kms-${name}`;
  for (const folder of (env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(folder, file);
    const found = await access(path, constants.X_OK).then(
      () => stat(path),
      () => undefined,
    );
    if (found?.isFile()) return path;
  }
  throw new AssayError('key-unavailable', `keys of the kind ${name}:// need the program ${file}, which is not on PATH`, {
    retryable: false,
  });
}

/**
 * Asks a plugin and gives its answer to the method. What it prints to stderr is dropped. Throws `key-refused` with what the plugin says, `key-unavailable` when it gives no answer within its bounds,
 * `cancelled`.
 */
export async function askPlugin(
  program: string,
  key: string,
  { method, args, hashFunc, input }: PluginQuestion,
  context: KeyContext,
): Promise<Readonly<Record<string, unknown>>> {
  const deadline = new Date(Date.now() + LIMITS.keyServiceMs).toISOString();
  const initOptions = { ctxDeadline: deadline, protocolVersion: 'v1', keyResourceID: key, hashFunc, rpcOptions: {} };
  const env = withoutOwnSecrets(context.env);
  const ended = await runProgram(program, ['v1', JSON.stringify({ initOptions, methodName: method, [method]: args })], {
    cwd: '/',
    env,
    input: input ?? '',
    timeoutMs: LIMITS.keyServiceMs,
    maxBytes: LIMITS.keyPluginBytes,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  if (ended.kind === 'failed') throw new AssayError('key-unavailable', `${program} ${ended.why}`);
  const answer = objectIn(ended.stdout);
  if (answer === undefined)
    throw new AssayError('key-unavailable', `${program} printed no answer (exit code ${ended.code})`, { retryable: false });
  if (typeof answer.errorMessage === 'string' && answer.errorMessage !== '')
    throw new AssayError('key-refused', `${program}: ${foreignText(answer.errorMessage, secretsOf(context.env))}`, { retryable: false });
  const said = answer[method];
  if (ended.code !== 0 || typeof said !== 'object' || said === null || Array.isArray(said))
    throw new AssayError('key-unavailable', `${program} did not answer ${method} (exit code ${ended.code})`, { retryable: false });
  return said as Readonly<Record<string, unknown>>;
}

function objectIn(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseJson(utf8Decode(bytes, 'answer'), 'answer');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // Its text may hold anything: that there was no answer is said by whoever asked.
    return undefined;
  }
}
