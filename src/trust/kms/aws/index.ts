import type { KMSClient, SigningAlgorithmSpec } from '@aws-sdk/client-kms';
import { importPublicKey, type PublicKey, type SigningScheme, sameScheme, schemesOf } from '../../../crypto/index.ts';
import { AssayError } from '../../../errors.ts';
import type { CreateKey, KeyContext, OpenKey } from '../../keys/key-handle.ts';
import { once } from '../../keys/once.ts';
import { optionalLibrary } from '../optional-library.ts';
import { remoteSigner } from '../remote-signer.ts';
import { servedKey } from '../served-key.ts';
import { askService, type ServiceFailure, secretsOf } from '../service-error.ts';
import { type AwsReference, parseAwsReference } from './reference.ts';

/** What AWS calls the schemes (AWS KMS API reference, Sign). */
const ALGORITHMS: readonly (readonly [SigningAlgorithmSpec, SigningScheme])[] = [
  ['ECDSA_SHA_256', { hash: 'sha256' }],
  ['ECDSA_SHA_384', { hash: 'sha384' }],
  ['ECDSA_SHA_512', { hash: 'sha512' }],
  ['RSASSA_PKCS1_V1_5_SHA_256', { hash: 'sha256', padding: 'pkcs1' }],
  ['RSASSA_PKCS1_V1_5_SHA_384', { hash: 'sha384', padding: 'pkcs1' }],
  ['RSASSA_PKCS1_V1_5_SHA_512', { hash: 'sha512', padding: 'pkcs1' }],
  ['RSASSA_PSS_SHA_256', { hash: 'sha256', padding: 'pss' }],
  ['RSASSA_PSS_SHA_384', { hash: 'sha384', padding: 'pss' }],
  ['RSASSA_PSS_SHA_512', { hash: 'sha512', padding: 'pss' }],
  ['ED25519_SHA_512', { hash: 'sha512' }],
  ['ED25519_PH_SHA_512', { hash: 'sha512', prehashed: true }],
];

const KEY_SPECS: ReadonlyMap<string, string> = new Map([
  ['ecdsa-sha2-256-nistp256', 'ECC_NIST_P256'],
  ['ecdsa-sha2-384-nistp384', 'ECC_NIST_P384'],
  ['ecdsa-sha2-512-nistp521', 'ECC_NIST_P521'],
  ['rsa-sign-pkcs1-2048-sha256', 'RSA_2048'],
  ['rsa-sign-pkcs1-3072-sha256', 'RSA_3072'],
  ['rsa-sign-pkcs1-4096-sha256', 'RSA_4096'],
]);

/**
 * Opens a key of AWS KMS (`awskms://`) through AWS's SDK, which finds credentials and region as AWS's own tools do: variables, profiles, roles. Throws `key-invalid`, `unsupported` when the
 * SDK is not installed; the handle throws `key-refused`, `key-unavailable`, `service-lied`.
 */
export const openKey: OpenKey = async (reference, context) => {
  const wanted = parseAwsReference(reference);
  const { library, client } = await connect(wanted, context);
  const key = once(async (): Promise<{ readonly publicKey: PublicKey; readonly specs: readonly string[] }> => {
    const answer = await ask(reference, context, (options) =>
      client.send(new library.GetPublicKeyCommand({ KeyId: wanted.keyId }), options),
    );
    if (answer.PublicKey === undefined || answer.KeyUsage !== 'SIGN_VERIFY')
      throw new AssayError('key-invalid', `${reference} is a key for ${answer.KeyUsage ?? 'nothing'}, not for signing`);
    const spki = Buffer.from(answer.PublicKey);
    return { publicKey: servedKey(reference, () => importPublicKey(spki)), specs: answer.SigningAlgorithms ?? [] };
  });
  const specOf = (scheme: SigningScheme, specs: readonly string[], publicKey: PublicKey): SigningAlgorithmSpec | undefined =>
    ALGORITHMS.find(
      ([spec, s]) => specs.includes(spec) && sameScheme(s, scheme) && spec.startsWith(publicKey.type === 'ecdsa' ? 'ECDSA' : ''),
    )?.[0];

  return {
    name: reference,
    publicKey: async () => (await key()).publicKey,
    async signer() {
      const { publicKey, specs } = await key();
      const all: readonly SigningScheme[] = [...schemesOf(publicKey), { hash: 'sha512', prehashed: true }];
      const sign = async (
        content: Uint8Array,
        scheme: SigningScheme,
        type: 'DIGEST' | 'RAW',
        signal: AbortSignal | undefined,
      ): Promise<Buffer> => {
        const command = new library.SignCommand({
          KeyId: wanted.keyId,
          Message: content,
          MessageType: type,
          SigningAlgorithm: specOf(scheme, specs, publicKey),
        });
        const answer = await ask(reference, signal === undefined ? context : { ...context, signal }, (options) =>
          client.send(command, options),
        );
        return Buffer.from(answer.Signature ?? []);
      };
      return remoteSigner({
        name: reference,
        publicKey,
        schemes: all.filter((s) => specOf(s, specs, publicKey) !== undefined),
        signDigest: (digest, scheme, signal) => sign(digest, scheme, 'DIGEST', signal),
        signMessage: (message, scheme, signal) => sign(message, scheme, 'RAW', signal),
      });
    },
  };
};

