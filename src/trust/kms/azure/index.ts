import { createPublicKey } from 'node:crypto';
import type { JsonWebKey, KeyClient } from '@azure/keyvault-keys';
import { importPublicKey, type PublicKey, type SigningScheme, schemesOf } from '../../../crypto/index.ts';
import { AssayError } from '../../../errors.ts';
import type { CreateKey, KeyContext, OpenKey } from '../../keys/key-handle.ts';
import { once } from '../../keys/once.ts';
import { optionalLibrary } from '../optional-library.ts';
import { remoteSigner } from '../remote-signer.ts';
import { servedEcdsa, servedKey, signingKey } from '../served-key.ts';
import { askService, type ServiceFailure, secretsOf } from '../service-error.ts';
import { type AzureReference, parseAzureReference } from './reference.ts';

const LIBRARIES = '@azure/keyvault-keys @azure/identity';

/** What Azure calls a scheme (RFC 7518 §3.1). Its elliptic keys sign with the hash function of their curve only. */
function algorithmOf(key: PublicKey, { hash, padding, prehashed }: SigningScheme): string | undefined {
  if (prehashed === true) return undefined;
  const bits = hash.slice(3);
  if (key.type === 'rsa') return `${padding === 'pss' ? 'PS' : 'RS'}${bits}`;
  const fits = { 'P-256': '256', 'P-384': '384', 'P-521': '512' }[key.curve ?? 'P-256'];
  return key.type === 'ecdsa' && bits === fits ? `ES${bits}` : undefined;
}

/**
 * Opens a key of Azure Key Vault (`azurekms://`) through Azure's libraries, which find credentials as Azure's own tools do: variables, workload and managed identities, the signed-in
 * developer. Throws `key-invalid`, `unsupported` when they are not installed; the handle throws `key-refused`, `key-unavailable`, `service-lied`.
 */
export const openKey: OpenKey = async (reference, context) => {
  const wanted = parseAzureReference(reference);
  const vault = await connect(wanted, context);
  const key = once(() =>
    ask(reference, context, (options) =>
      vault.keys.getKey(wanted.name, { ...options, ...(wanted.version === undefined ? {} : { version: wanted.version }) }),
    ),
  );
  return {
    name: reference,
    publicKey: async () => publicKeyOf(reference, (await key()).key),
    async signer() {
      const { id, key: jwk } = await key();
      const publicKey = signingKey(reference, publicKeyOf(reference, jwk));
      const client = vault.cryptographyFor(id ?? '');
      return remoteSigner({
        name: reference,
        publicKey,
        schemes: schemesOf(publicKey).filter((s) => algorithmOf(publicKey, s) !== undefined),
        async signDigest(digest, scheme, signal) {
          const algorithm = algorithmOf(publicKey, scheme) ?? '';
          const wider = signal === undefined ? context : { ...context, signal };
          const { result } = await ask(reference, wider, (options) => client.sign(algorithm, digest, options));
          const signature = result ?? new Uint8Array(0);
          return publicKey.type === 'ecdsa' ? servedEcdsa(reference, signature) : signature;
        },
      });
    },
  };
};

/** Makes a key in Azure Key Vault; one of this name gets a new version. Throws `key-invalid`, `key-refused`, `key-unavailable`, `unsupported`. */
export const createKey: CreateKey = async (reference, algorithm = 'ecdsa-sha2-256-nistp256', context) => {
  const wanted = parseAzureReference(reference);
  const { keys } = await connect(wanted, context);
  const curve = /nistp(256|384|521)$/.exec(algorithm)?.[1];
  const size = /^rsa-sign-(?:pkcs1|pss)-(2048|3072|4096)-/.exec(algorithm)?.[1];
  if (curve === undefined && size === undefined) throw new AssayError('unsupported', `Azure Key Vault has no keys for ${algorithm}`);
  const made = await ask(reference, context, (options) =>
    curve === undefined
      ? keys.createRsaKey(wanted.name, { ...options, keySize: Number(size), keyOps: ['sign', 'verify'] })
      : keys.createEcKey(wanted.name, { ...options, curve: `P-${curve}`, keyOps: ['sign', 'verify'] }),
  );
  return publicKeyOf(reference, made.key);
};

interface Vault {
  readonly keys: KeyClient;
  readonly cryptographyFor: (id: string) => InstanceType<typeof import('./library.ts')['CryptographyClient']>;
}

async function connect({ vaultUrl }: AzureReference, { env }: KeyContext): Promise<Vault> {
  const {
    CryptographyClient,
    DefaultAzureCredential,
    KeyClient: Client,
  } = await optionalLibrary(() => import('./library.ts'), 'azurekms://', LIBRARIES);
  // A cloud of its own cannot be looked up at Microsoft's.
  const credential = new DefaultAzureCredential(env.AZURE_AUTHORITY_HOST ? { disableInstanceDiscovery: true } : {});
  return {
    keys: new Client(vaultUrl, credential),
    cryptographyFor(id) {
      // The id came from the vault, and the client sends its token to where the id points.
      if (!id.startsWith(`${vaultUrl}/`)) throw new AssayError('service-lied', `${vaultUrl} names a key of another vault`);
      return new CryptographyClient(id, credential);
    },
  };
}

function publicKeyOf(reference: string, jwk: JsonWebKey | undefined): PublicKey {
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('base64url');
  const kind = jwk?.kty?.replace(/-HSM$/, '');
  if (jwk === undefined || (kind !== 'EC' && kind !== 'RSA'))
    throw new AssayError('key-invalid', `${reference} is a key of the kind ${jwk?.kty}, with which nothing is signed here`);
  const key =
    kind === 'EC' ? { kty: 'EC', crv: jwk.crv ?? '', x: text(jwk.x), y: text(jwk.y) } : { kty: 'RSA', n: text(jwk.n), e: text(jwk.e) };
  if (kind === 'EC' && !['P-256', 'P-384', 'P-521'].includes(jwk.crv ?? ''))
    throw new AssayError('key-invalid', `${reference} is a key on the curve ${jwk.crv}, with which nothing is signed here`);
  return servedKey(reference, () => importPublicKey(createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'der' })));
}

function ask<T>(
  reference: string,
  { signal, env }: KeyContext,
  request: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const failureOf = (error: unknown): ServiceFailure => {
    const { name, code, message, statusCode } = error as { name?: string; code?: string; message?: string; statusCode?: number };
    // Nobody to be, or nobody that the directory knows.
    const identity =
      name === 'CredentialUnavailableError' ||
      name === 'AuthenticationError' ||
      name === 'AggregateAuthenticationError' ||
      name === 'AuthenticationRequiredError';
    return { status: identity ? 401 : statusCode, code: code ?? name, message: message ?? String(error), secrets: secretsOf(env) };
  };
  return askService(reference, (abortSignal) => request({ abortSignal }), { signal, failureOf });
}
