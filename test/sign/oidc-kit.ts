/** Tokens and small HTTP servers for the tests of keyless signing. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { type AssayError, isAssayError } from '../../src/errors.ts';
import { createServiceClient, type ServiceClient } from '../../src/trust/service-client/client.ts';

const open: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Something to close when the test is over. */
export function closing(close: () => Promise<unknown> | unknown): void {
  open.push(close);
}

/** A request with its body. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server on this machine; answers its address. */
export async function serve(answer: (request: Received, response: ServerResponse) => unknown): Promise<string> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = '', url = '', headers } = request;
    await answer({ method, path: url, headers, body: Buffer.concat(parts).toString() }, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers JSON. */
export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** The client, closed after the test. */
export function client(options: Partial<Parameters<typeof createServiceClient>[0]> = {}): ServiceClient {
  const made = createServiceClient({ env: {}, ...options });
  closing(() => made.close());
  return made;
}

export const NOW = new Date('2026-03-01T12:00:00Z');
const SECOND = 1000;

/** A token with a signature that nobody checks. */
export function token(claims: object = {}): string {
  const now = NOW.getTime() / SECOND;
  const all = { iss: 'https://issuer.test', sub: 'someone', aud: 'sigstore', iat: now, exp: now + 600, ...claims };
  return [{ alg: 'RS256', typ: 'JWT' }, all]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.c2ln');
}

/** The error that work ends with. */
export async function failure(work: Promise<unknown> | (() => unknown)): Promise<AssayError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (isAssayError(error)) return error;
    throw error;
  }
  throw new Error('nothing failed');
}
