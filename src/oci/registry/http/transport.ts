import type { LookupAddress } from 'node:dns';
import type { Dispatcher } from 'undici';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { isInternal, isLoopback } from './address.ts';
import type { HttpRequest } from './message.ts';
import { type Environment, proxyFor } from './proxy.ts';
import { type TlsOptions, tlsSettings } from './tls.ts';

/** An answer whose body was not read yet. */
export type OpenAnswer = Dispatcher.ResponseData;

/** Connections, kept alive and shared, to every place that one client talks to. */
export interface Transport {
  /** Sends one request and resolves with the head of its answer. Throws what undici throws. */
  dispatch(request: HttpRequest, signal: AbortSignal): Promise<OpenAnswer>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly tls: TlsOptions;
  readonly env: Environment;
}

/** A transport over undici, which is loaded with the first request. */
export function createTransport(options: TransportOptions): Transport {
  const pools = new Map<string, Promise<Dispatcher>>();

  function poolOf(request: HttpRequest): Promise<Dispatcher> {
    const home = request.foreign !== true;
    const key = `${home ? 'home' : 'foreign'} ${request.url.origin}`;
    const known = pools.get(key);
    if (known) return known;
    const made = openPool(request.url, home, options);
    pools.set(key, made);
    // A CA file that was missing may be there next time.
    made.catch(() => pools.delete(key));
    return made;
  }

  return {
    async dispatch(request, signal) {
      const [pool, { default: send }] = await Promise.all([poolOf(request), import('undici/lib/api/api-request.js')]);
      return send.call(pool, {
        origin: request.url.origin,
        path: `${request.url.pathname}${request.url.search}`,
        method: request.method,
        headers: { ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    },
    async close() {
      const all = await Promise.allSettled(pools.values());
      pools.clear();
      await Promise.all(all.map((p) => (p.status === 'fulfilled' ? p.value.destroy() : undefined)));
    },
  };
}

const KEEP_ALIVE = {
  connections: LIMITS.requestsPerHost,
  pipelining: 1,
  allowH2: false,
  keepAliveTimeout: 10_000,
  keepAliveMaxTimeout: 60_000,
} as const;

async function openPool(url: URL, home: boolean, options: TransportOptions): Promise<Dispatcher> {
  const tls = url.protocol === 'https:' ? await tlsSettings(options.tls, options.env, home) : {};
  const proxy = proxyFor(url, options.env);
  const settings = { ...tls, timeout: LIMITS.requestTimeoutMs } as Record<string, unknown>;
  if (proxy !== undefined) {
    // Its own module leans on what only the door sets up.
    const { ProxyAgent } = await import('undici');
    return new ProxyAgent({
      uri: proxy.href,
      ...credentialsOf(proxy),
      requestTls: settings,
      proxyTunnel: url.protocol === 'https:',
      ...KEEP_ALIVE,
    });
  }
  const { default: Pool } = await import('undici/lib/dispatcher/pool.js');
  return new Pool(url.origin, { connect: { ...settings, lookup: home ? lookupHome : lookupForeign }, ...KEEP_ALIVE });
}

function credentialsOf(proxy: URL): { token?: string } {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { token: `Basic ${Buffer.from(pair).toString('base64')}` };
}

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

// `*.localhost` is this machine whatever a name server says.
function lookupHome(host: string, options: object, found: Found): void {
  void import('node:dns').then(({ lookup }) => lookup(isLoopback(host) ? 'localhost' : host, options, found as never));
}

// A public name may resolve to an internal address on purpose.
function lookupForeign(host: string, options: object, found: Found): void {
  lookupHome(host, options, (error, address, family) => {
    const all = typeof address === 'string' ? [address] : (address ?? []).map((a) => a.address);
    const internal = all.find(isInternal);
    if (error || internal === undefined || isLoopback(host)) found(error, address, family);
    else found(new AssayError('redirect-refused', `${host} resolves to the internal address ${internal}`), address, family);
  });
}
