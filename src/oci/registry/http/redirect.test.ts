import { expect, test } from 'vitest';
import { LIMITS } from '../../../limits.ts';
import type { HttpRequest } from './message.ts';
import { follow } from './redirect.ts';
import type { OpenAnswer, Transport } from './transport.ts';

/** A transport that answers from a table of redirects, and 200 elsewhere. */
function transport(to: Readonly<Record<string, string>>): {
  transport: Transport;
  sent: { url: string; authorization: string | undefined; foreign: boolean }[];
} {
  const sent: { url: string; authorization: string | undefined; foreign: boolean }[] = [];
  return {
    sent,
    transport: {
      async dispatch(request) {
        sent.push({ url: request.url.href, authorization: request.headers.authorization, foreign: request.foreign === true });
        const location = to[request.url.href];
        const collect = async (): Promise<readonly Uint8Array[]> => [];
        return {
          statusCode: location === undefined ? 200 : 307,
          headers: location === undefined ? {} : { location },
          collect,
        } as unknown as OpenAnswer;
      },
      close: () => Promise.resolve(),
    },
  };
}

function request(url: string, method: HttpRequest['method'] = 'GET'): HttpRequest {
  return { method, url: new URL(url), headers: { authorization: 'Bearer t' }, maxBytes: 10 };
}

test('credentials stay with their origin, and do not come back', async () => {
  const { transport: t, sent } = transport({
    'https://r.example/a': '/b',
    'https://r.example/b': 'https://cdn.example/c',
    'https://cdn.example/c': 'https://r.example/d',
  });
  const answer = await follow(t, request('https://r.example/a'));
  expect(sent.map((s) => s.authorization)).toEqual(['Bearer t', 'Bearer t', undefined, undefined]);
  expect(sent.map((s) => s.foreign)).toEqual([false, false, true, true]);
  expect([answer.asked.href, answer.url.href]).toEqual(['https://r.example/a', 'https://r.example/d']);
});

test.each(['https://r.example:8443/b', 'https://sub.r.example/b', 'https://r.example./b'])('%s is another origin', async (location) => {
  const { transport: t, sent } = transport({ 'https://r.example/a': location });
  await follow(t, request('https://r.example/a'));
  expect(sent[1]?.authorization).toBeUndefined();
});

test.each([
  ['https://r.example/a', 'http://r.example/a', 'without encryption'],
  ['https://r.example/a', 'https://127.0.0.1/', 'to this machine'],
  ['https://r.example/a', 'https://localhost:6443/', 'to this machine'],
  ['http://r.example/a', 'http://169.254.169.254/latest/meta-data/', 'to the metadata of a cloud'],
  ['http://r.example/a', 'http://[::ffff:a9fe:a9fe]/', 'to the metadata of a cloud, in disguise'],
  ['http://r.example/a', 'http://2130706433/', 'to this machine, as a number'],
  ['http://r.example/a', 'http://metadata.google.internal/', 'to the metadata of a cloud, by name'],
  ['https://r.example/a', 'gopher://x/', 'to another scheme'],
  ['https://r.example/a', 'https://[', 'to what is no address'],
  ['https://r.example/a', `https://x/${'y'.repeat(LIMITS.headerLength)}`, 'to what is too long'],
  ['https://r.example/a', 'https://u:p@x.example/', 'with credentials'],
  ['https://r.example/a', '/a', 'in a circle'],
  ['https://r.example/a', '/a#b', 'in a circle'],
])('%s is not followed to %s: %s', async (from, location) => {
  const { transport: t, sent } = transport({ [from]: location });
  await expect(follow(t, request(from))).rejects.toMatchObject({ code: 'redirect-refused', retryable: false });
  expect(sent).toHaveLength(1);
});

test('so many redirects and no more', async () => {
  const table = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`https://r.example/${i}`, `/${i + 1}`]));
  const { transport: t, sent } = transport(table);
  await expect(follow(t, request('https://r.example/0'))).rejects.toMatchObject({ code: 'redirect-refused' });
  expect(sent).toHaveLength(LIMITS.redirects + 1);
});

test('loopback may send to loopback, and a push is not sent on', async () => {
  const local = transport({ 'http://127.0.0.1:1/a': 'http://localhost:2/b' });
  expect((await follow(local.transport, request('http://127.0.0.1:1/a'))).status).toBe(200);
  const push = transport({ 'https://r.example/a': 'https://cdn.example/b' });
  expect((await follow(push.transport, request('https://r.example/a', 'PUT'))).status).toBe(307);
  expect(push.sent).toHaveLength(1);
});
