import type { Bytes } from '../../bytes/index.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type AuthQuestion, createAuthenticator } from './auth/authenticator.ts';
import { ANONYMOUS, type CredentialSource } from './auth/credential.ts';
import { apiHost, type ReachOptions, schemesFor } from './host.ts';
import { withoutProof } from './http/hide.ts';
import { type HttpAnswer, type HttpRequest, isStream, type Method, type StreamBody } from './http/message.ts';
import type { Environment } from './http/proxy.ts';
import { follow } from './http/redirect.ts';
import { withRetries } from './http/retry.ts';
import { createSemaphore, type Semaphore } from './http/semaphore.ts';
import { createTransport } from './http/transport.ts';

/** What a client is made with. */
export interface RegistryClientOptions extends ReachOptions {
  readonly credentials?: CredentialSource;
  /** For proxies and certificates. Default: nothing. */
  readonly env?: Environment;
  /** Hosts (or `http://host`) that are asked for images before the registry itself. Evidence is always asked of the registry. */
  readonly mirrors?: ReadonlyMap<string, readonly string[]>;
  readonly userAgent?: string;
  /** Asks nothing but the registry that a request names: no redirect and no token from elsewhere (`--offline`). */
  readonly namedOnly?: boolean;
  /** First pause before a retry, in milliseconds; default `LIMITS.retryPauseMs`. */
  readonly retryPauseMs?: number;
}

/** One request to a registry's API. */
export interface ApiRequest {
  /** As in a reference: `docker.io`, `host:port`. */
  readonly registry: string;
  /** For credentials and scopes; absent for the catalog. */
  readonly repository?: string;
  /** `pull`, `push`, `delete`; one token serves all of them. */
  readonly actions: readonly string[];
  /** Scopes besides. */
  readonly scopes?: readonly string[];
  readonly method: Method;
  /** Path with query below the registry's origin, or an address that the registry gave (same origin). */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body in pieces is sent again only when the registry says that it did nothing with it (401, 429). */
  readonly body?: Bytes | StreamBody;
  /** The body of a successful answer is handed on in pieces (`HttpAnswer.stream`). */
  readonly streamed?: boolean;
  readonly maxBytes?: number;
  readonly expectBytes?: number;
  readonly signal?: AbortSignal;
  /** Sends it once, whatever the answer; default: again after what passes. A 401 is answered all the same. */
  readonly once?: boolean;
  /** Whether a second sending does no harm. Default: for all but POST, PATCH and bodies in pieces. Others are sent again after 429 only. */
  readonly idempotent?: boolean;
  /** Whether a redirect is followed; default yes. */
  readonly mayFollow?: (to: URL) => boolean;
}

