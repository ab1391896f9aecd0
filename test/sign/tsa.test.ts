import { afterEach, beforeEach, expect, test } from 'vitest';
import { int } from '../../src/codec/der/encode.ts';
import { parseTimestampRequest } from '../../src/mint/timestamp-request.ts';
import { timestampService } from '../../src/sign/timestamp/index.ts';
import { timestampRequest } from '../../src/sign/timestamp/request.ts';
import { makeTimestampAuthority, timestamp } from '../../src/testing/index.ts';
import { parseTimestamp } from '../../src/trust/index.ts';
import { type Reply, type Served, serve } from './log-lab.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const tsa = makeTimestampAuthority({ now: NOW });
let served: Served | undefined;
let reply: (query: Buffer) => Reply | Promise<Reply> = () => ({ status: 500 });
beforeEach(async () => {
  served = await serve((_, body) => reply(body));
});
afterEach(() => served?.close());

function service(nonce?: () => Uint8Array) {
  if (served === undefined) throw new Error('not started');
  return timestampService({ url: `${served.url}/api/v1/timestamp`, client: served.client, ...(nonce === undefined ? {} : { nonce }) });
}

/** A timestamp of what a query asks for; bent where `bend` says. */
function stamped(
  query: Buffer,
  bend: { readonly imprint?: Uint8Array; readonly nonce?: Uint8Array | undefined; readonly status?: number } = {},
): Reply {
  const { imprint, nonce } = parseTimestampRequest(query);
  const request = { imprint: bend.imprint ?? imprint, nonce: 'nonce' in bend ? bend.nonce : nonce };
  const body = timestamp(tsa, Buffer.alloc(0), { at: NOW, request, bend: bend.status === undefined ? {} : { status: bend.status } });
  return { headers: { 'Content-Type': 'application/timestamp-reply' }, body };
}

const other = timestampRequest('sha256', Buffer.alloc(32), Buffer.of(1));
const failing = (code: string) => expect.objectContaining({ code });

test('a timestamp is of what was sent, and has the nonce', async () => {
  reply = (query) => {
    expect(parseTimestampRequest(query)).toMatchObject({ hash: 'sha256', certificates: true, extensions: false });
    return stamped(query);
  };
  const token = parseTimestamp(await service().stamp(Buffer.from('signature')));
  expect(token.time).toBe(NOW.getTime());
  expect(token.nonce?.length).toBeGreaterThan(4);
});

test('a nonce whose first bit is set comes back as it was sent', async () => {
  reply = (query) => stamped(query);
  await service(() => Buffer.from('ff00000000000001', 'hex')).stamp(Buffer.from('signature'));
  await service(() => Buffer.from('0000000000000001', 'hex')).stamp(Buffer.from('signature'));
});

test.each([
  ['of something else', (q: Buffer) => stamped(q, { imprint: parseTimestampRequest(other).imprint }), 'service-lied'],
  ['with the nonce of another request', (q: Buffer) => stamped(q, { nonce: int(66051) }), 'service-lied'],
  ['without a nonce', (q: Buffer) => stamped(q, { nonce: undefined }), 'service-lied'],
  ['that was refused', (q: Buffer) => ({ ...stamped(q, { status: 2 }) }), 'service-refused'],
  ['that is a page of a proxy', () => ({ body: '<html>' }), 'service-unavailable'],
  ['that is cut off', (q: Buffer) => ({ body: Buffer.from(stamped(q).body as Buffer).subarray(0, -3) }), 'service-unavailable'],
  ['that is too long', () => ({ body: Buffer.alloc(1024 * 1024 + 1) }), 'limit'],
  ['that does not come', () => ({ status: 500 }), 'service-unavailable'],
  ['that is forbidden', () => ({ status: 403, body: 'no client certificate' }), 'service-refused'],
])('a timestamp %s is an error', async (_, answer: (query: Buffer) => Reply, code) => {
  reply = answer;
  await expect(service().stamp(Buffer.from('signature'))).rejects.toThrow(failing(code));
});

test('a refusal without a token is a refusal', async () => {
  reply = () => ({ body: Buffer.from('30053003020102', 'hex') });
  await expect(service().stamp(Buffer.from('signature'))).rejects.toThrow(failing('service-refused'));
});

test('the hash is the caller’s', async () => {
  reply = (query) => {
    expect(parseTimestampRequest(query).hash).toBe('sha512');
    return { status: 400 };
  };
  await expect(service().stamp(Buffer.from('signature'), { hash: 'sha512' })).rejects.toThrow(failing('service-refused'));
});
