import type { KeyManagementServiceClient } from '@google-cloud/kms';
import type { Bytes } from '../../../bytes/index.ts';
import { type PublicKey, publicKeyFromPem, type SigningScheme } from '../../../crypto/index.ts';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { CreateKey, KeyContext, OpenKey } from '../../keys/key-handle.ts';
import { once } from '../../keys/once.ts';
import { optionalLibrary } from '../optional-library.ts';
import { remoteSigner } from '../remote-signer.ts';
import { servedKey } from '../served-key.ts';
import { askService, type ServiceFailure } from '../service-error.ts';
import { crc32c } from './checksum.ts';
import { type GcpReference, keyName, keyRingName, parseGcpReference } from './reference.ts';

/** What Google calls the one scheme that a key signs in (Cloud KMS, CryptoKeyVersionAlgorithm). */
function schemeOf(algorithm: string): SigningScheme | undefined {
  const hash = /_SHA(256|384|512)$/.exec(algorithm)?.[1];
  if (algorithm === 'EC_SIGN_ED25519') return { hash: 'sha512' };
  if (hash === undefined) return undefined;
  const named = { hash: `sha${hash}` as SigningScheme['hash'] };
  if (/^EC_SIGN_P(?:256|384)_/.test(algorithm)) return named;
  if (algorithm.startsWith('RSA_SIGN_PKCS1_')) return { ...named, padding: 'pkcs1' };
  return algorithm.startsWith('RSA_SIGN_PSS_') ? { ...named, padding: 'pss' } : undefined;
}

const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ['ecdsa-sha2-256-nistp256', 'EC_SIGN_P256_SHA256'],
  ['ecdsa-sha2-384-nistp384', 'EC_SIGN_P384_SHA384'],
  ['rsa-sign-pkcs1-2048-sha256', 'RSA_SIGN_PKCS1_2048_SHA256'],
  ['rsa-sign-pkcs1-3072-sha256', 'RSA_SIGN_PKCS1_3072_SHA256'],
  ['rsa-sign-pkcs1-4096-sha256', 'RSA_SIGN_PKCS1_4096_SHA256'],
  ['ed25519', 'EC_SIGN_ED25519'],
]);

/**
 * Opens a key of Google Cloud KMS (`gcpkms://`) through Google's library, which finds credentials as Google's own tools do (application default credentials).
 * `CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS` names another endpoint, as for gcloud. Throws `key-invalid`, `unsupported` when the library is not installed; the
 * handle throws `key-refused`, `key-unavailable`, `service-lied`.
 */
export const openKey: OpenKey = async (reference, context) => {
  const wanted = parseGcpReference(reference);
  const client = await connect(context);
  const key = once(() => lookUp(client, wanted, reference, context));
  return {
    name: reference,
    publicKey: async () => (await key()).publicKey,
    async signer() {
      const { publicKey, scheme, name } = await key();
      return remoteSigner({
        name: reference,
        publicKey,
        schemes: [scheme],
        signDigest: (digest, s, signal) =>
          sign(
            client,
            { name, digest: { [s.hash]: digest }, digestCrc32c: { value: crc32c(digest) } },
            reference,
            withSignal(context, signal),
          ),
        signMessage: (message, _, signal) =>
          sign(client, { name, data: message, dataCrc32c: { value: crc32c(message) } }, reference, withSignal(context, signal)),
      });
    },
  };
};

interface GcpKey {
  /** The resource name of the version. */
  readonly name: string;
  readonly publicKey: PublicKey;
  readonly scheme: SigningScheme;
}

async function lookUp(client: KeyManagementServiceClient, wanted: GcpReference, reference: string, context: KeyContext): Promise<GcpKey> {
  const name =
    wanted.version === undefined
      ? await newest(client, wanted, reference, context)
      : `${keyName(wanted)}/cryptoKeyVersions/${wanted.version}`;
  const [answer] = await ask(reference, context, () => client.getPublicKey({ name }, { timeout: LIMITS.keyServiceMs }));
  const { pem, algorithm, pemCrc32c } = answer;
  if (typeof pem !== 'string' || (pemCrc32c?.value != null && Number(pemCrc32c.value) !== crc32c(Buffer.from(pem))))
    throw new AssayError('key-unavailable', `${reference}: the public key was damaged on its way`);
  const scheme = schemeOf(String(algorithm));
  if (scheme === undefined) throw new AssayError('key-invalid', `${reference} is a key for ${algorithm}, in which nothing is signed here`);
  return { name, publicKey: servedKey(reference, () => publicKeyFromPem(pem)), scheme };
}