/** A client for any number of registries: connections, tokens, and what was learnt about each host. */
export interface RegistryClient {
  readonly mirrors: ReadonlyMap<string, readonly string[]>;
  /** Sends a request, with authorization, redirects and retries, and answers whatever the status. Throws errors of the group `transport`, and `limit`. */
  send(request: ApiRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** Makes a client. Nothing is loaded or opened before the first request. */
export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const env = options.env ?? {};
  const transport = createTransport({ tls: options, env, namedOnly: options.namedOnly ?? false });
  const agent = { 'user-agent': options.userAgent ?? 'assay' };
  const pauses = options.retryPauseMs === undefined ? {} : { pauseMs: options.retryPauseMs };
  const gates = new Map<string, Semaphore>();
  // By name, as it is in a request: where it is and how it is spoken to is found out once.
  const origins = new Map<string, URL>();
  const authenticator = createAuthenticator(options.credentials ?? ANONYMOUS, (r) =>
    deliver({ ...r, headers: { ...agent, ...r.headers } }, true),
  );

  // An upload waits for the download that it is made of: were they counted together, enough of them would wait for each other for ever.
  function gate({ url, body }: HttpRequest): Semaphore {
    const key = isStream(body) ? `upload ${url.host}` : url.host;
    const known = gates.get(key) ?? createSemaphore(isStream(body) ? LIMITS.transfersPerHost : LIMITS.requestsPerHost);
    gates.set(key, known);
    return known;
  }

  function deliver(request: HttpRequest, idempotent: boolean | 'once', mayFollow?: (to: URL) => boolean): Promise<HttpAnswer> {
    const once = async (): Promise<HttpAnswer> =>
      withoutProof(await gate(request).run(() => follow(transport, request, mayFollow), request.signal), request);
    if (idempotent === 'once') return once();
    return withRetries(once, { idempotent, ...pauses, ...(request.signal === undefined ? {} : { signal: request.signal }) });
  }

  async function sendTo(origin: URL, request: ApiRequest): Promise<HttpAnswer> {
    const http = toHttp(origin, request, agent);
    const question = questionOf(origin, request);
    const harmless = request.idempotent ?? (request.method !== 'POST' && request.method !== 'PATCH' && !isStream(request.body));
    const idempotent = request.once === true ? 'once' : harmless;
    const known = await authenticator.known(question);
    const answer = await deliver(withAuthorization(http, known), idempotent, request.mayFollow);
    // A 401 from a place that the registry redirected to is none of ours to answer.
    if (answer.status !== 401 || answer.url.origin !== origin.origin) return answer;
    const better = await authenticator.challenged(question, answer.headers.get('www-authenticate'), known);
    return better === undefined ? answer : deliver(withAuthorization(http, better), idempotent, request.mayFollow);
  }

  return {
    mirrors: options.mirrors ?? new Map(),
    async send(request) {
      const settled = origins.get(request.registry);
      if (settled !== undefined) return sendTo(settled, request);
      const { host, schemes } = place(request.registry, options.allowHttp);
      let last: unknown;
      for (const scheme of schemes) {
        const origin = new URL(`${scheme}://${host}`);
        try {
          const answer = await sendTo(origin, request);
          if (schemes.length > 1 && scheme === 'http' && wantsTls(answer)) continue;
          origins.set(request.registry, origin);
          return answer;
        } catch (error) {
          // The first failure is about the way that was meant, unless another one shows that this was the wrong way.
          if (last === undefined || speaksTls(error)) last = error;
          if (!maySpeakOtherwise(error)) break;
        }
      }
      throw last ?? new AssayError('registry-protocol', `${host} wants https and does not speak it`);
    },
    close: () => transport.close(),
  };
}

function place(registry: string, allowHttp: boolean | undefined): { host: string; schemes: readonly ('https' | 'http')[] } {
  const stated = /^(https?):\/\/([^/]+)\/?$/.exec(registry);
  if (stated) return { host: stated[2] ?? '', schemes: [stated[1] === 'http' ? 'http' : 'https'] };
  const host = apiHost(registry);
  return { host, schemes: schemesFor(host, allowHttp) };
}

function toHttp(origin: URL, request: ApiRequest, agent: Readonly<Record<string, string>>): HttpRequest {
  const url = typeof request.target === 'string' ? new URL(request.target, origin) : request.target;
  if (url.origin !== origin.origin) throw new AssayError('internal', `a request for ${origin.host} was about to be sent to ${url.host}`);
  return {
    method: request.method,
    url,
    headers: { ...agent, ...request.headers },
    maxBytes: request.maxBytes ?? LIMITS.apiAnswerBytes,
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(request.streamed === undefined ? {} : { streamed: request.streamed }),
    ...(request.expectBytes === undefined ? {} : { expectBytes: request.expectBytes }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
}

function questionOf(api: URL, request: ApiRequest): AuthQuestion {
  const own = request.repository === undefined ? [] : [`repository:${request.repository}:${request.actions.join(',')}`];
  return {
    registry: request.registry,
    api,
    repository: request.repository,
    scopes: [...own, ...(request.scopes ?? [])],
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
}

function withAuthorization(request: HttpRequest, authorization: string | undefined): HttpRequest {
  return authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } };
}

// Go's and nginx's words.
function wantsTls(answer: HttpAnswer): boolean {
  return answer.status === 400 && /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)/i.test(answer.body.toString('latin1'));
}

// A server that got TLS and speaks HTTP, or the other way round, closes, resets or sends what is no answer; one without
// TLS may not listen there at all. A certificate that is wrong is no reason to go on without any.
function maySpeakOtherwise(error: unknown): boolean {
  return isAssayError(error, 'registry-unreachable') && !/ENOTFOUND|EAI_AGAIN|CERT|SIGNED|UNABLE_TO/.test(codeIn(error));
}

// Whose certificate is not believed speaks TLS; or the authorities to believe could not be read.
function speaksTls(error: unknown): boolean {
  if (isAssayError(error, 'trust-invalid') || isAssayError(error, 'file-unreadable')) return true;
  return isAssayError(error, 'registry-unreachable') && /CERT|SIGNED|UNABLE_TO/.test(codeIn(error));
}

function codeIn(error: AssayError): string {
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
