import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AssayError, type ErrorCode } from '../../src/errors.ts';
import { LIMITS } from '../../src/limits.ts';
import type { Descriptor } from '../../src/oci/index.ts';
import { type Fault, type FaultKind, startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, holdBlob, indexBytes, manifestBytes, type Opened, opened } from './images.ts';

let registry: TestRegistry;
let o: Opened;
let image: Descriptor;
let blob: Descriptor;

beforeEach(async () => {
  registry = await startRegistry();
  o = opened(registry);
  image = hold(registry, 'team/app', manifestBytes(), 'v1');
  hold(registry, 'team/app', manifestBytes(), `${image.digest.replace(':', '-')}.sig`);
  hold(registry, 'team/app', indexBytes([]), image.digest.replace(':', '-'));
  blob = holdBlob(registry, 'team/app', Buffer.from('the payload of a signature'));
});
afterEach(async () => {
  await o.client.close();
  await registry.close();
});

/** The reads of a store. */
const READS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['a tag', () => o.store.resolve('v1')],
  ['a manifest', () => o.store.manifest(image.digest)],
  ['a blob', () => o.store.read(blob)],
  ['evidence', () => o.store.attached(image.digest, 'sig')],
  ['the fallback tag', () => o.store.fallback(image.digest)],
  ['referrers', () => o.store.referrers(image.digest).next()],
];

const ALWAYS: readonly (readonly [string, FaultKind, ErrorCode])[] = [
  ['401', { kind: 'status', status: 401 }, 'registry-unauthorized'],
  [
    '401 with a challenge that nobody can meet',
    { kind: 'status', status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } },
    'registry-unauthorized',
  ],
  ['403', { kind: 'status', status: 403 }, 'registry-forbidden'],
  ['429', { kind: 'status', status: 429 }, 'registry-throttled'],
  ['429 that asks for an hour', { kind: 'status', status: 429, retryAfter: 3600 }, 'registry-throttled'],
  ['500', { kind: 'status', status: 500 }, 'registry-error'],
  ['503', { kind: 'status', status: 503 }, 'registry-error'],
  ['418', { kind: 'status', status: 418 }, 'registry-error'],
  ['204', { kind: 'status', status: 204, body: '' }, 'registry-protocol'],
  ['a reset connection', { kind: 'reset' }, 'registry-unreachable'],
  ['a circle of redirects', { kind: 'redirect', to: '?again' }, 'redirect-refused'],
  ['a redirect to a file', { kind: 'redirect', to: 'file:///etc/passwd' }, 'redirect-refused'],
  ['a redirect with credentials', { kind: 'redirect', to: 'http://u:p@localhost/' }, 'redirect-refused'],
];

describe.each(ALWAYS)('%s, always', (_, fault, code) => {
  test.each(READS)('asking for %s is an error, never "none"', async (__, read) => {
    registry.faults.add(fault);
    await expect(read()).rejects.toMatchObject({ code });
  });
});

describe('404', () => {
  test('is "not there" for what is named, and "no such API" for referrers', async () => {
    registry.faults.add({ kind: 'status', status: 404 });
    expect(await o.store.resolve('v1')).toBeUndefined();
    expect(await o.store.referrers(image.digest).next()).toEqual({ done: true, value: 'unsupported' });
  });
});

const TWICE: readonly (readonly [string, Fault])[] = [
  ['503', { kind: 'status', status: 503, times: 2 }],
  ['429 with Retry-After', { kind: 'status', status: 429, retryAfter: 0, times: 2 }],
  ['reset', { kind: 'reset', times: 2 }],
  ['truncated', { kind: 'truncate', times: 2 }],
];

describe.each(TWICE)('%s twice, then well', (_, fault) => {
  test.each(READS)('%s is read', async (__, read) => {
    registry.faults.add(fault);
    await expect(read()).resolves.toBeDefined();
  });
});