async function newest(client: KeyManagementServiceClient, wanted: GcpReference, reference: string, context: KeyContext): Promise<string> {
  const numbers: number[] = [];
  const known = { parent: keyName(wanted), filter: 'state=ENABLED', pageSize: LIMITS.keyVersions };
  // A page may be shorter than was asked for, and the newest version on any of them.
  for (let page = 0, pageToken = ''; page === 0 || pageToken !== ''; page++) {
    if (page >= LIMITS.keyVersionPages)
      throw new AssayError('limit', `${reference} has more versions than are looked through`, { hint: 'name one: …/versions/N' });
    const request = pageToken === '' ? known : { ...known, pageToken };
    const [versions, next] = await ask(reference, context, () =>
      client.listCryptoKeyVersions(request, { autoPaginate: false, timeout: LIMITS.keyServiceMs }),
    );
    for (const { name, state } of versions)
      if (state === 'ENABLED' || state === 1) numbers.push(Number(/\/(\d+)$/.exec(name ?? '')?.[1] ?? 0));
    pageToken = next?.pageToken ?? '';
  }
  if (numbers.length === 0) throw new AssayError('key-refused', `${reference} has no version that is enabled`, { retryable: false });
  return `${keyName(wanted)}/cryptoKeyVersions/${Math.max(...numbers)}`;
}

async function sign(
  client: KeyManagementServiceClient,
  request: NonNullable<Parameters<KeyManagementServiceClient['asymmetricSign']>[0]>,
  reference: string,
  context: KeyContext,
): Promise<Bytes> {
  const [answer] = await ask(reference, context, () => client.asymmetricSign(request, { timeout: LIMITS.keyServiceMs }));
  const signature = Buffer.from((answer.signature ?? '') as Uint8Array);
  const arrived = 'digest' in request ? answer.verifiedDigestCrc32c : answer.verifiedDataCrc32c;
  const damaged = answer.signatureCrc32c?.value != null && Number(answer.signatureCrc32c.value) !== crc32c(signature);
  if (arrived !== true || damaged || answer.name !== request.name)
    throw new AssayError('key-unavailable', `${reference}: what was to be signed, or the signature, was damaged on its way`);
  return signature;
}

/** Makes a key in Google Cloud KMS, and its ring where that is not there. Throws `key-invalid`, `key-refused`, `key-unavailable`, `unsupported`. */
export const createKey: CreateKey = async (reference, algorithm, context) => {
  const wanted = parseGcpReference(reference);
  const named = ALGORITHMS.get(algorithm ?? 'ecdsa-sha2-256-nistp256');
  if (named === undefined)
    throw new AssayError('unsupported', `Google Cloud KMS has no keys for ${algorithm}`, { hint: [...ALGORITHMS.keys()].join(', ') });
  const client = await connect(context);
  const parent = keyRingName(wanted);
  await ask(reference, context, () =>
    client.createKeyRing({ parent: parent.replace(/\/keyRings\/.*/, ''), keyRingId: wanted.keyRing }),
  ).catch((error: unknown) => {
    if (!(error instanceof AssayError) || !/ALREADY_EXISTS|status 409/.test(error.message)) throw error;
  });
  const cryptoKey = { purpose: 'ASYMMETRIC_SIGN' as const, versionTemplate: { algorithm: named as never } };
  await ask(reference, context, () => client.createCryptoKey({ parent, cryptoKeyId: wanted.key, cryptoKey }));
  return (await openKey(reference, context)).publicKey();
};

async function connect({ env }: KeyContext): Promise<KeyManagementServiceClient> {
  const { KeyManagementServiceClient: Client } = await optionalLibrary(() => import('./library.ts'), 'gcpkms://', '@google-cloud/kms');
  const endpoint = env.CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS || undefined;
  if (endpoint === undefined) return new Client({ fallback: true });
  if (!URL.canParse(endpoint)) throw new AssayError('key-invalid', 'CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS is no URL');
  const { protocol, hostname, port } = new URL(endpoint);
  const scheme = protocol.replace(':', '');
  // Loopback aside, a token goes nowhere in the clear.
  if (scheme !== 'https' && hostname !== '127.0.0.1' && hostname !== 'localhost')
    throw new AssayError('key-invalid', 'CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS is not https');
  return new Client({
    fallback: true,
    apiEndpoint: hostname,
    port: Number(port || (scheme === 'https' ? 443 : 80)),
    protocol: scheme,
  } as never);
}

function withSignal(context: KeyContext, signal: AbortSignal | undefined): KeyContext {
  return signal === undefined ? context : { ...context, signal };
}

/** gRPC's codes that mean "no answer" (google.rpc.Code): deadline, unavailable, resources, internal, unknown. */
const NO_ANSWER: ReadonlySet<number> = new Set([2, 4, 8, 13, 14]);

function ask<T>(reference: string, { signal }: KeyContext, request: () => Promise<T>): Promise<T> {
  const failureOf = (error: unknown): ServiceFailure => {
    const { code, message } = error as { code?: unknown; message?: string };
    const status = typeof code !== 'number' ? undefined : code >= 100 ? code : NO_ANSWER.has(code) ? undefined : 400;
    const refused = status ?? (/credential|invalid_grant|unauthorized/i.test(message ?? '') ? 401 : undefined);
    return { status: refused, code: code === undefined ? undefined : String(code), message: message ?? String(error) };
  };
  return askService(reference, request, { signal, failureOf });
}
