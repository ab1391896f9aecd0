import { AssayError, isAssayError } from '../../errors.ts';
import { createServiceClient } from '../../trust/service-client/client.ts';
import { requestJson } from '../../trust/service-client/json.ts';
import { claimsOf } from './claims.ts';
import { type ProviderPlace, type TokenProvider, variable } from './provider.ts';
import { textIn } from './text-in.ts';
import { parseIdentityToken } from './token.ts';

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The service account of a pod. Without being named only when the mounted token is for the audience; named, the API server is asked for one
 * (TokenRequest, authentication.k8s.io/v1), which needs the right to create `serviceaccounts/token`.
 */
export const kubernetesProvider: TokenProvider = {
  name: 'kubernetes',
  title: 'Kubernetes service account',
  async missing(place, audience) {
    const mounted = await mountedToken(place);
    if (mounted === undefined) return 'this is no pod with a service account token';
    return isFor(mounted, audience, place)
      ? undefined
      : `the mounted token is not for ${audience}; name --oidc-provider kubernetes to ask for one that is`;
  },
  async token(place, audience, signal) {
    const mounted = await mountedToken(place);
    if (mounted === undefined) throw new AssayError('token-missing', 'this is no pod with a service account token');
    return isFor(mounted, audience, place) ? mounted : requestToken(place, mounted, audience, signal);
  },
};

function folderOf(place: ProviderPlace): string {
  return place.serviceAccountFolder ?? FOLDER;
}

async function mountedToken(place: ProviderPlace): Promise<string | undefined> {
  const text = await place.readFile(`${folderOf(place)}/token`);
  return text?.trim() || undefined;
}

function isFor(token: string, audience: string, place: ProviderPlace): boolean {
  try {
    parseIdentityToken(token, 'Kubernetes', { now: place.now(), audience });
    return true;
  } catch (error) {
    if (isAssayError(error, 'token-invalid')) return false;
    throw error;
  }
}

async function requestToken(place: ProviderPlace, mounted: string, audience: string, signal: AbortSignal | undefined): Promise<string> {
  const [host, port] = [variable(place, 'KUBERNETES_SERVICE_HOST'), variable(place, 'KUBERNETES_SERVICE_PORT') ?? '443'];
  if (host === undefined) throw new AssayError('service-unavailable', 'KUBERNETES_SERVICE_HOST does not name the API server');
  const [, , namespace, account] = /^system:(serviceaccount):([^:/]+):([^:/]+)$/.exec(String(claimsOf(mounted, 'Kubernetes').sub)) ?? [];
  if (namespace === undefined || account === undefined)
    throw new AssayError('token-invalid', 'the mounted token is not that of a service account');
  // The cluster is inside: no proxy is asked, and its own authority is believed.
  const client = createServiceClient({ env: {}, tls: { ca: [`${folderOf(place)}/ca.crt`] } });
  try {
    const answer = await requestJson(client, {
      method: 'POST',
      url: `https://${host.includes(':') ? `[${host}]` : host}:${port}/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      headers: { authorization: `Bearer ${mounted}` },
      json: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [audience], expirationSeconds: 600 } },
      who: 'Kubernetes API server',
      ...(signal === undefined ? {} : { signal }),
    });
    const { status } = answer;
    if (status === null || typeof status !== 'object' || Array.isArray(status))
      throw new AssayError('service-unavailable', 'Kubernetes API server: the answer holds no "status"');
    return textIn(status as Parameters<typeof textIn>[0], 'token', 'Kubernetes API server');
  } finally {
    await client.close();
  }
}
