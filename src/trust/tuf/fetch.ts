import { fileURLToPath } from 'node:url';
import { AssayError } from '../../errors.ts';
import { readBounded } from './files.ts';
import type { TrustPlace } from './repository.ts';

/** Gets one document of at most `maxBytes`; `undefined` when the place says that it has none (404, 403). Throws when it cannot say. */
export type TrustFetch = (url: URL, options: { readonly maxBytes: number; readonly signal?: AbortSignal }) => Promise<Buffer | undefined>;

/** A `TrustFetch` with connections of its own. */
export interface TrustClient {
  readonly fetch: TrustFetch;
  close(): Promise<void>;
}

/**
 * Gets documents over http, https (proxies and `SSL_CERT_FILE` as everywhere) and from files. Redirects are followed within
 * the mirror's own origin only. The HTTP client is loaded with the first request. Throws `trust-unavailable` (no answer, another status),
 * `redirect-refused`, `limit`, `file-unreadable`, `cancelled`.
 */
export function createTrustClient(place: TrustPlace): TrustClient {
  const opened = { transport: undefined as Promise<Http> | undefined };
  return {
    async fetch(url, options) {
      if (url.protocol === 'file:') return readBounded(fileURLToPath(url), options.maxBytes);
      opened.transport ??= openHttp(place);
      try {
        return await getHttp(await opened.transport, url, options);
      } catch (error) {
        throw options.signal?.aborted === true ? error : unavailable(error);
      }
    },
    async close() {
      const http = await opened.transport;
      await http?.transport.close();
    },
  };
}

type Http = Awaited<ReturnType<typeof openHttp>>;

async function openHttp(place: TrustPlace) {
  const [{ createTransport }, { follow, isRedirect }, { withRetries }] = await Promise.all([
    import('../../oci/registry/http/transport.ts'),
    import('../../oci/registry/http/redirect.ts'),
    import('../../oci/registry/http/retry.ts'),
  ]);
  return { transport: createTransport({ tls: {}, env: place.env }), follow, isRedirect, withRetries };
}

async function getHttp(http: Http, url: URL, options: Parameters<TrustFetch>[1]): Promise<Buffer | undefined> {
  const { maxBytes, signal } = options;
  const request = {
    method: 'GET',
    url,
    headers: { 'user-agent': 'assay' },
    maxBytes,
    ...(signal === undefined ? {} : { signal }),
  } as const;
  const answer = await http.withRetries(() => http.follow(http.transport, request, (to) => to.origin === url.origin), {
    idempotent: true,
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.status === 200) return answer.body;
  if (answer.status === 404 || answer.status === 403) return undefined;
  if (http.isRedirect(answer)) {
    throw new AssayError(
      'redirect-refused',
      `GET ${url.href} redirects to another place: ${answer.headers.get('location')?.slice(0, 200)}`,
      { retryable: false },
    );
  }
  throw new AssayError('trust-unavailable', `GET ${url.href}: status ${answer.status}`);
}

// The transport's words are a registry's, and so are the options that its hints name.
function unavailable(error: unknown): unknown {
  if (!(error instanceof AssayError) || !PASSING.has(error.code)) return error;
  return new AssayError('trust-unavailable', error.message, { cause: error });
}

const PASSING: ReadonlySet<string> = new Set(['registry-unreachable', 'registry-timeout', 'content-truncated', 'registry-protocol']);

/** A fetch that never does: for work that has to come out of what is at hand. */
export function refuseFetch(url: URL): Promise<undefined> {
  return Promise.reject(new AssayError('offline', `${url.href} would be needed, and nothing may be fetched`));
}
