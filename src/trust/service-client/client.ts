import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { isLoopback } from '../../oci/registry/http/address.ts';
import { type HttpAnswer, type HttpRequest, type Method, parseUrl, printable } from '../../oci/registry/http/message.ts';
import { refusedBy, unavailable } from './failure.ts';

/** How a service is told apart from an impostor, and what it is shown: PEM files. */
export interface ServiceTls {
  /** Certificate authorities that are believed besides the usual ones. */
  readonly ca?: readonly string[];
  readonly clientCert?: string;
  readonly clientKey?: string;
  /** The name that the service's certificate has to have, where it is not the host's. */
  readonly serverName?: string;
}

/** What a client is made with. */
export interface ServiceClientOptions {
  /** Proxies and `SSL_CERT_FILE` are read from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent?: string;
  readonly tls?: ServiceTls;
  /** Refuses every request with `offline`. */
  readonly offline?: boolean;
}

/** One request to a service. */
export interface ServiceRequest {
  readonly method: Method;
  readonly url: URL | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Bytes;
  /** Bound in bytes of the body of an accepted answer; default `LIMITS.serviceAnswerBytes`. */
  readonly maxBytes?: number;
  /** Milliseconds for all tries together; default `LIMITS.serviceTimeoutMs`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Statuses that are answers; every other one is an error. Default: all from 200 to 299. */
  readonly accept?: readonly number[];
  /** Whether a second sending does no harm. Default: for GET and HEAD. Otherwise only 429 and 503, which say that nothing was done, are tried again. */
  readonly idempotent?: boolean;
  /** Whether redirects within the origin are followed; default yes. */
  readonly redirects?: false;
  /** Who is asked, in messages: `the timestamp service`. */
  readonly who?: string;
  /** What of this request is secret (tokens, passwords, client secrets): it goes over https or to this machine only, and is cut out of messages. `Authorization` is secret by itself. */
  readonly secrets?: readonly string[];
}

/** The answer to one request. Header names are lower case. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly url: URL;
}

/** The HTTP client of all services that signing asks: certificates, logs, timestamps, tokens, keys. */
export interface ServiceClient {
  /**
   * Sends one request. Throws `service-unavailable` (no answer, in time or at all; 429 or 5xx after the retries), `service-refused` (another status that is not
   * accepted, with what the service says), `redirect-refused` (to another origin, or of what is no read), `limit`, `offline`,
   * `usage-invalid` (no http or https address, a secret over plain http to another machine), `cancelled`.
   */
  request(request: ServiceRequest): Promise<ServiceAnswer>;
  close(): Promise<void>;
}

/** A client with connections of its own, kept alive. What speaks HTTP is loaded with the first request. */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { env, userAgent = 'assay', tls = {}, offline = false } = options;
  const opened = { http: undefined as Promise<Http> | undefined };
  if ((tls.clientCert === undefined) !== (tls.clientKey === undefined))
    throw new AssayError('usage-invalid', 'a client certificate and its key belong together');
  return {
    async request(request) {
      const url = addressOf(request);
      if (offline)
        throw new AssayError('offline', `${printable(url)} would have to be asked, and nothing may be`, { hint: 'leave out --offline' });
      opened.http ??= openHttp(env, tls);
      return send(await opened.http, { ...request, url, headers: { 'user-agent': userAgent, ...request.headers } });
    },
    async close() {
      await (await opened.http)?.transport.close();
    },
  };
}

type Http = Awaited<ReturnType<typeof openHttp>>;

async function openHttp(env: ServiceClientOptions['env'], tls: ServiceTls) {
  const [{ createTransport }, { follow, isRedirect }, { withRetries }] = await Promise.all([
    import('../../oci/registry/http/transport.ts'),
    import('../../oci/registry/http/redirect.ts'),
    import('../../oci/registry/http/retry.ts'),
  ]);
  const { ca, clientCert, clientKey, serverName } = tls;
  const settings = {
    ...(ca === undefined ? {} : { caFiles: ca }),
    ...(clientCert === undefined || clientKey === undefined ? {} : { clientCertificate: { certFile: clientCert, keyFile: clientKey } }),
    ...(serverName === undefined ? {} : { serverName }),
  };
  return { transport: createTransport({ tls: settings, env }), follow, isRedirect, withRetries };
}

/** A request whose address was read and whose headers are complete. */
type Ready = Omit<ServiceRequest, 'url' | 'headers'> & { readonly url: URL; readonly headers: Readonly<Record<string, string>> };

async function send(http: Http, request: Ready): Promise<ServiceAnswer> {
  const { url, signal, timeoutMs = LIMITS.serviceTimeoutMs } = request;
  const clock = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? clock : AbortSignal.any([signal, clock]);
  const idempotent = request.idempotent ?? (request.method === 'GET' || request.method === 'HEAD');
  try {
    const answer = await http.withRetries(
      () => http.follow(http.transport, outgoing(request, either), (to) => request.redirects !== false && to.origin === url.origin),
      {
        idempotent,
        signal: either,
        notDone: NOT_DONE,
      },
    );
    return accepted(http, request, answer);
  } catch (error) {
    // The caller's own reason (its timeout, its end) is its to hear.
    if (signal?.aborted === true) throw error;
    throw unavailable(error, request, clock.aborted ? timeoutMs : undefined);
  }
}

const NOT_DONE: ReadonlySet<number> = new Set([429, 503]);

function outgoing(request: Ready, signal: AbortSignal): HttpRequest {
  const { method, url, headers, body, maxBytes = LIMITS.serviceAnswerBytes } = request;
  return { method, url, headers, ...(body === undefined ? {} : { body }), maxBytes, signal };
}

function accepted(http: Http, request: Ready, answer: HttpAnswer): ServiceAnswer {
  const { status, headers, body, url } = answer;
  const fine = request.accept === undefined ? status >= 200 && status < 300 : request.accept.includes(status);
  if (fine) return { status, headers, body, url };
  if (http.isRedirect(answer))
    throw new AssayError('redirect-refused', `${request.method} ${printable(request.url)} redirects to another place`, {
      retryable: false,
    });
  throw refusedBy(answer, request);
}

function addressOf({ url, headers, secrets, who }: ServiceRequest): URL {
  const address = typeof url === 'string' ? parseUrl(url) : url;
  if (address === undefined || (address.protocol !== 'https:' && address.protocol !== 'http:'))
    throw new AssayError('usage-invalid', `${who ?? 'the service'} is asked at an http or https address`);
  const secret =
    (secrets ?? []).length > 0 ||
    address.password !== '' ||
    Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
  if (secret && address.protocol === 'http:' && !isLoopback(address.hostname))
    throw new AssayError('usage-invalid', `${printable(address)} would get a secret over plain http`, { hint: 'use its https address' });
  return address;
}