describe('bodies that are not what they should be', () => {
  test.each<readonly [string, FaultKind, ErrorCode]>([
    ['breaks off', { kind: 'truncate' }, 'content-truncated'],
    ['breaks off at once', { kind: 'truncate', bytes: 0 }, 'content-truncated'],
    ['is shorter than it says', { kind: 'length', delta: 10 }, 'content-mismatch'],
    ['is short and says so', { kind: 'substitute', body: 'short' }, 'content-truncated'],
    ['is longer', { kind: 'substitute', body: 'the payload of a signature, and more' }, 'content-mismatch'],
    ['is something else', { kind: 'substitute', body: 'the payload of A signature' }, 'content-mismatch'],
    ['says that it is something else', { kind: 'substitute', body: 'the payload of A signature', truthful: true }, 'content-mismatch'],
    ['never ends', { kind: 'flood' }, 'content-mismatch'],
    ['ends late', { kind: 'flood', bytes: 1 << 20 }, 'content-mismatch'],
  ])('a blob that %s', async (_, fault, code) => {
    registry.faults.add({ match: '/blobs/', ...fault });
    await expect(o.store.read(blob)).rejects.toMatchObject({ code });
  });

  test.each<readonly [string, FaultKind, ErrorCode]>([
    ['breaks off', { kind: 'truncate' }, 'content-truncated'],
    ['is a login page', { kind: 'substitute', body: '<html>', type: 'text/html', truthful: true }, 'registry-protocol'],
    ['is not what its header says', { kind: 'substitute', body: '{"schemaVersion":2,"manifests":[],"x":1}' }, 'content-mismatch'],
    ['never ends', { kind: 'flood', type: 'application/vnd.oci.image.index.v1+json' }, 'limit'],
    [
      'is of schema 1',
      { kind: 'substitute', body: '{}', type: 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
      'unsupported',
    ],
  ])('a tag whose manifest %s', async (_, fault, code) => {
    registry.faults.add({ match: '/manifests/', ...fault });
    await expect(o.store.resolve('v1')).rejects.toMatchObject({ code });
    await expect(o.store.fallback(image.digest)).rejects.toMatchObject({ code });
  });

  test('a manifest that is another one than its digest', async () => {
    registry.faults.add({ match: '/manifests/', kind: 'substitute', body: manifestBytes({ annotations: { a: 'b' } }), truthful: true });
    await expect(o.store.manifest(image.digest)).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  test('a broken manifest that is served as one is given as it is, for its reader to refuse', async () => {
    registry.faults.add({ match: '/manifests/', kind: 'substitute', body: '{"schemaVersion":2,', truthful: true });
    expect((await o.store.resolve('v1'))?.descriptor.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
  });

  test('not much of a flood is read', async () => {
    registry.faults.add({ match: '/manifests/', kind: 'flood' });
    await expect(o.store.resolve('v1', { maxBytes: 1000 })).rejects.toMatchObject({ code: 'limit' });
    expect(registry.log).toHaveLength(1);
  });
});

describe('time', () => {
  test.each(['hang', 'slow'] as const)('a registry that is %sing is given up when time is out', async (kind) => {
    registry.faults.add(kind === 'hang' ? { kind } : { kind, ms: 5_000 });
    const started = performance.now();
    const failed = o.store.resolve('v1', { signal: AbortSignal.timeout(150) });
    await expect(failed).rejects.toMatchObject({ code: 'registry-timeout' });
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test('cancelling is not a timeout', async () => {
    registry.faults.add({ kind: 'hang' });
    const abort = new AbortController();
    const failed = o.store.read(blob, { signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await expect(failed).rejects.toMatchObject({ code: 'cancelled', retryable: true });
    await expect(o.store.read(blob, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('a pause that is longer than the time that is left ends with what the registry said', async () => {
    registry.faults.add({ kind: 'status', status: 429, retryAfter: 30 });
    await expect(o.store.resolve('v1', { signal: AbortSignal.timeout(1500) })).rejects.toMatchObject({ code: 'registry-throttled' });
  });

  test('an answer that is late but in time is good', async () => {
    registry.faults.add({ kind: 'slow', ms: 60 });
    expect(await o.store.resolve('v1')).toBeDefined();
  });
});

describe('a registry that is not there', () => {
  test('refuses the connection', async () => {
    await registry.close();
    await expect(o.store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unreachable' });
  });

  test('has no address', async () => {
    const nowhere = opened({ host: 'nowhere.invalid' });
    await expect(nowhere.store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unreachable' });
    await nowhere.client.close();
  });
});

describe('what an error says', () => {
  test('the method, the address without secrets, the status and the registry’s words, cleaned', async () => {
    registry.faults.add({
      match: 'manifests/v1',
      kind: 'status',
      status: 403,
      body: '{"errors":[{"code":"DENIED","message":"no\\u001b[31m\\nway"}]}',
    });
    const error = await o.store.resolve('v1').catch((e: AssayError) => e);
    expect(error).toBeInstanceOf(AssayError);
    expect((error as AssayError).message).toBe(`GET ${registry.url}/v2/team/app/manifests/v1: status 403 (DENIED: no [31m way)`);
  });

  test('values of a query are secrets', async () => {
    registry.faults.add({ match: '/v2/', kind: 'redirect', to: `${registry.otherUrl}/signed?X-Amz-Signature=topsecret` });
    const error = await o.store.read(blob).catch((e: AssayError) => e);
    expect((error as AssayError).message).toContain('X-Amz-Signature=…');
    expect((error as AssayError).message).not.toContain('topsecret');
  });
});

test('tries are counted', async () => {
  registry.faults.add({ kind: 'status', status: 500 });
  await expect(o.store.resolve('v1')).rejects.toMatchObject({ code: 'registry-error', retryable: true });
  expect(registry.log).toHaveLength(LIMITS.tries);
});

test('a tag that moves between two requests is seen to move', async () => {
  const other = hold(registry, 'team/app', manifestBytes({ annotations: { moved: 'yes' } }));
  registry.faults.add({ match: 'manifests/v1', skip: 1, kind: 'retag', digest: other.digest });
  expect((await o.store.resolve('v1'))?.descriptor.digest).toBe(image.digest);
  expect((await o.store.resolve('v1'))?.descriptor.digest).toBe(other.digest);
});
