import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, realpath, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { utf8Decode } from '../../../bytes/index.ts';
import { parseJson } from '../../../codec/json.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { withLayoutLock } from '../../layout/lock.ts';
import type { Environment } from '../http/proxy.ts';
import { plainKey } from './docker-config.ts';
import { eraseWithHelper, storeWithHelper } from './helper.ts';

/** Where credentials are kept. */
export interface KeepOptions {
  readonly env: Environment;
  readonly home: string;
}

/** Where they were put: a file, or a helper that a file names. */
export interface Kept {
  readonly file: string;
  readonly helper: string | undefined;
}

/**
 * Keeps a name and password for a registry where Docker does (docker/cli, `config.json`): with the helper that is named for it (`credHelpers`) or for all
 * (`credsStore`), else in the file itself, which only its owner may read. Everything else in the file stays. Throws `credentials-unavailable`, `file-unwritable`.
 */
export async function keepCredential(registry: string, username: string, password: string, options: KeepOptions): Promise<Kept> {
  const file = configFile(options);
  const config = await readConfig(file);
  const helper = helperFor(config, registry);
  const server = serverOf(registry);
  if (helper !== undefined) await storeWithHelper(helper, server, username, password, options.env);
  // Docker's own marker of an entry that a helper has is an empty one.
  const entry = helper === undefined ? { auth: Buffer.from(`${username}:${password}`).toString('base64') } : {};
  await changeAuths(file, (all) => [...all.filter(([key]) => plainKey(key) !== plainKey(registry)), [server, entry]]);
  return { file, helper };
}

/** Forgets the credentials of a registry there. Answers whether there were some. Throws `credentials-unavailable`, `file-unwritable`. */
export async function forgetCredential(registry: string, options: KeepOptions): Promise<Kept & { readonly removed: boolean }> {
  const file = configFile(options);
  const config = await readConfig(file);
  const helper = helperFor(config, registry);
  const isOther = ([key]: Auth): boolean => plainKey(key) !== plainKey(registry);
  const listed = !Object.entries(auths(config)).every(isOther);
  const erased = helper === undefined ? false : await eraseWithHelper(helper, serverOf(registry), options.env);
  if (listed) await changeAuths(file, (all) => all.filter(isOther));
  return { file, helper, removed: erased || listed };
}

type Config = Readonly<Record<string, unknown>>;

function configFile({ env, home }: KeepOptions): string {
  if (env.DOCKER_CONFIG) return join(env.DOCKER_CONFIG, 'config.json');
  return env.REGISTRY_AUTH_FILE || join(home, '.docker', 'config.json');
}

// Docker's login stores Docker Hub under its old address.
function serverOf(registry: string): string {
  return plainKey(registry) === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
}

function helperFor(config: Config, registry: string): string | undefined {
  const own = Object.entries(objectIn(config.credHelpers)).find(([key]) => plainKey(key) === plainKey(registry))?.[1];
  const name = own ?? config.credsStore;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function auths(config: Config): Record<string, unknown> {
  return objectIn(config.auths);
}

function objectIn(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

async function readConfig(file: string): Promise<Config> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    if (code === 'ENOENT') return {};
    throw new AssayError('credentials-unavailable', `cannot read ${file}`, { cause, retryable: false });
  }
  if (bytes.length === 0) return {};
  if (bytes.length > LIMITS.credentialHelperBytes) throw new AssayError('limit', `${file} has ${bytes.length} bytes`);
  try {
    const value = parseJson(utf8Decode(bytes, file), file);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Config;
  } catch (cause) {
    throw new AssayError('credentials-unavailable', `${file} is not valid JSON, and stays as it is`, { cause, retryable: false });
  }
  throw new AssayError('credentials-unavailable', `${file} is not a JSON object, and stays as it is`, { retryable: false });
}

type Auth = readonly [string, unknown];

// Read again once nobody else is at it: two that log in at once would else keep what only one of them was told. A link stays a link.
async function changeAuths(file: string, change: (all: readonly Auth[]) => readonly Auth[]): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unwritable(file, cause);
  }
  const target = await realpath(file).catch(() => file);
  await withLayoutLock(dirname(target), undefined, async (held) => {
    const config = await readConfig(file);
    const next = change(Object.entries(auths(config)));
    await held.check();
    await writeConfig(target, { ...config, auths: Object.fromEntries(next) });
  });
}

// Under another name first: a process that is stopped leaves the old file.
async function writeConfig(target: string, config: Config): Promise<void> {
  const temporary = join(dirname(target), `.assay-${randomBytes(8).toString('hex')}`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(config, null, '\t')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (cause) {
    await unlink(temporary).catch(() => {});
    throw unwritable(target, cause);
  }
}

function unwritable(file: string, cause: unknown): AssayError {
  return new AssayError('file-unwritable', `cannot write ${file}: ${messageOf(cause)}`, { cause });
}
