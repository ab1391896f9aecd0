/** Servers of the test kit: opened, asked and closed alike. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Asked, readBody } from './answer.ts';

/** Certificate and key of a server, PEM; with `ca`, clients have to show a certificate of that authority. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** Where a server listens: port 0 is a free one; default address `127.0.0.1`. */
export interface ListenOptions {
  readonly port: number;
  readonly address?: string;
  readonly tls: ServerTls | undefined;
}

/** A server that listens already, over https where it has a certificate. Rejects when it cannot listen. */
export async function listen(listener: RequestListener, { port, address = '127.0.0.1', tls }: ListenOptions): Promise<Server> {
  const client = tls?.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  const server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls, ...client }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return server;
}

/** The port that it listens at. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Ends it with all connections, hanging ones too. */
export function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A request whose body has come. */
export async function askedIn(request: IncomingMessage): Promise<Asked> {
  const target = request.url ?? '/';
  const url = new URL(target, 'http://server');
  return {
    method: request.method ?? 'GET',
    target,
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: await readBody(request),
  };
}
