import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { isAssayError } from '../../errors.ts';
import { createServiceClient } from './client.ts';
import { withoutSecrets } from './failure.ts';
import { requestJson } from './json.ts';

const open: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(options: { readonly offline?: boolean } = {}) {
  const made = createServiceClient({ env: {}, ...options });
  open.push(() => made.close());
  return made;
}

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwZXJzb24ifQ.c2lnbmF0dXJl';

async function failureOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!isAssayError(error)) throw new Error(`no error of ours: ${String(error)}`);
  return error;
}

test('an answer comes back whole, and what was sent arrives', async () => {
  const seen: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    seen.push(request.method, request.headers['user-agent'], request.headers['content-type']);
    response.writeHead(201, { 'X-Thing': 'yes' }).end('{"a":1}');
  });
  expect(await requestJson(client(), { method: 'POST', url, json: { b: 2 } })).toEqual({ a: 1 });
  expect(seen).toEqual(['POST', 'assay', 'application/json']);
});

test('what a service says is told, without the secrets that it repeats', async () => {
  const url = await serve((_, response) => {
    response.writeHead(401).end(JSON.stringify({ code: 16, message: `bad token\u0007 ${TOKEN} of s3cret-pass` }));
  });
  const error = await failureOf(
    client().request({ method: 'POST', url, headers: { authorization: `Bearer ${TOKEN}` }, secrets: ['s3cret-pass'], who: 'the log' }),
  );
  expect(error).toMatchObject({ code: 'service-refused', retryable: false });
  expect(error.message).toContain('the log');
  expect(error.message).toContain('bad token');
  expect(error.message).not.toMatch(/eyJ|s3cret/);
  expect(error.message).not.toContain('\u0007');
});

test('a part of a secret is a secret', () => {
  expect(withoutSecrets(`got ${TOKEN.slice(4, 40)}`, [TOKEN])).toMatch(/^got (?:\[hidden\])+$/);
  expect(withoutSecrets('x'.repeat(10_000), []).length).toBeLessThan(400);
});

test.each([429, 503])('%i says that nothing was done: a write is sent again', async (status) => {
  let n = 0;
  const url = await serve((_, response) => response.writeHead(++n === 1 ? status : 200).end('{}'));
  await client().request({ method: 'POST', url });
  expect(n).toBe(2);
});

test('a write that may have been done is not sent again; one that does no harm twice is', async () => {
  let n = 0;
  const url = await serve((_, response) => response.writeHead(++n % 2 === 1 ? 502 : 200).end('{}'));
  expect(await failureOf(client().request({ method: 'POST', url }))).toMatchObject({ code: 'service-unavailable', retryable: true });
  expect(n).toBe(1);
  n = 0;
  await client().request({ method: 'POST', url, idempotent: true });
  expect(n).toBe(2);
});

test('a service that is not there, that hangs, or floods', async () => {
  expect(await failureOf(client().request({ method: 'POST', url: 'http://127.0.0.1:1' }))).toMatchObject({ code: 'service-unavailable' });
  const hanging = await serve(() => {});
  expect(await failureOf(client().request({ method: 'GET', url: hanging, timeoutMs: 100 }))).toMatchObject({ code: 'service-unavailable' });
  const flood = await serve((_, response) => response.end(Buffer.alloc(5000)));
  expect(await failureOf(client().request({ method: 'GET', url: flood, maxBytes: 4999 }))).toMatchObject({ code: 'limit' });
  const text = await serve((_, response) => response.end('<html>'));
  expect(await failureOf(requestJson(client(), { method: 'GET', url: text }))).toMatchObject({ code: 'service-unavailable' });
});

test('who asks may stop asking', async () => {
  const url = await serve(() => stop.abort());
  const stop = new AbortController();
  expect(await failureOf(client().request({ method: 'GET', url, signal: stop.signal }))).toMatchObject({ code: 'cancelled' });
});

test('reads are redirected within the origin; nothing else is', async () => {
  const other = await serve((_, response) => response.end('{"other":true}'));
  const url = await serve((request, response) => {
    if (request.url === '/end') response.end('{"end":true}');
    else response.writeHead(307, { location: request.url === '/away' ? other : '/end' }).end();
  });
  expect(await requestJson(client(), { method: 'GET', url: `${url}/here` })).toEqual({ end: true });
  expect(await failureOf(client().request({ method: 'GET', url: `${url}/away` }))).toMatchObject({ code: 'redirect-refused' });
  expect(await failureOf(client().request({ method: 'POST', url: `${url}/here` }))).toMatchObject({ code: 'redirect-refused' });
});

test('secrets go over https or stay on this machine', async () => {
  const url = 'http://fulcio.example.com/api';
  for (const request of [{ secrets: [TOKEN] }, { headers: { Authorization: 'Bearer x' } }])
    expect(await failureOf(client().request({ method: 'POST', url, ...request }))).toMatchObject({ code: 'usage-invalid' });
  expect(await failureOf(client().request({ method: 'GET', url: 'file:///etc/passwd' }))).toMatchObject({ code: 'usage-invalid' });
});

test('offline opens no socket', async () => {
  let n = 0;
  const url = await serve((_, response) => {
    n++;
    response.end();
  });
  expect(await failureOf(client({ offline: true }).request({ method: 'GET', url }))).toMatchObject({ code: 'offline' });
  expect(n).toBe(0);
});

test('no error carries a token, whatever is printed of it', async () => {
  const echo = await serve((request, response) => response.writeHead(403, { 'x-echo': TOKEN }).end(String(request.headers.authorization)));
  const broken = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '99' }).write('x');
    response.socket?.destroy();
  });
  const hanging = await serve(() => {});
  const page = await serve((request, response) => response.end(`<html>${request.headers.authorization}`));
  const headers = { authorization: `Bearer ${TOKEN}` };
  for (const url of [echo, broken, hanging, page, 'http://127.0.0.1:1', 'http://example.com'])
    for (const method of ['GET', 'POST'] as const) {
      const work = requestJson(client(), { method, url, headers, json: { token: TOKEN }, secrets: [TOKEN], timeoutMs: 200 });
      expect(inspect(await failureOf(work), { depth: 12, showHidden: true })).not.toContain(TOKEN.slice(10, 30));
    }
});
