import type { PrivateKey, PublicKey } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { isLoopback } from '../../oci/registry/http/address.ts';
import { parseUrl, printable } from '../../oci/registry/http/message.ts';
import { fetchKey } from './fetch-key.ts';
import type { CreateKey, KeyContext, KeyHandle, OpenKey } from './key-handle.ts';
import { once } from './once.ts';
import { handleOfText, privateKeyOfText } from './text-key.ts';

/** What a key service's module exports. */
interface Backend {
  readonly openKey: OpenKey;
  readonly createKey?: CreateKey;
}

/** What a key is wanted for. */
export interface OpenOptions {
  /** For verification: a private key in a file or variable is refused, which asks for no password and keeps it where it belongs. */
  readonly publicOnly?: boolean;
}

/** Key services by their scheme. Their modules, and the vendors' libraries behind them, are loaded when a reference names them. */
const BACKENDS: ReadonlyMap<string, () => Promise<Backend>> = new Map([
  ['awskms', () => import('../kms/aws/index.ts')],
  ['gcpkms', () => import('../kms/gcp/index.ts')],
  ['azurekms', () => import('../kms/azure/index.ts')],
  ['hashivault', () => import('../kms/vault/index.ts')],
  ['openbao', () => import('../kms/vault/index.ts')],
  ['k8s', () => import('../kms/kubernetes/index.ts')],
  ['pkcs11', () => import('../kms/pkcs11/index.ts')],
]);

/** Places that take keys and never give them out again. */
const ONE_WAY: ReadonlyMap<string, string> = new Map([
  ['github', 'GitHub'],
  ['gitlab', 'GitLab'],
]);

/**
 * Opens the key that a reference names, for signing and for verification alike: a file (or what `readFile` makes of `-`), `env://VARIABLE`,
 * `https://…` (a public key only), `k8s://NAMESPACE/NAME`, `awskms://`, `gcpkms://`, `azurekms://`, `hashivault://`, `pkcs11:`, and any other
 * `NAME://`, which the program `sigstore-kms-NAME` serves. Files and variables are read and recognised here; no service is asked before the
 * handle is used.
 *
 * Throws `key-invalid`, `file-unreadable`, `unsupported`, and `offline` where only files may be asked.
 */
export async function openKey(reference: string, context: KeyContext, options: OpenOptions = {}): Promise<KeyHandle> {
  const scheme = schemeOf(reference);
  if (scheme === undefined) {
    const bytes = await context.readFile(reference);
    return handleOfText(reference, bytes.toString('utf8'), context, options);
  }
  if (scheme === 'env') return handleOfText(reference, variable(reference, context), context, options);
  if (scheme === 'http' || scheme === 'https') return urlHandle(reference, scheme, context);
  return askedOnce(await (await backendOf(reference, scheme, context)).openKey(reference, context));
}

/**
 * Makes a new key where the reference says (`keys generate --kms REFERENCE`) and answers its public half. Throws `unsupported` where that is no
 * place for new keys, `key-refused`, `key-unavailable`, `offline`.
 */
export async function createKey(reference: string, algorithm: string | undefined, context: KeyContext): Promise<PublicKey> {
  const scheme = schemeOf(reference);
  const hint = 'awskms://, gcpkms://, azurekms://, hashivault://, pkcs11:, k8s:// and plugins make keys';
  if (scheme === undefined || ['env', 'http', 'https'].includes(scheme))
    throw new AssayError('unsupported', `no key is made at ${nameOf(reference)}`, { hint });
  const backend = await backendOf(reference, scheme, context);
  if (backend.createKey === undefined)
    throw new AssayError('unsupported', `no key is made by the service of ${nameOf(reference)}`, { hint });
  return backend.createKey(reference, algorithm, context);
}

/**
 * The private key itself that a reference names, for the few who write it anew: a file or `env://VARIABLE`. Throws `key-invalid`, `password-wrong`,
 * `file-unreadable`, `unsupported` for a key that never comes out of its place.
 */
export async function privateKeyAt(reference: string, context: KeyContext): Promise<PrivateKey> {
  const scheme = schemeOf(reference);
  if (scheme !== undefined && scheme !== 'env')
    throw new AssayError('unsupported', `the private key of ${nameOf(reference)} cannot be taken from there`, { hint: 'name a file' });
  const text = scheme === 'env' ? variable(reference, context) : (await context.readFile(reference)).toString('utf8');
  return privateKeyOfText(reference, text, context);
}

