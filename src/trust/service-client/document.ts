import { AssayError } from '../../errors.ts';
import { parseUrl } from '../../oci/registry/http/message.ts';
import { createServiceClient, type ServiceClientOptions, type ServiceRequest } from './client.ts';

/** What a document is fetched with. */
export interface DocumentOptions extends Pick<ServiceClientOptions, 'env'>, Pick<ServiceRequest, 'signal'> {
  /** Bound in bytes. */
  readonly maxBytes: number;
  /** Who is asked, in messages: `the place of the key`. */
  readonly who: string;
}

/**
 * One small document at an address, through proxies and with `SSL_CERT_FILE` as everywhere. No redirects, and nobody's password goes along. Throws what
 * `ServiceClient.request` throws; messages show no query.
 */
export async function fetchDocument(url: string, { env, signal, maxBytes, who }: DocumentOptions): Promise<Buffer> {
  const address = parseUrl(url);
  if (address === undefined || address.username !== '' || address.password !== '')
    throw new AssayError('usage-invalid', `the address of ${who} cannot be read, or has a user or password in it, which is sent nowhere`);
  const client = createServiceClient({ env });
  try {
    const stop = signal === undefined ? {} : { signal };
    const { body } = await client.request({ method: 'GET', url: address, maxBytes, who, accept: [200], redirects: false, ...stop });
    return body;
  } finally {
    await client.close();
  }
}
