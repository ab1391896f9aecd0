import type { LookupAddress } from 'node:dns';
import type { Agent, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { isInternal, isLoopback } from './address.ts';
import type { Ending } from './ending.ts';
import { bodySize, type HttpRequest, isStream } from './message.ts';
import { type Environment, proxyFor } from './proxy.ts';
import { sendPieces } from './send-pieces.ts';
import { type TlsOptions, tlsSettings } from './tls.ts';

/** An answer whose body was not read yet. */
export interface OpenAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  /** Breaks off with the reason of what ended it. */
  readonly body: AsyncIterable<Uint8Array>;
  /** All pieces of the body, or as many as are more than so many bytes, after which the connection is ended. Instead of `body`, and in less time. */
  collect(most: number): Promise<readonly Uint8Array[]>;
  /** Ends the connection without reading the body. */
  discard(): void;
}

/** Connections, kept alive and shared, to every place that one client talks to. */
export interface Transport {
  /** Sends one request and resolves with the head of its answer. Throws what the platform's client throws, and the reason of the ending. */
  dispatch(request: HttpRequest, ending: Ending): Promise<OpenAnswer>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly tls: TlsOptions;
  readonly env: Environment;
  /** Refuses, with the code `offline`, to ask any place but the registry that was named. */
  readonly namedOnly?: boolean;
}

// What is downloaded may be what is uploaded at the same time, to the same host: neither waits for the other's connection.
const SOCKETS = LIMITS.requestsPerHost + 2 * LIMITS.transfersPerHost;

/** Sends one request over the connections to one origin. */
interface Line {
  send(request: HttpRequest, ending: Ending): Promise<OpenAnswer>;
  close(): Promise<void>;
}

/**
 * A transport over the platform's own client; through a proxy over undici. undici's parser is WebAssembly, which the process
 * compiles in the background and waits for at its end: 150 ms for a command that needs five requests.
 */
export function createTransport(options: TransportOptions): Transport {
  const lines = new Map<string, Promise<Line>>();

  function lineTo(request: HttpRequest): Promise<Line> {
    const home = request.foreign !== true;
    const key = `${home ? 'home' : 'foreign'} ${request.url.origin}`;
    const known = lines.get(key);
    if (known) return known;
    const made = openLine(request.url, home, options);
    lines.set(key, made);
    // A CA file that was missing may be there next time.
    made.catch(() => lines.delete(key));
    return made;
  }

  return {
    async dispatch(request, ending) {
      if (options.namedOnly && (request.foreign || request.unnamed)) {
        throw new AssayError('offline', `${request.url.host} would have to be asked, which is not the registry that was named`, {
          hint: 'leave out --offline, or use a layout',
        });
      }
      return (await lineTo(request)).send(request, ending);
    },
    async close() {
      const all = await Promise.allSettled(lines.values());
      lines.clear();
      await Promise.all(all.map((l) => (l.status === 'fulfilled' ? l.value.close() : undefined)));
    },
  };
}

async function openLine(url: URL, home: boolean, options: TransportOptions): Promise<Line> {
  const tls = url.protocol === 'https:' ? await tlsSettings(options.tls, options.env, home) : {};
  const proxy = proxyFor(url, options.env);
  if (proxy !== undefined) return proxyLine(url, proxy, tls);
  return directLine(url, home, tls);
}

async function directLine(url: URL, home: boolean, tls: object): Promise<Line> {
  const http = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const agent: Agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS, ...tls });
  const { hostname, port } = url;
  // As the platform does it with every address, once.
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const fixed: RequestOptions = { agent, protocol: url.protocol, host, port, lookup: (home ? lookupHome : lookupForeign) as never };
  return {
    send: (request, ending) =>
      new Promise((resolve, reject) => {
        const { body, method } = request;
        const headers = { ...request.headers, ...(body === undefined ? {} : { 'content-length': String(bodySize(body)) }) };
        const { pathname, search } = request.url;
        const sent = http.request({ ...fixed, ...userOf(request.url), path: `${pathname}${search}`, method, headers });
        ending.whenEnded(() => sent.destroy(new Error('the request was ended')));
        sent.on('error', (error) => reject(ending.ended ? ending.reason : error));
        // Its reason is asked for by nobody, and a new error takes longer than all else here.
        const answered = isStream(body) ? new AbortController() : undefined;
        sent.on('response', (answer) => {
          answered?.abort(null);
          // The rest of a body that nobody wants is not sent: the connection is of no use any more.
          if (!sent.writableEnded) answer.once('end', () => sent.destroy());
          resolve(openAnswer(answer, ending));
        });
        if (isStream(body) && answered !== undefined) sendPieces(sent, body, answered.signal).catch((error: Error) => sent.destroy(error));
        else sent.end(body);
      }),
    close: () => Promise.resolve(agent.destroy()),
  };
}

function userOf({ username, password }: URL): RequestOptions {
  return username === '' && password === '' ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
}

function openAnswer(answer: IncomingMessage, ending: Ending): OpenAnswer {
  return {
    statusCode: answer.statusCode ?? 0,
    headers: answer.headers,
    body: untilEnded(answer, ending),
    collect: (most) => collect(answer, most, ending),
    discard: () => answer.on('error', () => {}).destroy(),
  };
}

async function* untilEnded(body: AsyncIterable<Uint8Array>, ending: Ending): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw ending.ended ? ending.reason : error;
  }
}

// Iterating takes several promises a piece.
function collect(answer: Readable, most: number, ending: Ending): Promise<readonly Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let size = 0;
    let done = false;
    function finish(): void {
      done = true;
      resolve(parts);
    }
    answer.on('data', (part: Uint8Array) => {
      size += part.length;
      parts.push(part);
      if (size <= most) return;
      finish();
      answer.destroy();
    });
    answer.on('end', finish);
    answer.on('error', (error) => reject(ending.ended ? ending.reason : error));
    answer.on('close', () => {
      if (!done) reject(ending.ended ? ending.reason : new Error('the answer broke off'));
    });
  });
}

async function proxyLine(url: URL, proxy: URL, tls: object): Promise<Line> {
  const { ProxyAgent } = await import('undici');
  const agent: Dispatcher = new ProxyAgent({
    uri: proxy.href,
    ...credentialsOf(proxy),
    requestTls: { ...tls, timeout: LIMITS.requestTimeoutMs } as Record<string, unknown>,
    proxyTunnel: url.protocol === 'https:',
    connections: SOCKETS,
    pipelining: 1,
    allowH2: false,
  });
  return {
    async send(request, ending) {
      const abort = new AbortController();
      ending.whenEnded(() => abort.abort(ending.reason));
      const answer = await agent.request({
        origin: request.url.origin,
        path: `${request.url.pathname}${request.url.search}`,
        method: request.method,
        headers: { ...request.headers, ...(isStream(request.body) ? { 'content-length': String(request.body.size) } : {}) },
        ...(request.body === undefined ? {} : { body: await proxyBody(request.body) }),
        signal: abort.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      return {
        statusCode: answer.statusCode,
        headers: answer.headers,
        body: answer.body,
        collect: (most) => collect(answer.body, most, ending),
        discard: () => void answer.body.on('error', () => {}).destroy(),
      };
    },
    close: () => agent.destroy(),
  };
}

async function proxyBody(body: NonNullable<HttpRequest['body']>): Promise<Uint8Array | Readable> {
  if (!isStream(body)) return body;
  const { Readable } = await import('node:stream');
  return Readable.from(body.open());
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
