import { utf8Decode } from '../../../bytes/index.ts';
import { parseJson } from '../../../codec/json.ts';
import { AssayError } from '../../../errors.ts';
import type { Credential } from './credential.ts';

/** What Docker's `config.json` and podman's `auth.json` say about credentials. Keys are `host` or `host/path`, without scheme. */
export interface DockerConfig {
  /** A broken entry is the error to throw when its registry is asked for; it says nothing about others. */
  readonly auths: ReadonlyMap<string, Credential | AssayError>;
  readonly helpers: ReadonlyMap<string, string>;
  readonly store: string | undefined;
}

/** Reads such a file's content. Throws `credentials-unavailable`; the message never repeats content. */
export function parseDockerConfig(bytes: Uint8Array, what: string): DockerConfig {
  const value = document(bytes, what);
  const auths = new Map<string, Credential | AssayError>();
  for (const [key, entry] of members(value.auths)) {
    const credential = credentialOf(entry, `${what}: auths["${key.slice(0, 100)}"]`);
    // A key without scheme and path is the exact one; a longer spelling of it must not take its place.
    const name = plainKey(key);
    if (credential !== undefined && (!auths.has(name) || name === key)) auths.set(name, credential);
  }
  const helpers = new Map<string, string>();
  for (const [key, name] of members(value.credHelpers)) if (typeof name === 'string' && name !== '') helpers.set(plainKey(key), name);
  const store = value.credsStore;
  return { auths, helpers, store: typeof store === 'string' && store !== '' ? store : undefined };
}

/** A key without scheme and API version; the names of Docker Hub become one. */
export function plainKey(key: string): string {
  const plain = key.replace(/^https?:\/\//i, '').replace(/\/(?:v[12]\/?)?$/, '');
  const [host = '', ...path] = plain.split('/');
  const hub = host === 'index.docker.io' || host === 'registry-1.docker.io';
  return [hub ? 'docker.io' : host, ...path].join('/');
}

function document(bytes: Uint8Array, what: string): Record<string, unknown> {
  try {
    const value = parseJson(utf8Decode(bytes, what), what);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new AssayError('credentials-unavailable', `${what} is not valid JSON`, { cause });
  }
  throw new AssayError('credentials-unavailable', `${what} is not a JSON object`);
}

function members(value: unknown): readonly [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function credentialOf(entry: unknown, what: string): Credential | AssayError | undefined {
  const { auth, username, password, identitytoken, registrytoken } = (entry ?? {}) as Record<string, unknown>;
  if (isText(registrytoken)) return { kind: 'registry-token', token: registrytoken };
  if (isText(identitytoken)) return { kind: 'identity-token', token: identitytoken };
  if (isText(auth)) {
    const pair = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = pair.indexOf(':');
    if (colon < 1) return new AssayError('credentials-unavailable', `${what} holds no user and password`, { retryable: false });
    return basicOf(pair.slice(0, colon), pair.slice(colon + 1));
  }
  return isText(username) && typeof password === 'string' ? basicOf(username, password) : undefined;
}

/** User and password as helpers and files give them; the user `<token>` marks an identity token. */
export function basicOf(username: string, password: string): Credential {
  return username === '<token>' ? { kind: 'identity-token', token: password } : { kind: 'basic', username, password };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
