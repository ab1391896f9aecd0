import { join } from 'node:path';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Credential, CredentialSource } from './auth/credential.ts';
import { type DockerConfig, parseDockerConfig, plainKey } from './auth/docker-config.ts';
import { askHelper } from './auth/helper.ts';
import type { Environment } from './http/proxy.ts';

/** Where credentials are looked for. Nothing is read before a registry asks for some. */
export interface StoredCredentialsOptions {
  readonly env: Environment;
  /** The user's home folder. */
  readonly home: string | undefined;
}

/**
 * The credentials that Docker, podman and others have stored: `DOCKER_AUTH_CONFIG` (JSON), `DOCKER_CONFIG` (folder),
 * `REGISTRY_AUTH_FILE`, `~/.docker/config.json`, podman's `auth.json` in `XDG_RUNTIME_DIR` and in `XDG_CONFIG_HOME`. The
 * first that has something for the registry serves; in each, `credHelpers`, then `auths` with the most specific path first, then `credsStore`.
 */
export function storedCredentials(options: StoredCredentialsOptions): CredentialSource {
  const answers = new Map<string, { readonly answer: Promise<Credential | undefined>; readonly until: number }>();
  return {
    find(registry, repository) {
      const key = `${registry}/${repository ?? ''}`;
      const known = answers.get(key);
      if (known !== undefined && known.until > performance.now()) return known.answer;
      const answer = readConfigs(options).then((all) => findIn(all, registry, repository, options.env));
      answers.set(key, { answer, until: performance.now() + LIMITS.credentialsKeptMs });
      answer.catch(() => answers.delete(key));
      return answer;
    },
  };
}

async function findIn(
  all: readonly DockerConfig[],
  registry: string,
  repository: string | undefined,
  env: Environment,
): Promise<Credential | undefined> {
  for (const config of all) {
    const found = await findInOne(config, registry, repository, env);
    if (found instanceof AssayError) throw found;
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findInOne(
  config: DockerConfig,
  registry: string,
  repository: string | undefined,
  env: Environment,
): Promise<Credential | AssayError | undefined> {
  const keys = keysOf(plainKey(registry), repository);
  // Docker's login stores Docker Hub under its old address.
  const server = plainKey(registry) === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  const helper = keys.map((k) => config.helpers.get(k)).find((h) => h !== undefined);
  const fromHelper = helper === undefined ? undefined : await askHelper(helper, server, env);
  const stated = fromHelper ?? keys.map((k) => config.auths.get(k)).find((c) => c !== undefined);
  if (stated !== undefined || config.store === undefined || config.store === helper) return stated;
  return askHelper(config.store, server, env);
}

// host/a/b, host/a, host
function keysOf(registry: string, repository: string | undefined): readonly string[] {
  const parts = repository === undefined ? [] : repository.split('/');
  return [...parts.map((_, i) => [registry, ...parts.slice(0, parts.length - i)].join('/')), registry];
}

async function readConfigs({ env, home }: StoredCredentialsOptions): Promise<readonly DockerConfig[]> {
  const inline = env.DOCKER_AUTH_CONFIG || undefined;
  const first = inline === undefined ? [] : [parseDockerConfig(Buffer.from(inline), 'DOCKER_AUTH_CONFIG')];
  const configHome = env.XDG_CONFIG_HOME || (home === undefined ? undefined : join(home, '.config'));
  const paths = [
    within(env.DOCKER_CONFIG || undefined, 'config.json'),
    env.REGISTRY_AUTH_FILE || undefined,
    within(env.DOCKER_CONFIG ? undefined : home, '.docker/config.json'),
    within(env.XDG_RUNTIME_DIR || undefined, 'containers/auth.json'),
    within(configHome, 'containers/auth.json'),
  ];
  const read = await Promise.all(paths.map((p) => (p === undefined ? undefined : readConfig(p))));
  return [...first, ...read.filter((c) => c !== undefined)];
}

function within(folder: string | undefined, name: string): string | undefined {
  return folder === undefined ? undefined : join(folder, name);
}

async function readConfig(path: string): Promise<DockerConfig | undefined> {
  let bytes: Buffer;
  try {
    bytes = await (await import('node:fs/promises')).readFile(path);
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AssayError('credentials-unavailable', `cannot read ${path}`, { cause, retryable: false });
  }
  return bytes.length === 0 ? undefined : parseDockerConfig(bytes, path);
}
