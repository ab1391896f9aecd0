import { AssayError, isAssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { createServiceClient, type ServiceAnswer } from '../../../trust/service-client/client.ts';
import { type ProviderPlace, variable } from '../provider.ts';

const PRODUCT_NAME = '/sys/class/dmi/id/product_name';
const FUNCTIONS: readonly string[] = ['K_SERVICE', 'CLOUD_RUN_JOB', 'FUNCTION_TARGET'];

/** Whether somebody says that a metadata server is there: then its silence is an error. */
export function isMetadataNamed(place: ProviderPlace): boolean {
  return variable(place, 'GCE_METADATA_HOST') !== undefined;
}

/** Whether this may be a machine, pod or function of Google's, told without asking the network. Knative sets one of the variables elsewhere too. */
export async function isOnGoogle(place: ProviderPlace): Promise<boolean> {
  if (isMetadataNamed(place) || FUNCTIONS.some((name) => variable(place, name) !== undefined)) return true;
  return (await place.readFile(PRODUCT_NAME))?.startsWith('Google') === true;
}

/**
 * Asks the metadata server (Google Cloud docs, "View and query VM metadata") for something about the default service account; `undefined` when
 * there is none. No proxy is asked. Throws `service-unavailable`, `service-refused`.
 */
export async function askMetadata(place: ProviderPlace, path: string, signal?: AbortSignal): Promise<string | undefined> {
  const host = variable(place, 'GCE_METADATA_HOST') ?? '169.254.169.254';
  const client = createServiceClient({ env: {} });
  try {
    const answer: ServiceAnswer = await client.request({
      method: 'GET',
      url: `http://${host}/computeMetadata/v1/instance/service-accounts/default/${path}`,
      headers: { 'metadata-flavor': 'Google' },
      accept: [200, 404],
      timeoutMs: LIMITS.metadataMs,
      who: 'Google metadata server',
      ...(signal === undefined ? {} : { signal }),
    });
    if (answer.headers.get('metadata-flavor') !== 'Google')
      throw new AssayError('service-unavailable', `${host} does not answer as Google's metadata server does`);
    return answer.status === 404 ? undefined : answer.body.toString('utf8').trim();
  } catch (error) {
    if (isAssayError(error, 'usage-invalid')) throw new AssayError('service-unavailable', 'GCE_METADATA_HOST names no host');
    throw error;
  } finally {
    await client.close();
  }
}