/** Makes a key in AWS KMS; an alias in the reference will name it. Throws `key-invalid` when the reference names no alias, `key-refused`, `key-unavailable`, `unsupported`. */
export const createKey: CreateKey = async (reference, algorithm, context) => {
  const wanted = parseAwsReference(reference);
  if (!wanted.keyId.startsWith('alias/'))
    throw new AssayError('key-invalid', `${reference}: a new key is named by an alias`, { hint: 'awskms:///alias/NAME' });
  const spec = KEY_SPECS.get(algorithm ?? 'ecdsa-sha2-256-nistp256');
  if (spec === undefined)
    throw new AssayError('unsupported', `AWS KMS has no keys for ${algorithm}`, { hint: [...KEY_SPECS.keys()].join(', ') });
  const { library, client } = await connect(wanted, context);
  const made = await ask(reference, context, (options) =>
    client.send(new library.CreateKeyCommand({ KeySpec: spec as never, KeyUsage: 'SIGN_VERIFY' }), options),
  );
  const TargetKeyId = made.KeyMetadata?.KeyId ?? '';
  await ask(reference, context, (options) =>
    client.send(new library.CreateAliasCommand({ AliasName: wanted.keyId, TargetKeyId }), options),
  );
  return (await openKey(reference, context)).publicKey();
};

/** What the SDK says when it found nobody to be, or whose session is over. */
const NOBODY: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError']);

/** Too much at once, which AWS answers with the status of a mistake (AWS KMS developer guide, "Throttling AWS KMS requests"). */
const THROTTLED: ReadonlySet<string> = new Set(['ThrottlingException', 'Throttling', 'ThrottledException', 'RequestLimitExceeded']);

async function connect(
  { endpoint, region }: AwsReference,
  { env }: KeyContext,
): Promise<{ readonly library: typeof import('./library.ts'); readonly client: KMSClient }> {
  const library = await optionalLibrary(() => import('./library.ts'), 'awskms://', '@aws-sdk/client-kms');
  const client = new library.KMSClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint: `https://${endpoint}` }),
    // A private endpoint needs some region to sign for, as cosign has one.
    ...(region === undefined && endpoint !== undefined && !env.AWS_REGION && !env.AWS_DEFAULT_REGION ? { region: 'us-east-1' } : {}),
    maxAttempts: 3,
  });
  return { library, client };
}

function ask<T>(
  reference: string,
  { signal, env }: KeyContext,
  request: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const failureOf = (error: unknown): ServiceFailure | AssayError => {
    const { name, message, $metadata } = error as { name?: string; message?: string; $metadata?: { httpStatusCode?: number } };
    if (message === 'Region is missing')
      return new AssayError('key-invalid', `${reference}: which region?`, { hint: 'AWS_REGION=eu-central-1, or the whole ARN as the key' });
    // The SDK found nobody to be: nothing was asked.
    const status = NOBODY.has(name ?? '') ? 401 : $metadata?.httpStatusCode;
    return { status: THROTTLED.has(name ?? '') ? 429 : status, code: name, message: message ?? String(error), secrets: secretsOf(env) };
  };
  return askService(reference, (abortSignal) => request({ abortSignal }), { signal, failureOf });
}
