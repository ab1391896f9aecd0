import { AssayError } from '../errors.ts';
import type { Credential, CredentialSource } from '../oci/registry/auth/credential.ts';
import type { RegistryClient, RegistryClientOptions } from '../oci/registry/client.ts';
import type { Io } from './io.ts';
import type { Values } from './values.ts';
import { asksTrustPolicy } from './verify/notation-flags.ts';

const clients = new WeakMap<Io, Map<string, Promise<RegistryClient>>>();

/**
 * The client that the registry options of a run ask for, with the process's proxies, certificates and stored credentials. The images of
 * one run share one, with its connections and tokens; credentials from the command line are for the named registry alone. Throws `usage-invalid`.
 */
export function clientOf(options: Values, io: Io, registry: string): Promise<RegistryClient> {
  const ofRun = clients.get(io) ?? new Map<string, Promise<RegistryClient>>();
  clients.set(io, ofRun);
  const fixed = options.given('registry-username') || options.given('registry-token') || notationLogin(options, io) !== undefined;
  const key = fixed ? registry : '';
  const client = ofRun.get(key) ?? makeClient(options, io, registry);
  ofRun.set(key, client);
  return client;
}

async function makeClient(options: Values, io: Io, registry: string): Promise<RegistryClient> {
  const [{ createRegistryClient }, credentials] = await Promise.all([
    import('../oci/registry/client.ts'),
    credentialsOf(options, io, registry),
  ]);
  return createRegistryClient({ ...reachOf(options), credentials, env: io.env });
}

/** How the options say a registry is reached. Throws `usage-invalid` when one half of a pair is missing. */
export function reachOf(options: Values): RegistryClientOptions {
  const [cert, key] = [options.text('registry-client-cert'), options.text('registry-client-key')];
  if ((cert === undefined) !== (key === undefined))
    throw new AssayError('usage-invalid', '--registry-client-cert and --registry-client-key belong together');
  const [ca, serverName] = [options.text('registry-cacert'), options.text('registry-server-name')];
  const offline = options.has('offline') && options.flag('offline');
  const mirrors = mirrorsOf(options.list('registry-mirror'));
  if (offline && mirrors.size > 0)
    throw new AssayError('usage-invalid', '--registry-mirror names another host than the registry, which --offline forbids to ask');
  return {
    ...(options.flag('allow-http-registry') ? { allowHttp: true } : {}),
    ...(options.flag('allow-insecure-registry') ? { allowInsecure: true } : {}),
    ...(ca === undefined ? {} : { caFiles: [ca] }),
    ...(cert === undefined || key === undefined ? {} : { clientCertificate: { certFile: cert, keyFile: key } }),
    ...(serverName === undefined ? {} : { serverName }),
    mirrors,
    ...(offline ? { namedOnly: true } : {}),
  };
}

/** `registry=host`, several hosts of one registry in the order given. Throws `usage-invalid`. */
function mirrorsOf(texts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const mirrors = new Map<string, readonly string[]>();
  for (const text of texts) {
    const [, registry, host] = /^([^=\s/]+)=((?:http:\/\/)?[^=\s/]+)$/.exec(text) ?? [];
    if (registry === undefined || host === undefined)
      throw new AssayError('usage-invalid', `--registry-mirror ${text.slice(0, 100)}: registry=host is expected`);
    mirrors.set(registry, [...(mirrors.get(registry) ?? []), host]);
  }
  return mirrors;
}

async function credentialsOf(options: Values, io: Pick<Io, 'env' | 'home'>, registry: string): Promise<CredentialSource> {
  const [username, password, token] = [
    options.text('registry-username'),
    options.text('registry-password'),
    options.text('registry-token'),
  ];
  if ((username === undefined) !== (password === undefined))
    throw new AssayError('usage-invalid', '--registry-username and --registry-password belong together');
  if (token !== undefined && username !== undefined)
    throw new AssayError('usage-invalid', '--registry-token and --registry-username exclude each other');
  const named = token === undefined ? login(username, password) : ({ kind: 'registry-token', token } as const);
  const credential = named ?? notationLogin(options, io);
  if (credential !== undefined) return (await import('../oci/registry/auth/credential.ts')).fixedCredentials(registry, credential);
  const { storedCredentials } = await import('../oci/registry/credentials.ts');
  return storedCredentials({ env: io.env, home: io.home });
}

function login(username: string | undefined, password: string | undefined): Credential | undefined {
  return username === undefined || password === undefined ? undefined : { kind: 'basic', username, password };
}

/** notation's variables, for the registry that is named, where its signatures are asked for; as there they come before what is stored. */
function notationLogin(options: Values, { env }: Pick<Io, 'env'>): Credential | undefined {
  const made = options.has('signature-format') && (options.text('format') ?? '').startsWith('notation');
  if (!made && !asksTrustPolicy({ options })) return undefined;
  return login(env.NOTATION_USERNAME || undefined, env.NOTATION_PASSWORD || undefined);
}
