import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { isInternal, isLoopback } from './address.ts';
import { exchange } from './exchange.ts';
import { type HttpAnswer, type HttpRequest, parseUrl, printable } from './message.ts';
import type { Transport } from './transport.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request and follows redirects of reads by hand: at most `LIMITS.redirects`, never around in a circle, never
 * from https to http, never from a public place to an internal address, and with `Authorization` only as long as the
 * origin (scheme, host, port) stays the same. A redirect of anything but a read is answered as it is. Throws `redirect-refused`.
 */
export async function follow(
  transport: Transport,
  request: HttpRequest,
  mayFollow: (to: URL) => boolean = () => true,
): Promise<HttpAnswer> {
  const seen = new Set<string>([request.url.href]);
  let at = request;
  for (;;) {
    const answer = { ...(await exchange(transport, at)), asked: request.url };
    const location = answer.headers.get('location');
    if (!REDIRECTS.has(answer.status) || location === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return answer;
    const to = target(at.url, location, seen);
    if (!mayFollow(to)) return answer;
    at = moved(at, to);
  }
}

/** Whether an answer is a redirect that was not followed. */
export function isRedirect(answer: HttpAnswer): boolean {
  return REDIRECTS.has(answer.status);
}

function target(from: URL, location: string, seen: Set<string>): URL {
  const refuse = (why: string): never => {
    throw new AssayError('redirect-refused', `${printable(from)} redirects ${why}`, { retryable: false });
  };
  const to = location.length > LIMITS.headerLength ? undefined : parseUrl(location, from);
  if (to === undefined) return refuse('to what is no address');
  to.hash = '';
  checkTarget(from, to, refuse);
  if (seen.has(to.href)) return refuse(`in a circle, to ${printable(to)}`);
  if (seen.size > LIMITS.redirects) return refuse(`once more after ${LIMITS.redirects} times`);
  seen.add(to.href);
  return to;
}

/** Checks that `from` may send a client to `to`; calls `refuse` with the reason when not. */
export function checkTarget(from: URL, to: URL, refuse: (why: string) => never): void {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') refuse(`to the scheme ${to.protocol}`);
  if (to.username !== '' || to.password !== '') refuse('to an address with credentials in it');
  if (from.protocol === 'https:' && to.protocol === 'http:') refuse(`from https to ${printable(to)}`);
  if (to.hostname !== from.hostname && isInternal(to.hostname) && !isLoopback(from.hostname))
    refuse(`to the internal address ${printable(to)}`);
}

function moved(request: HttpRequest, to: URL): HttpRequest {
  if (to.origin === request.url.origin) return { ...request, url: to };
  const { authorization: _, ...headers } = request.headers;
  // From loopback one may be sent to loopback; the guard of foreign names is for public registries.
  return { ...request, url: to, headers, foreign: true };
}
