import { isAbsolute, join } from 'node:path';
import { AssayError, messageOf } from '../../../errors.ts';
import type { KeyContext } from '../../keys/key-handle.ts';
import type { ServiceTls } from '../../service-client/client.ts';

/** A key of the transit engine of HashiCorp Vault or OpenBao, and where and as whom it is asked for. */
export interface VaultReference {
  readonly key: string;
  readonly address: string;
  /** Where the transit engine is mounted. */
  readonly mount: string;
  readonly namespace: string | undefined;
  /** How Vault is told apart, and what it is shown. */
  readonly tls: ServiceTls;
}

/** Reads `hashivault://KEY` or `openbao://KEY` with the variables that cosign and vault read: VAULT_ADDR, BAO_ADDR, TRANSIT_SECRET_ENGINE_PATH, VAULT_NAMESPACE, and those of TLS. Throws `key-invalid`. */
export function parseVaultReference(reference: string, { env }: KeyContext): VaultReference {
  const key = /^(?:hashivault|openbao):\/\/(\w(?:[\w.-]*\w)?)$/.exec(reference)?.[1];
  if (key === undefined) throw new AssayError('key-invalid', `${reference.slice(0, 200)} is no key of Vault`, { hint: 'hashivault://KEY' });
  const address = env.VAULT_ADDR || env.BAO_ADDR || undefined;
  if (address === undefined || !/^https?:\/\//.test(address) || !URL.canParse(address))
    throw new AssayError('key-invalid', `${reference}: where is Vault?`, { hint: 'VAULT_ADDR=https://vault.example:8200' });
  const mount = (env.TRANSIT_SECRET_ENGINE_PATH || 'transit').replace(/^\/+|\/+$/g, '');
  if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(mount)) throw new AssayError('key-invalid', 'TRANSIT_SECRET_ENGINE_PATH is no path of an engine');
  const namespace = variableOf(env, 'NAMESPACE');
  return { key, address: address.replace(/\/+$/, ''), mount, namespace, tls: tlsOf(reference, env) };
}

type Environment = KeyContext['env'];

function variableOf(env: Environment, name: string): string | undefined {
  return env[`VAULT_${name}`] || env[`BAO_${name}`] || undefined;
}

/** What Vault's own program reads about TLS (developer.hashicorp.com/vault/docs/commands, "Environment variables"). */
function tlsOf(reference: string, env: Environment): ServiceTls {
  const [ca, clientCert, clientKey, serverName] = ['CACERT', 'CLIENT_CERT', 'CLIENT_KEY', 'TLS_SERVER_NAME'].map((n) => variableOf(env, n));
  if (ca === undefined && variableOf(env, 'CAPATH') !== undefined)
    throw new AssayError('key-invalid', `${reference}: a folder of authorities (VAULT_CAPATH) is not read`, {
      hint: 'VAULT_CACERT=FILE, with all of them in it',
    });
  if ((clientCert === undefined) !== (clientKey === undefined))
    throw new AssayError('key-invalid', `${reference}: VAULT_CLIENT_CERT and VAULT_CLIENT_KEY belong together`);
  return {
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(clientCert === undefined || clientKey === undefined ? {} : { clientCert, clientKey }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

/** The token: VAULT_TOKEN, BAO_TOKEN, or the one that `vault login` left in the home folder. Throws `key-refused` when there is none, or none that can be read. */
export async function vaultToken(reference: string, { env, home, readFile }: KeyContext): Promise<string> {
  const given = env.VAULT_TOKEN || env.BAO_TOKEN;
  if (given) return given.trim();
  const token = isAbsolute(home) ? await tokenOfLogin(reference, join(home, '.vault-token'), readFile) : undefined;
  if (token) return token;
  throw new AssayError('key-refused', `${reference}: there is no token for Vault`, {
    hint: 'VAULT_TOKEN=…, or vault login',
    retryable: false,
  });
}

// One that is there and cannot be read is not the same as none: another login would not help.
async function tokenOfLogin(reference: string, file: string, readFile: KeyContext['readFile']): Promise<string | undefined> {
  try {
    return Buffer.from(await readFile(file))
      .toString('utf8')
      .trim();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new AssayError('key-refused', `${reference}: the token of vault login is not read: ${messageOf(error)}`, {
      hint: 'VAULT_TOKEN=…',
      retryable: false,
      cause: error,
    });
  }
}

function isAbsent(error: unknown): boolean {
  const { code, cause } = Object(error) as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  return [code, cause?.code].some((c) => c === 'ENOENT' || c === 'ENOTDIR');
}
