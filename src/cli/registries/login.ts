import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { fixedCredentials } from '../../oci/registry/auth/credential.ts';
import { forgetCredential, keepCredential } from '../../oci/registry/auth/keep-credential.ts';
import { createRegistryClient } from '../../oci/registry/client.ts';
import { storedCredentials } from '../../oci/registry/credentials.ts';
import { refusal } from '../../oci/registry/refusal.ts';
import type { Call } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { parseRegistry } from '../options/repository.ts';
import { reachOf } from '../registry.ts';
import { printable } from '../text/printable.ts';

/** `assay login`: asks for name and password, shows them to the registry, and keeps them only when it takes them. */
export async function login(call: Call): Promise<number> {
  const { args, io, out, options, signal } = call;
  const { registry } = parseRegistry(args[0] ?? '');
  const { username, password } = await ask(call, registry);
  const client = createRegistryClient({
    ...reachOf(options),
    env: io.env,
    credentials: fixedCredentials(registry, { kind: 'basic', username, password }),
  });
  try {
    const answer = await client.send({ registry, actions: [], method: 'GET', target: '/v2/', signal }).catch((error: unknown) => {
      throw refused(error, registry);
    });
    if (answer.status !== 200) throw refused(refusal(answer, { method: 'GET' }), registry);
  } finally {
    await client.close();
  }
  const { file, helper } = await keepCredential(registry, username, password, { env: io.env, home: io.home });
  const where = helper === undefined ? file : `the credential helper ${helper}`;
  if (helper === undefined)
    out.warn('credentials-in-file', `the password is kept unencrypted in ${file}: a credential helper (credsStore) would keep it safe`);
  if (out.format === 'text') out.print(`logged in to ${registry} as ${printable(username)}; kept in ${printable(where, 1000)}\n`);
  else await out.result({ schema: 'assay/login/v1', registry, username, file, helper: helper ?? null, warnings: out.warnings, errors: [] });
  return DONE;
}

// The usual hint is to log in, which is what was just tried.
function refused(error: unknown, registry: string): unknown {
  if (!(error instanceof AssayError) || (error.code !== 'registry-unauthorized' && error.code !== 'registry-forbidden')) return error;
  return new AssayError(error.code, `${registry} does not take this name and password: ${error.message}`, {
    hint: 'nothing was kept; some registries want a token in the place of the password',
    cause: error,
  });
}

/** `assay logout`: forgets what login has kept. */
export async function logout({ args, io, out }: Call): Promise<number> {
  const { registry } = parseRegistry(args[0] ?? '');
  const { removed, file, helper } = await forgetCredential(registry, { env: io.env, home: io.home });
  // A remark: that a place elsewhere cannot be asked changes nothing.
  const left = await storedCredentials({ env: io.env, home: io.home })
    .find(registry, undefined)
    .catch((error: unknown) => {
      if (error instanceof AssayError) return undefined;
      throw error;
    });
  if (left !== undefined)
    out.warn('credentials-left', `there are still credentials for ${registry} elsewhere (DOCKER_AUTH_CONFIG, or a file of another tool)`);
  if (out.format === 'text') out.print(removed ? `logged out of ${registry}\n` : `there were no credentials for ${registry}\n`);
  else await out.result({ schema: 'assay/logout/v1', registry, removed, file, helper: helper ?? null, warnings: out.warnings, errors: [] });
  return DONE;
}

async function ask({ io, options, signal }: Call, registry: string): Promise<{ username: string; password: string }> {
  const given = options.text('username');
  if (options.flag('password-stdin')) {
    if (given === undefined) throw new AssayError('usage-invalid', '--password-stdin needs --username');
    return checked(given, await fromStdin(io.stdin));
  }
  const terminal = await io.terminal?.();
  if (terminal === undefined)
    throw new AssayError('usage-invalid', 'there is no terminal to ask for a password', {
      hint: 'assay login REGISTRY --username NAME --password-stdin < FILE',
    });
  const username = given ?? (await terminal.line(`User name for ${registry}: `, signal)) ?? '';
  const secret = await terminal.secret(`Password for ${registry}: `, signal);
  return checked(username.trim(), Buffer.from(secret ?? []).toString('utf8'));
}

function checked(username: string, password: string): { username: string; password: string } {
  if (username === '') throw new AssayError('usage-invalid', 'the user name is empty');
  if (username.includes(':')) throw new AssayError('usage-invalid', 'a user name cannot have a colon (RFC 7617 §2)');
  if (password === '') throw new AssayError('usage-invalid', 'the password is empty');
  return { username, password };
}

async function fromStdin(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stdin) {
    size += part.length;
    if (size > LIMITS.tokenLength) throw new AssayError('limit', `the password on stdin is longer than ${LIMITS.tokenLength} bytes`);
    parts.push(part);
  }
  // What `echo` adds is none of it.
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
