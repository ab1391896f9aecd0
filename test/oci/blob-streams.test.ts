import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Bytes } from '../../src/bytes/index.ts';
import { AssayError } from '../../src/errors.ts';
import { LIMITS } from '../../src/limits.ts';
import { type Descriptor, descriptorOf } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { copyBlob } from '../../src/oci/registry/copy-blob.ts';
import { openBlob } from '../../src/oci/registry/open-blob.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { holdBlob, type Opened, opened } from './images.ts';

const MiB = 1024 * 1024;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function registry(options: Parameters<typeof startRegistry>[0] = {}): Promise<TestRegistry> {
  const started = await startRegistry(options);
  open.push(() => started.close());
  return started;
}

function at(where: Pick<TestRegistry, 'host'>, name = 'team/app'): Opened {
  const made = opened(where, name);
  open.push(() => made.client.close());
  return made;
}

/** Content that is nowhere the same. */
function content(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i + 4 <= size; i += 4) bytes.writeUInt32LE(Math.imul(i, 2_654_435_761) >>> 0, i);
  return bytes;
}

function described(bytes: Buffer): Descriptor {
  return descriptorOf('application/octet-stream', digestOf(bytes), bytes.length);
}

async function* pieces(bytes: Buffer, size = 64 * 1024): AsyncGenerator<Bytes> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Bytes>): Promise<{ bytes: Buffer; error: unknown }> {
  const parts: Bytes[] = [];
  try {
    for await (const piece of source) parts.push(Buffer.from(piece));
  } catch (error) {
    return { bytes: Buffer.concat(parts), error };
  }
  return { bytes: Buffer.concat(parts), error: undefined };
}

const codeOf = (error: unknown): string | undefined => (error instanceof AssayError ? error.code : undefined);

describe('reading a blob in pieces', () => {
  test.for([0, 1, 64 * 1024, 3 * MiB + 5])('%i bytes', async (size) => {
    const from = await registry();
    const bytes = content(size);
    const descriptor = holdBlob(from, 'team/app', bytes);
    const got = await collect(openBlob(at(from).repository, descriptor));
    expect(got.error).toBeUndefined();
    expect(got.bytes.equals(bytes)).toBe(true);
  });

  test('goes on where the connection broke', async () => {
    const from = await registry();
    const bytes = content(4 * MiB);
    const descriptor = holdBlob(from, 'team/app', bytes);
    for (const n of [1, 2, 3, 4, 5, 6]) from.faults.add({ kind: 'truncate', match: '/blobs/', skip: n - 1, times: 1, bytes: 300_000 });
    const got = await collect(openBlob(at(from).repository, descriptor));
    expect(got.error).toBeUndefined();
    expect(got.bytes.equals(bytes)).toBe(true);
    const ranges = from.log.filter((l) => l.target.includes('/blobs/')).map((l) => l.headers.range);
    expect(ranges).toEqual([undefined, ...[1, 2, 3, 4, 5, 6].map((n) => `bytes=${n * 300_000}-`)]);
  });

  test('of a registry without ranges, what is known already is passed over', async () => {
    const bytes = content(2 * MiB);
    let asked = 0;
    const server = createServer((request, response) => {
      asked++;
      if (request.url === '/v2/') return response.end();
      response.writeHead(200, { 'content-length': bytes.length });
      if (asked > 2) return response.end(bytes);
      response.write(bytes.subarray(0, 500_000 * asked), () => response.socket?.destroySoon());
    });
    const host = await listening(server);
    const got = await collect(openBlob(at({ host }).repository, described(bytes)));
    expect(got.error).toBeUndefined();
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(asked).toBe(3);
  });

  test('of a registry that refuses ranges (416), the whole is asked for', async () => {
    const from = await registry();
    const bytes = content(MiB);
    const descriptor = holdBlob(from, 'team/app', bytes);
    from.faults.add(
      { kind: 'truncate', match: '/blobs/', bytes: 300_000, times: 1 },
      { kind: 'status', status: 416, match: '/blobs/', skip: 1, times: 1 },
    );
    const got = await collect(openBlob(at(from).repository, descriptor));
    expect(got.error).toBeUndefined();
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(from.log.filter((l) => l.target.includes('/blobs/')).map((l) => l.headers.range !== undefined)).toEqual([false, true, false]);
  });

  test('gives up when nothing more comes', async () => {
    const from = await registry();
    const descriptor = holdBlob(from, 'team/app', content(MiB));
    from.faults.add({ kind: 'truncate', match: '/blobs/', bytes: 0 });
    const got = await collect(openBlob(at(from).repository, descriptor));
    expect(codeOf(got.error)).toBe('content-truncated');
    expect(from.log.filter((l) => l.target.includes('/blobs/')).length).toBeLessThanOrEqual(16);
  });

  test('other content is never whole', async () => {
    const from = await registry();
    const bytes = content(MiB);
    const descriptor = holdBlob(from, 'team/app', bytes);
    const other = Buffer.from(bytes);
    other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1;
    from.faults.add({ kind: 'substitute', match: '/blobs/', body: other });
    const got = await collect(openBlob(at(from).repository, descriptor));
    expect(codeOf(got.error)).toBe('content-mismatch');
    expect(got.bytes.length).toBeLessThan(bytes.length);
  });

  test.for([
    ['longer', 'flood', 'content-mismatch'],
    ['not there', 'status', 'not-found'],
  ] as const)('what is %s', async ([, kind, code]) => {
    const from = await registry();
    const descriptor = holdBlob(from, 'team/app', content(MiB));
    from.faults.add(kind === 'flood' ? { kind, match: '/blobs/' } : { kind, status: 404, match: '/blobs/' });
    expect(codeOf((await collect(openBlob(at(from).repository, descriptor))).error)).toBe(code);
  });

  test('follows a redirect without the credentials', async () => {
    const from = await registry({ auth: { kind: 'basic', username: 'me', password: 'secret' } });
    const bytes = content(MiB);
    const descriptor = holdBlob(from, 'team/app', bytes);
    from.faults.add({ kind: 'redirect', match: '/blobs/' });
    const { fixedCredentials } = await import('../../src/oci/index.ts');
    const made = opened(from, 'team/app', {
      credentials: fixedCredentials(from.host, { kind: 'basic', username: 'me', password: 'secret' }),
    });
    open.push(() => made.client.close());
    const got = await collect(openBlob(made.repository, descriptor));
    expect(got.error).toBeUndefined();
    expect(got.bytes.equals(bytes)).toBe(true);
    const other = from.log.filter((l) => l.origin === 'other');
    expect(other.length).toBeGreaterThan(0);
    expect(other.map((l) => l.authorization)).toEqual(other.map(() => undefined));
  });

  test('whoever stops reading ends the connection', async () => {
    const from = await registry();
    const descriptor = holdBlob(from, 'team/app', content(8 * MiB));
    for await (const _ of openBlob(at(from).repository, descriptor)) break;
    const abort = new AbortController();
    const { error } = await collect(
      (async function* () {
        for await (const piece of openBlob(at(from).repository, descriptor, { signal: abort.signal })) {
          yield piece;
          abort.abort();
        }
      })(),
    );
    expect(codeOf(error)).toBe('cancelled');
  });
});

