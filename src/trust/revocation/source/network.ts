import type { Bytes } from '../../../bytes/index.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { isInternal, isLoopback } from '../../../oci/registry/http/address.ts';
import type { HttpAnswer, HttpRequest } from '../../../oci/registry/http/message.ts';
import type { Environment } from '../../../oci/registry/http/proxy.ts';
import { createSingleFlight } from '../../../oci/registry/http/single-flight.ts';
import type { RevocationSource } from './source.ts';

/** A source with connections of its own. */
export interface NetworkRevocation extends RevocationSource {
  close(): Promise<void>;
}

/** A request whose encoding in the address is shorter than this is a GET, so that it can be cached on the way (RFC 6960 §A.1). */
const GET_LENGTH = 255;

/**
 * Asks over http (RFC 6960 appendix A; RFC 5280 §4.2.1.13), through the proxy that the environment names. Each question has
 * `LIMITS.revocationMs`, a list `LIMITS.crlBytes`, an answer `LIMITS.ocspBytes`; redirects are bounded, and neither they nor a name
 * in a certificate may lead from elsewhere to this machine or to where clouds serve credentials. The HTTP client is loaded with the first request.
 * Throws `revocation-unavailable`, `redirect-refused`, `limit`, `cancelled`.
 */
export function networkRevocation(options: { readonly env: Environment }): NetworkRevocation {
  const opened = { http: undefined as Promise<Http> | undefined };
  const flights = createSingleFlight<Bytes>();

  async function ask(
    url: string,
    maxBytes: number,
    more: Pick<HttpRequest, 'method' | 'headers' | 'body'>,
    signal: AbortSignal,
  ): Promise<Bytes> {
    const place = placeOf(url);
    opened.http ??= openHttp(options.env);
    const { transport, follow, isPassing } = await opened.http;
    const timeout = AbortSignal.timeout(LIMITS.revocationMs);
    const request: HttpRequest = { ...more, url: place, maxBytes, foreign: true, signal: AbortSignal.any([signal, timeout]) };
    let answer: HttpAnswer;
    try {
      answer = await follow(transport, request).catch((error: unknown) => {
        // Servers close connections that were kept; once is often enough.
        if (request.signal?.aborted || !(error instanceof AssayError) || !isPassing(error)) throw error;
        return follow(transport, request);
      });
    } catch (error) {
      if (signal.aborted) throw error;
      if (timeout.aborted) throw unavailable(`no answer within ${LIMITS.revocationMs / 1000} s`, error);
      throw error instanceof AssayError && KEPT.has(error.code) ? error : unavailable(messageOf(error), error);
    }
    if (answer.status !== 200) throw unavailable(`the server answers with status ${answer.status}`);
    return answer.body;
  }

  return {
    crl: (url, signal) => flights.run(`crl ${url}`, signal, (one) => ask(url, LIMITS.crlBytes, { method: 'GET', headers: AGENT }, one)),
    ocsp(url, request, signal) {
      const text = encodeURIComponent(Buffer.from(request).toString('base64'));
      return flights.run(`ocsp ${url} ${text}`, signal, (one) =>
        text.length < GET_LENGTH
          ? ask(`${url.replace(/\/$/, '')}/${text}`, LIMITS.ocspBytes, { method: 'GET', headers: AGENT }, one)
          : ask(url, LIMITS.ocspBytes, { method: 'POST', headers: POST, body: request }, one),
      );
    },
    async close() {
      const http = await opened.http;
      await http?.transport.close();
    },
  };
}

const AGENT = { 'user-agent': 'assay' };
const POST = { ...AGENT, 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' };
const KEPT: ReadonlySet<string> = new Set(['limit', 'redirect-refused', 'revocation-unavailable']);

type Http = Awaited<ReturnType<typeof openHttp>>;

async function openHttp(env: Environment) {
  const [{ createTransport }, { follow }, { isPassing }] = await Promise.all([
    import('../../../oci/registry/http/transport.ts'),
    import('../../../oci/registry/http/redirect.ts'),
    import('../../../oci/registry/http/exchange.ts'),
  ]);
  return { transport: createTransport({ tls: {}, env }), follow, isPassing };
}

function placeOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:') throw unavailable('it is no http address');
  if (url.username !== '' || url.password !== '') throw unavailable('the address has credentials in it');
  if (isInternal(url.hostname) && !isLoopback(url.hostname)) throw unavailable(`${url.hostname} is an internal address`);
  return url;
}

function unavailable(why: string, cause?: unknown): AssayError {
  return new AssayError('revocation-unavailable', why, { cause });
}
