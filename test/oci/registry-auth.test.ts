import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Credential,
  type CredentialSource,
  catalog,
  deleteManifest,
  fixedCredentials,
  putBlob,
  putManifest,
  registryStore,
} from '../../src/oci/index.ts';
import { type AuthOptions, startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, manifestBytes, type Opened, opened } from './images.ts';

const USER: Credential = { kind: 'basic', username: 'tester', password: 'secret' };
const BASIC: AuthOptions = { kind: 'basic', username: 'tester', password: 'secret' };
const BEARER: AuthOptions = { kind: 'bearer', username: 'tester', password: 'secret', identityToken: 'refresh-me' };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((o) => o.close()));
});

async function start(auth: AuthOptions): Promise<TestRegistry> {
  const registry = await startRegistry({ auth });
  hold(registry, 'team/app', manifestBytes(), 'v1');
  hold(registry, 'team/other', manifestBytes(), 'v1');
  open.push(registry);
  return registry;
}

function as(registry: TestRegistry, credential?: Credential, name?: string): Opened {
  const o = opened(registry, name, credential === undefined ? {} : { credentials: fixedCredentials(registry.host, credential) });
  open.push(o.client);
  return o;
}

function asked(registry: TestRegistry): readonly string[] {
  return registry.log.map((e) => `${e.method} ${e.target.replace(/\?.*/, '')} ${e.authorization?.split(' ')[0] ?? '-'} ${e.status}`);
}