describe('storing a blob in pieces', () => {
  const bytes = content(5 * MiB + 3);
  const descriptor = described(bytes);

  test('sends it once, and asks before and after', async () => {
    const to = await registry();
    const { repository } = at(to);
    expect(await copyBlob(repository, descriptor, { open: () => pieces(bytes) })).toBe('sent');
    expect(to.content.blobs.get(descriptor.digest)?.equals(bytes)).toBe(true);
    expect(await copyBlob(repository, descriptor, { open: () => pieces(bytes) })).toBe('there');
    expect(to.log.map((l) => l.method)).toEqual(['HEAD', 'POST', 'PUT', 'HEAD', 'HEAD']);
  });

  test('an empty one', async () => {
    const to = await registry();
    const empty = described(Buffer.alloc(0));
    expect(await copyBlob(at(to).repository, empty, { open: () => pieces(Buffer.alloc(0)) })).toBe('sent');
    expect(to.content.blobs.get(empty.digest)).toHaveLength(0);
  });

  test('mounts it where the registry agrees, else sends it', async () => {
    const to = await registry();
    holdBlob(to, 'base/app', bytes);
    const source = { open: () => pieces(bytes), mountFrom: 'base/app' };
    expect(await copyBlob(at(to).repository, descriptor, source)).toBe('mounted');
    const elsewhere = await registry();
    expect(await copyBlob(at(elsewhere).repository, descriptor, source)).toBe('sent');
  });

  test.for([
    ['fails', { kind: 'status', status: 500, match: '^POST .*mount=' }],
    ['breaks the connection', { kind: 'reset', match: '^POST .*mount=' }],
    ['lies', { kind: 'status', status: 201, match: '^POST .*mount=' }],
  ] as const)('sends it where mounting always %s', async ([, fault]) => {
    const to = await registry();
    to.faults.add(fault);
    const source = { open: () => pieces(bytes), mountFrom: 'base/app' };
    expect(await copyBlob(at(to).repository, descriptor, source)).toBe('sent');
    expect(to.content.blobs.get(descriptor.digest)?.equals(bytes)).toBe(true);
  });

  test.for([
    ['a broken connection', { kind: 'reset', match: '^PUT', times: 1 }],
    ['an error', { kind: 'status', status: 503, match: '^PUT', times: 1 }],
    ['throttling', { kind: 'status', status: 429, match: '^PUT', times: 1 }],
  ] as const)('begins anew after %s', async ([, fault]) => {
    const to = await registry();
    to.faults.add(fault);
    let opens = 0;
    const source = {
      open: () => {
        opens++;
        return pieces(bytes);
      },
    };
    expect(await copyBlob(at(to).repository, descriptor, source)).toBe('sent');
    expect(opens).toBe(2);
    expect(to.content.blobs.get(descriptor.digest)?.equals(bytes)).toBe(true);
  });

  test.for([411, 413, 405])('sends chunks where whole ones are answered %i', async (status) => {
    const to = await registry();
    to.faults.add({ kind: 'status', status, match: '^PUT', times: 1 });
    const large = content(20 * MiB);
    expect(await copyBlob(at(to).repository, described(large), { open: () => pieces(large) })).toBe('sent');
    expect(to.content.blobs.get(digestOf(large))?.equals(large)).toBe(true);
    const chunks = to.log.filter((l) => l.method === 'PATCH').map((l) => l.headers['content-range']);
    expect(chunks).toEqual(['0-8388607', '8388608-16777215', '16777216-20971519']);
  });

  test.for([404, 416])('begins anew when an upload in chunks has expired (%i)', async (status) => {
    const to = await registry();
    const large = content(20 * MiB);
    to.faults.add({ kind: 'status', status: 413, match: '^PUT', times: 1 }, { kind: 'status', status, match: '^PATCH', skip: 1, times: 1 });
    expect(await copyBlob(at(to).repository, described(large), { open: () => pieces(large) })).toBe('sent');
    expect(to.content.blobs.get(digestOf(large))?.equals(large)).toBe(true);
  });

  test('an upload that always expires is no missing image, and the request that was refused is named', async () => {
    const to = await registry();
    to.faults.add({ kind: 'status', status: 413, match: '^PUT' }, { kind: 'status', status: 404, match: '^PATCH' });
    const error = await copyBlob(at(to).repository, descriptor, { open: () => pieces(bytes) }).catch((e: unknown) => e);
    expect(codeOf(error)).toBe('registry-error');
    expect(String(error)).toContain('PATCH');
    expect(to.log.length).toBeLessThanOrEqual(4 * LIMITS.tries);
  });

  test.for([
    ['too short', bytes.subarray(0, -1), 'content-truncated'],
    ['too long', Buffer.concat([bytes, bytes]), 'content-mismatch'],
    ['something else', Buffer.alloc(bytes.length), 'content-mismatch'],
  ] as const)('a source that is %s never makes a blob, and the registry is not blamed', async ([, wrong, code]) => {
    const to = await registry();
    const error = await copyBlob(at(to).repository, descriptor, { open: () => pieces(Buffer.from(wrong)) }).catch((e: unknown) => e);
    expect(codeOf(error)).toBe(code);
    expect(to.content.blobs.size).toBe(0);
    expect(to.log.filter((l) => l.method === 'POST')).toHaveLength(1);
  });

  test('a write that is acknowledged and lost is done again, and said when it is always lost', async () => {
    const to = await registry();
    to.faults.add({ kind: 'lose', match: '^PUT', times: 1 });
    expect(await copyBlob(at(to).repository, descriptor, { open: () => pieces(bytes) })).toBe('sent');
    expect(to.content.blobs.get(descriptor.digest)?.equals(bytes)).toBe(true);
    const never = await registry();
    never.faults.add({ kind: 'lose', match: '^PUT' });
    await expect(copyBlob(at(never).repository, descriptor, { open: () => pieces(bytes) })).rejects.toMatchObject({
      code: 'write-conflict',
    });
  });

  test('what the source throws is thrown', async () => {
    const to = await registry();
    const broken = new AssayError('registry-timeout', 'the source is slow');
    async function* source(): AsyncGenerator<Bytes> {
      yield bytes.subarray(0, MiB);
      throw broken;
    }
    await expect(copyBlob(at(to).repository, descriptor, { open: source })).rejects.toBe(broken);
  });

  test('a registry that answers before it has read does not hang', async () => {
    let refusedAt = 0;
    const server = createServer((request, response) => {
      if (request.method === 'HEAD') return response.writeHead(404).end();
      if (request.method === 'POST') return response.writeHead(202, { location: '/v2/team/app/blobs/uploads/1' }).end();
      refusedAt++;
      response.writeHead(403, { 'content-type': 'application/json' }).end('{"errors":[{"code":"DENIED"}]}');
    });
    const host = await listening(server);
    const large = content(32 * MiB);
    const error = await copyBlob(at({ host }).repository, described(large), { open: () => pieces(large) }).catch((e: unknown) => e);
    expect(codeOf(error)).toBe('registry-forbidden');
    expect(refusedAt).toBe(1);
  });

  test('an upload never leaves the registry that was named', async () => {
    const to = await registry();
    to.faults.add({ kind: 'status', status: 202, match: '^POST', headers: { location: 'http://evil.example/upload' } });
    const error = await copyBlob(at(to).repository, descriptor, { open: () => pieces(bytes) }).catch((e: unknown) => e);
    expect(codeOf(error)).toBe('registry-protocol');
  });

  test('many at once from and to one host do not wait for each other for ever', async () => {
    const both = await registry();
    const all = Array.from({ length: 40 }, (_, i) => holdBlob(both, 'from/app', content(200_000 + 4 * i)));
    const { client, repository } = at(both, 'to/app');
    const from = { client, registry: repository.registry, name: 'from/app' };
    const how = await Promise.all(all.map((d) => copyBlob(repository, d, { open: () => openBlob(from, d) })));
    expect(how).toEqual(all.map(() => 'sent'));
  });
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
