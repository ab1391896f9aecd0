import type { CoreV1Api } from '@kubernetes/client-node';
import { decodeBase64 } from '../../../bytes/index.ts';
import { algorithmNamed, encryptPrivateKey, generatePrivateKey, publicKeyPem } from '../../../crypto/private-keys.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { CreateKey, KeyContext, OpenKey } from '../../keys/key-handle.ts';
import { once } from '../../keys/once.ts';
import { handleOfText } from '../../keys/text-key.ts';
import { optionalLibrary } from '../optional-library.ts';
import { askService, type ServiceFailure } from '../service-error.ts';
import { clusterConfig } from './cluster-config.ts';

/**
 * Opens a key in a Kubernetes Secret, `k8s://NAMESPACE/NAME` with `cosign.key`, `cosign.pub` and `cosign.password` as cosign writes it, through the cluster that KUBECONFIG, the usual file or the pod
 * names. Throws `key-invalid`, `unsupported` when the Kubernetes client is not installed; the handle throws `key-refused`, `key-unavailable`.
 */
export const openKey: OpenKey = async (reference, context) => {
  const { namespace, name } = partsOf(reference);
  const connected = await connect(reference, context);
  const secret = once(() => read(connected, namespace, name, reference, context));
  const part = async (key: string): Promise<string | undefined> => (await secret()).get(key)?.toString('utf8');
  const none = (key: string): AssayError => new AssayError('key-invalid', `${reference}: the Secret has no ${key}`);
  return {
    name: reference,
    async publicKey() {
      const text = await part('cosign.pub');
      if (text === undefined) throw none('cosign.pub');
      return handleOfText(reference, text, context, { publicOnly: true }).publicKey();
    },
    async signer() {
      const text = await part('cosign.key');
      if (text === undefined) throw none('cosign.key');
      const password = (await secret()).get('cosign.password');
      return handleOfText(reference, text, context, password === undefined ? {} : { password }).signer();
    },
  };
};

/** Makes a key pair and keeps it in a Secret that cannot be changed; one that is there is not replaced. Throws `key-refused`, `key-unavailable`, `algorithm-unsupported`, `password-wrong`. */
export const createKey: CreateKey = async (reference, algorithm, context) => {
  const { namespace, name } = partsOf(reference);
  const connected = await connect(reference, context);
  const key = await generatePrivateKey(algorithmNamed(algorithm ?? 'ecdsa-sha2-256-nistp256'));
  const password = (await context.password(reference, 0)) ?? new Uint8Array(0);
  const data = {
    'cosign.key': Buffer.from(await encryptPrivateKey(key, password)).toString('base64'),
    'cosign.pub': Buffer.from(publicKeyPem(key.publicKey)).toString('base64'),
    'cosign.password': Buffer.from(password).toString('base64'),
  };
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, immutable: true, type: 'Opaque', data };
  await ask(reference, context, connected, (api) => api.createNamespacedSecret({ namespace, body }));
  return key.publicKey;
};

function partsOf(reference: string): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] =
    /^k8s:\/\/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)$/.exec(reference) ?? [];
  if (namespace === undefined || name === undefined)
    throw new AssayError('key-invalid', `${reference.slice(0, 200)} is no Secret`, { hint: 'k8s://NAMESPACE/NAME' });
  return { namespace, name };
}

interface Connected {
  readonly api: CoreV1Api;
  readonly library: typeof import('./library.ts');
}

async function connect(reference: string, { env }: KeyContext): Promise<Connected> {
  const library = await optionalLibrary(() => import('./library.ts'), 'k8s://', '@kubernetes/client-node');
  try {
    const config = clusterConfig(library.KubeConfig, env);
    // Without any configuration the library means a cluster on this machine, over plain http.
    const cluster = config.getCurrentCluster();
    if (cluster === null || (cluster.name === 'cluster' && cluster.server === 'http://localhost:8080')) throw new Error('none');
    return { library, api: config.makeApiClient(library.CoreV1Api) };
  } catch {
    // What is wrong with the file may quote a credential in it.
    throw new AssayError('key-unavailable', `${reference}: no cluster can be found: KUBECONFIG or the usual file cannot be read`, {
      retryable: false,
    });
  }
}

async function read(
  connected: Connected,
  namespace: string,
  name: string,
  reference: string,
  context: KeyContext,
): Promise<ReadonlyMap<string, Buffer>> {
  const secret = await ask(reference, context, connected, (api) => api.readNamespacedSecret({ namespace, name }));
  const parts = Object.entries(secret.data ?? {});
  if (parts.reduce((n, [, v]) => n + v.length, 0) > 2 * LIMITS.keySecretBytes)
    throw new AssayError('limit', `${reference}: the Secret is too large for a key`);
  return new Map(parts.map(([key, value]) => [key, Buffer.from(decodeBase64(value, `${key} of ${reference}`))]));
}

function ask<T>(
  reference: string,
  { signal }: KeyContext,
  { api, library }: Connected,
  request: (api: CoreV1Api) => Promise<T>,
): Promise<T> {
  const failureOf = (error: unknown): ServiceFailure => {
    const status = error instanceof library.ApiException ? error.code : undefined;
    return { status, message: status === undefined ? messageOf(error) : statusText(status) };
  };
  return askService(reference, () => request(api), { signal, failureOf });
}

// The body of an answer to a write repeats what was written.
function statusText(status: number): string {
  return (
    new Map([
      [401, 'the cluster does not know this user'],
      [403, 'this user may not'],
      [404, 'there is no such Secret'],
      [409, 'there is such a Secret already'],
    ]).get(status) ?? `status ${status}`
  );
}