describe('Basic', () => {
  test('credentials are sent when they are asked for, and at once from then on', async () => {
    const registry = await start(BASIC);
    const { store } = as(registry, USER);
    await store.resolve('v1');
    await store.resolve('v1');
    expect(asked(registry)).toEqual([
      'GET /v2/team/app/manifests/v1 - 401',
      'GET /v2/team/app/manifests/v1 Basic 200',
      'GET /v2/team/app/manifests/v1 Basic 200',
    ]);
  });

  test.each<readonly [string, Credential | undefined]>([
    ['none', undefined],
    ['wrong ones', { kind: 'basic', username: 'tester', password: 'wrong' }],
    ['a token', { kind: 'registry-token', token: 'x' }],
  ])('with %s it is 401, and asked at most twice', async (_, credential) => {
    const registry = await start(BASIC);
    await expect(as(registry, credential).store.resolve('v1')).rejects.toMatchObject({
      code: 'registry-unauthorized',
      hint: expect.stringContaining('log in'),
    });
    expect(registry.log.length).toBeLessThanOrEqual(2);
  });

  test('credentials of another registry stay where they are', async () => {
    const registry = await start(BASIC);
    const o = opened(registry, 'team/app', { credentials: fixedCredentials('other.example', USER) });
    open.push(o.client);
    await expect(o.store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unauthorized' });
    expect(registry.log.every((e) => e.authorization === undefined)).toBe(true);
  });

  test('credentials that cannot be had are no "none"', async () => {
    const registry = await start(BASIC);
    const { AssayError } = await import('../../src/errors.ts');
    const credentials: CredentialSource = { find: () => Promise.reject(new AssayError('credentials-unavailable', 'locked')) };
    const o = opened(registry, 'team/app', { credentials });
    open.push(o.client);
    await expect(o.store.resolve('v1')).rejects.toMatchObject({ code: 'credentials-unavailable' });
  });
});

describe('Bearer', () => {
  test.each<readonly [string, Credential]>([
    ['a password', USER],
    ['an identity token', { kind: 'identity-token', token: 'refresh-me' }],
  ])('a token is fetched once with %s, per repository and action', async (_, credential) => {
    const registry = await start(BEARER);
    const { store, client, repository } = as(registry, credential);
    await store.resolve('v1');
    await store.resolve('v1');
    expect(asked(registry).filter((l) => l.includes('/token'))).toHaveLength(1);
    await registryStore({ ...repository, name: 'team/other' }).resolve('v1');
    expect(asked(registry).filter((l) => l.includes('/token'))).toHaveLength(2);
    // The way is known: the second repository was not asked without a token.
    expect(asked(registry).filter((l) => l.endsWith('401'))).toHaveLength(1);
    const blob = await putBlob(repository, Buffer.from('{}'));
    const pushed = await putManifest(repository, manifestBytes({ annotations: { a: 'b' } }));
    await putBlob({ ...repository, name: 'team/other' }, Buffer.from('{}'), { mountFrom: 'team/app' });
    await deleteManifest(repository, pushed.digest);
    expect(blob.size).toBe(2);
    for await (const page of catalog(client, registry.host)) expect(page).toContain('team/app');
    expect(asked(registry).filter((l) => l.endsWith('401'))).toHaveLength(1);
  });

  test('reads that begin together ask for one token', async () => {
    const registry = await start(BEARER);
    const { store } = as(registry, USER);
    await Promise.all([store.resolve('v1'), store.resolve('v2'), store.resolve('v3')]);
    expect(asked(registry).filter((l) => l.includes('/token'))).toHaveLength(1);
  });

  test('a public image is read without credentials, a private one is not', async () => {
    const publicly = await start({ ...BEARER, anonymousPull: true });
    expect(await as(publicly).store.resolve('v1')).toBeDefined();
    await expect(putBlob(as(publicly).repository, Buffer.from('x'))).rejects.toMatchObject({ code: 'registry-unauthorized' });
    const privately = await start(BEARER);
    await expect(as(privately).store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unauthorized' });
  });

  test('a password that the token server refuses is an error, not an anonymous try', async () => {
    const registry = await start({ ...BEARER, anonymousPull: true });
    const failed = as(registry, { kind: 'basic', username: 'tester', password: 'wrong' }).store.resolve('v1');
    await expect(failed).rejects.toMatchObject({ code: 'registry-unauthorized', hint: expect.stringContaining('log in again') });
  });

  test('a token that has run out is fetched anew', async () => {
    const registry = await start({ ...BEARER, expiresIn: 60 });
    const { store } = as(registry, USER);
    await store.resolve('v1');
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 61_000);
    expect(await store.resolve('v1')).toBeDefined();
    expect(asked(registry).filter((l) => l.includes('/token'))).toHaveLength(2);
    expect(asked(registry).filter((l) => l.endsWith('401'))).toHaveLength(1);
  });

  test('a token that is refused is thrown away once, and then it is 401', async () => {
    const registry = await start(BEARER);
    const { store } = as(registry, USER);
    await store.resolve('v1');
    registry.faults.add({
      match: 'manifests',
      times: 1,
      kind: 'status',
      status: 401,
      headers: { 'WWW-Authenticate': `Bearer realm="${registry.url}/token",service="test"` },
    });
    expect(await store.resolve('v1')).toBeDefined();
    registry.faults.add({
      match: 'manifests',
      kind: 'status',
      status: 401,
      headers: { 'WWW-Authenticate': `Bearer realm="${registry.url}/token",service="test"` },
    });
    registry.log.length = 0;
    await expect(store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unauthorized' });
    expect(registry.log.filter((e) => e.target.includes('manifests'))).toHaveLength(2);
  });

  test('a bearer token of the configuration is used as it is', async () => {
    const registry = await start(BEARER);
    const token = (await (
      await fetch(`${registry.url}/token?scope=repository:team/app:pull`, { headers: { authorization: `Basic ${btoa('tester:secret')}` } })
    ).json()) as { token: string };
    registry.log.length = 0;
    expect(await as(registry, { kind: 'registry-token', token: token.token }).store.resolve('v1')).toBeDefined();
    expect(asked(registry).filter((l) => l.includes('/token'))).toHaveLength(0);
  });

  test.each([
    ['429, always', { kind: 'status', status: 429 }, 'registry-throttled'],
    ['500, always', { kind: 'status', status: 500 }, 'registry-error'],
    ['403', { kind: 'status', status: 403 }, 'registry-forbidden'],
    ['a login page', { kind: 'substitute', body: '<html>' }, 'registry-protocol'],
    ['no token', { kind: 'substitute', body: '{}' }, 'registry-protocol'],
    ['a token that would be two headers', { kind: 'substitute', body: '{"token":"a\\r\\nX-Evil: 1"}' }, 'registry-protocol'],
    ['a hanging answer', { kind: 'hang' }, 'registry-timeout'],
  ] as const)('a token server that answers with %s', async (_, fault, code) => {
    const registry = await start(BEARER);
    registry.faults.add({ match: '/token', ...fault });
    await expect(as(registry, USER).store.resolve('v1', { signal: AbortSignal.timeout(1_500) })).rejects.toMatchObject({ code });
  });

  test('a token server that recovers is asked again', async () => {
    const registry = await start(BEARER);
    registry.faults.add({ match: '/token', kind: 'status', status: 503, times: 2 });
    expect(await as(registry, USER).store.resolve('v1')).toBeDefined();
  });
});

describe('realms', () => {
  test('the token server may be elsewhere; the registry’s own credentials go there, as docker sends them', async () => {
    const tokens = await start(BEARER);
    const registry = await start({ ...BEARER, realm: `${tokens.url}/token` });
    await expect(as(registry, USER).store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unauthorized' });
    expect(tokens.log[0]?.authorization).toMatch(/^Basic /);
  });

  test.each(['ftp://x/', 'not an address', '', 'http://u:p@127.0.0.1/'])('%j is no token server', async (realm) => {
    const registry = await start({ ...BEARER, realm });
    await expect(as(registry, USER).store.resolve('v1')).rejects.toMatchObject({ code: 'registry-protocol' });
  });

  test('credentials are not sent in the clear to another machine', async () => {
    const registry = await start({ ...BEARER, realm: 'http://tokens.invalid/token' });
    await expect(as(registry, USER).store.resolve('v1')).rejects.toMatchObject({ code: 'redirect-refused' });
  });
});