/** Whether a reference names a key service, token or plugin: neither a file nor a variable nor a URL. */
export function isServiceReference(reference: string): boolean {
  const scheme = schemeOf(reference);
  return scheme !== undefined && !['env', 'http', 'https'].includes(scheme);
}

// A path such as `C:\keys` or `a:b` is a file: only `pkcs11:` stands without slashes (RFC 7512).
function schemeOf(reference: string): string | undefined {
  return /^(pkcs11):/i.exec(reference)?.[1]?.toLowerCase() ?? /^([A-Za-z][A-Za-z0-9+._-]*):\/\//.exec(reference)?.[1]?.toLowerCase();
}

async function backendOf(reference: string, scheme: string, { offline }: KeyContext): Promise<Backend> {
  const oneWay = ONE_WAY.get(scheme);
  if (oneWay !== undefined) {
    throw new AssayError('unsupported', `${nameOf(reference)}: ${oneWay} gives the secrets of a project to its jobs only`, {
      hint: 'in the job, name the variable: env://COSIGN_PRIVATE_KEY to sign, env://COSIGN_PUBLIC_KEY to verify',
    });
  }
  if (scheme === 'file') {
    throw new AssayError('unsupported', `${nameOf(reference)}: files are named by their path alone`);
  }
  // A token is at hand; every other service is asked over a network, or by a program that may do so.
  if (offline && scheme !== 'pkcs11') throw new AssayError('offline', `--offline forbids asking for the key ${nameOf(reference)}`);
  const load = BACKENDS.get(scheme);
  if (load === undefined) return import('../kms/plugin/index.ts');
  // None of them takes a user in a reference, which is shown, logged and kept in policies.
  if (/^[^/]*:\/\/[^/]*@/.test(reference))
    throw new AssayError(
      'key-invalid',
      `the reference of the key ${nameOf(reference)} has a user or password in it, which is sent nowhere`,
      {
        hint: 'key services are signed in to as their own tools do, by variables and files',
      },
    );
  return load();
}

function variable(reference: string, { env }: KeyContext): string {
  const name = reference.slice('env://'.length);
  const value = env[name];
  if (value === undefined || value === '') throw new AssayError('key-invalid', `the variable of ${reference} is not set`);
  return value;
}

async function urlHandle(reference: string, scheme: string, context: KeyContext): Promise<KeyHandle> {
  const url = parseUrl(reference);
  if (url === undefined) throw new AssayError('key-invalid', `the address of a key cannot be read: ${nameOf(reference).slice(0, 200)}`);
  const name = nameOf(reference);
  if (scheme === 'http' && !isLoopback(url.hostname)) throw new AssayError('key-invalid', `a key is not fetched over plain HTTP: ${name}`);
  if (context.offline) throw new AssayError('offline', `--offline forbids fetching the key ${name}`);
  // References are shown, logged and kept in policies: no secret stands in one.
  if (url.username !== '' || url.password !== '')
    throw new AssayError('key-invalid', `the address of the key ${name} has a user or password in it, which is sent nowhere`, {
      hint: 'fetch the key by other means, and name the file',
    });
  const load = async (): Promise<KeyHandle> => handleOfText(name, await fetchKey(reference, name, context), context, { publicOnly: true });
  return askedOnce({
    name,
    publicKey: async () => (await load()).publicKey(),
    signer: async () => (await load()).signer(),
  });
}

/** A reference without what may be a secret in it: the user of an address and the values of its query, the PIN of a token (RFC 7512 §2.4). */
export function nameOf(reference: string): string {
  const url = /^https?:/i.test(reference) ? parseUrl(reference) : undefined;
  if (url !== undefined) return printable(url);
  return reference.replace(/^([A-Za-z][A-Za-z0-9+._-]*:\/\/)[^/]*@/, '$1').replace(/([?&;])(pin-(?:value|source))=[^&;]*/gi, '$1$2=…');
}

/** A handle that asks its service, or for a password, once. */
function askedOnce({ name, publicKey, signer }: KeyHandle): KeyHandle {
  return { name, publicKey: once(publicKey), signer: once(signer) };
}
