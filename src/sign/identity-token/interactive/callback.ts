import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { abortError } from '../../../oci/abort.ts';
import { isLoopback } from '../../../oci/registry/http/address.ts';
import { parseUrl } from '../../../oci/registry/http/message.ts';
import type { BrowserFlowOptions } from './flow.ts';
import { CLOSE_PAGE, WRONG_PAGE } from './pages.ts';

const PATH = '/auth/callback';

/**
 * Listens on this machine, opens the page that `pageFor` makes for the address, and waits for the browser to come back with our state. Whoever comes
 * with another one is sent away, and does not end the wait. Throws `usage-invalid` (a redirect address that is not of this machine), `service-unavailable`
 * (nobody came in time, the port is taken), `cancelled`.
 */
export async function awaitCallback(options: BrowserFlowOptions, state: string, pageFor: (redirectUrl: string) => string): Promise<URL> {
  const { redirectUrl, signal, say, openBrowser } = options;
  const wanted = redirectUrl === undefined ? undefined : ownAddress(redirectUrl);
  const server = createServer({ maxHeaderSize: LIMITS.headerLength, requestTimeout: 10_000 });
  try {
    await listen(server, wanted);
    const { port } = server.address() as AddressInfo;
    const back = new URL(wanted ?? `http://localhost:${port}${PATH}`);
    // Port 0 is cosign's way to write that any will do.
    const free = wanted === undefined || back.port === '0';
    if (free) back.port = String(port);
    const came = firstVisit(server, back, state, signal);
    // Whoever ends first: nobody may wait for the visit yet when it fails.
    came.catch(() => {});
    const page = pageFor(redirectUrl === undefined || free ? back.href : redirectUrl);
    if (await openBrowser(page))
      say(
        `Your browser opens this page; if it does not, open it on this machine (--fulcio-auth-flow device works on another one):\n${page}`,
      );
    else say(`Open this page in a browser on this machine (--fulcio-auth-flow device works on another one):\n${page}`);
    return await came;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function ownAddress(text: string): URL {
  const url = parseUrl(text);
  if (url === undefined || url.protocol !== 'http:' || !isLoopback(url.hostname) || url.search !== '' || url.hash !== '')
    throw new AssayError('usage-invalid', '--oidc-redirect-url is an address of this machine: http://localhost:PORT/PATH');
  return url;
}

function listen(server: Server, wanted: URL | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new AssayError('service-unavailable', `cannot wait for the browser: ${cause.message}`, { cause })),
    );
    server.listen(
      Number(wanted?.port || (wanted === undefined ? 0 : 80)),
      wanted?.hostname.replace(/^\[|\]$/g, '') ?? 'localhost',
      resolve,
    );
  });
}

function firstVisit(server: Server, back: URL, state: string, signal: AbortSignal | undefined): Promise<URL> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new AssayError('service-unavailable', `the browser did not come back within ${LIMITS.browserMs / 1000} s`)),
      LIMITS.browserMs,
    );
    const stop = (): void => end(() => reject(abortError(signal, 'the browser')));
    const end = (then: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      then();
    };
    if (signal?.aborted === true) return stop();
    signal?.addEventListener('abort', stop, { once: true });
    server.on('request', (request, response) => {
      const url = visitOf(request, back);
      if (url === undefined || url.searchParams.getAll('state').join(' ') !== state) return answer(response, 400, WRONG_PAGE);
      // The page goes out before the server ends.
      answer(response, 200, CLOSE_PAGE, () => end(() => resolve(url)));
    });
    server.on('close', () => clearTimeout(timer));
  });
}

/** The address that was asked for, where it is the one that the browser was given: a page of somebody else's name that resolves to this machine is not. */
function visitOf({ method, url, headers }: IncomingMessage, back: URL): URL | undefined {
  const visited = parseUrl(url ?? '', back);
  if (method !== 'GET' || headers.host !== back.host || visited === undefined) return undefined;
  return visited.origin === back.origin && visited.pathname === back.pathname ? visited : undefined;
}

function answer(response: ServerResponse, status: number, page: string, then?: () => void): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(page, then);
}
