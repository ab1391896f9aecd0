/** What the local key services have in common: they listen, note what was asked, and bend an answer when a test says so. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Certified } from './certified.ts';

/** What a service answers to one call. */
export interface ServiceAnswer {
  readonly call: string;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Not about keys: never bent. */
  readonly plain?: boolean;
}

/** What becomes of an answer. */
type Bent =
  | Readonly<Record<string, unknown>>
  | number
  | { readonly failure: readonly [status: number, body: Readonly<Record<string, unknown>>] }
  | 'hang';

/** A running service. */
export interface KeyServer {
  readonly port: number;
  /** What was asked, by the name of the call, with the status of the answer. */
  readonly calls: { readonly call: string; readonly status: number }[];
  /** Changes the answer of the next good calls: another body, a status, both, or no answer at all. */
  bend: ((call: string, body: Readonly<Record<string, unknown>>) => Bent) | undefined;
  close(): Promise<void>;
}

/** Starts a service on this machine, over TLS where a certificate is given. */
export async function serveKeys(answerTo: (request: IncomingMessage, body: Buffer) => ServiceAnswer, tls?: Certified): Promise<KeyServer> {
  const calls: { call: string; status: number }[] = [];
  const state: { bend: KeyServer['bend'] } = { bend: undefined };
  const listener = (request: IncomingMessage, response: import('node:http').ServerResponse): void => {
    void buffer(request).then((bytes) => {
      const { call, headers, plain, ...good } = answerTo(request, bytes);
      const bent = good.status === 200 && plain !== true ? (state.bend?.(call, good.body) ?? good.body) : good.body;
      if (bent === 'hang') return;
      const [status, body] = typeof bent === 'number' ? [bent, { message: 'bent' }] : isFailure(bent) ? bent.failure : [good.status, bent];
      calls.push({ call, status });
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
  };
  const server = (tls === undefined ? createServer(listener) : createTlsServer(tls, listener)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    get bend() {
      return state.bend;
    },
    set bend(value) {
      state.bend = value;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isFailure(bent: object): bent is { readonly failure: readonly [status: number, body: Readonly<Record<string, unknown>>] } {
  return 'failure' in bent;
}
