import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { fixedCredentials, type RegistryClientOptions } from '../../src/oci/index.ts';
import { schemesFor } from '../../src/oci/registry/host.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, holdBlob, manifestBytes, type Opened, opened } from './images.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

function file(name: string): string {
  return fileURLToPath(new URL(`tls/${name}`, import.meta.url));
}

async function start(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  hold(registry, 'team/app', manifestBytes(), 'v1');
  ends.push(() => registry.close());
  return registry;
}

async function startTls(more: { ca?: string } = {}): Promise<TestRegistry> {
  const [cert, key] = await Promise.all([readFile(file('server.pem'), 'utf8'), readFile(file('server.key'), 'utf8')]);
  return start({ tls: { cert, key, ...more } });
}

function reach(registry: Pick<TestRegistry, 'host'>, options: RegistryClientOptions = {}): Opened {
  const o = opened(registry, 'team/app', options);
  ends.push(() => o.client.close());
  return o;
}

describe('schemes', () => {
  test.each([
    ['r.example', undefined, ['https']],
    ['r.example', false, ['https']],
    ['r.example', true, ['https', 'http']],
    ['127.0.0.1:5000', undefined, ['http', 'https']],
    ['localhost', undefined, ['http', 'https']],
    ['[::1]:5000', undefined, ['http', 'https']],
    ['a.localhost:5000', true, ['http', 'https']],
    ['localhost', false, ['https']],
    ['192.168.1.1:5000', undefined, ['https']],
  ])('%s with allowHttp %s: %j', (host, allow, wanted) => {
    expect(schemesFor(host, allow)).toEqual(wanted);
  });

  test('plain HTTP on this machine, by every name of it', async () => {
    const registry = await start();
    const port = registry.host.split(':')[1];
    for (const name of ['127.0.0.1', 'localhost', 'a.b.localhost']) {
      const host = `${name}:${port}`;
      expect(await reach({ host }).store.resolve('v1')).toBeDefined();
    }
  });

  test('https only, when that was asked for', async () => {
    const registry = await start();
    await expect(reach(registry, { allowHttp: false }).store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unreachable' });
  });
});

describe('TLS', () => {
  test('a registry on this machine that speaks TLS is found to', async () => {
    const registry = await startTls();
    expect(await reach(registry, { caFiles: [file('ca.pem')] }).store.resolve('v1')).toBeDefined();
  });

  test.each<readonly [string, RegistryClientOptions]>([
    ['an authority that is named', { caFiles: [file('ca.pem')] }],
    ['SSL_CERT_FILE', { env: { SSL_CERT_FILE: file('ca.pem') } }],
    ['no verification, on request', { allowInsecure: true }],
    ['the name that the certificate has', { caFiles: [file('ca.pem')], serverName: 'registry.test' }],
  ])('is believed by %s', async (_, options) => {
    const registry = await startTls();
    expect(await reach(registry, { allowHttp: false, ...options }).store.resolve('v1')).toBeDefined();
  });

  test.each<readonly [string, RegistryClientOptions, string]>([
    ['of an unknown authority', {}, 'registry-unreachable'],
    ['with another name', { caFiles: [file('ca.pem')], serverName: 'other.test' }, 'registry-unreachable'],
    ['of an unknown authority, though plain HTTP would be allowed', { allowHttp: true }, 'registry-unreachable'],
    ['whose authority cannot be read', { caFiles: [file('missing.pem')] }, 'file-unreadable'],
    ['whose authority is no certificate', { caFiles: [file('server.key')] }, 'trust-invalid'],
  ])('is not believed: a certificate %s', async (_, options, code) => {
    const registry = await startTls();
    await expect(reach(registry, { allowHttp: false, ...options }).store.resolve('v1')).rejects.toMatchObject({ code });
    expect(registry.log).toHaveLength(0);
  });

  test.each<readonly [RegistryClientOptions, string, RegExp]>([
    [{}, 'registry-unreachable', /certificate/],
    [{ caFiles: [file('missing.pem')] }, 'file-unreadable', /missing\.pem/],
    [{ caFiles: [file('server.key')] }, 'trust-invalid', /server\.key/],
  ])('on this machine it is said what is wrong with the certificate, not that plain HTTP is not spoken: %o', async (options, code, why) => {
    const registry = await startTls();
    await expect(reach(registry, options).store.resolve('v1')).rejects.toMatchObject({ code, message: expect.stringMatching(why) });
  });

  test('a client certificate is shown to the registry, and not to a place that it redirects to', async () => {
    const ca = await readFile(file('ca.pem'), 'utf8');
    const registry = await startTls({ ca });
    const blob = holdBlob(registry, 'team/app', Buffer.from('payload'));
    const clientCertificate = { certFile: file('client.pem'), keyFile: file('client.key') };
    const options: RegistryClientOptions = { allowHttp: false, caFiles: [file('ca.pem')] };
    await expect(reach(registry, options).store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unreachable' });
    const { store } = reach(registry, { ...options, clientCertificate });
    expect(await store.resolve('v1')).toBeDefined();
    // The second origin wants a certificate too, and gets none.
    registry.faults.add({ match: 'blobs/', kind: 'redirect' });
    await expect(store.read(blob)).rejects.toMatchObject({ code: 'registry-unreachable' });
  });
});

describe('redirects of blobs to another origin', () => {
  test('are followed without credentials', async () => {
    const registry = await start({ auth: { kind: 'basic', username: 'u', password: 'p' } });
    const blob = holdBlob(registry, 'team/app', Buffer.from('payload'));
    registry.faults.add({ match: 'blobs/', skip: 1, kind: 'redirect' });
    const { store } = reach(registry, { credentials: fixedCredentials(registry.host, { kind: 'basic', username: 'u', password: 'p' }) });
    expect(Buffer.from(await store.read(blob)).toString()).toBe('payload');
    const other = registry.log.filter((e) => e.origin === 'other');
    expect(other).toHaveLength(1);
    expect(other[0]?.authorization).toBeUndefined();
    expect(registry.log.find((e) => e.fault === 'redirect')?.authorization).toMatch(/^Basic/);
  });

  test('a 401 there is the end, not a question for credentials', async () => {
    const registry = await start();
    const thief = await start({ auth: { kind: 'basic', username: 'u', password: 'p' } });
    const blob = holdBlob(registry, 'team/app', Buffer.from('payload'));
    registry.faults.add({ match: 'blobs/', kind: 'redirect', to: `${thief.url}/v2/team/app/blobs/x` });
    const { store } = reach(registry, { credentials: { find: () => Promise.resolve({ kind: 'basic', username: 'u', password: 'p' }) } });
    await expect(store.read(blob)).rejects.toMatchObject({ code: 'registry-unauthorized' });
    expect(thief.log.map((e) => e.authorization)).toEqual([undefined]);
  });
});

describe('mirrors', () => {
  test('give images; evidence comes from the registry itself', async () => {
    const [registry, mirror] = [await start(), await start()];
    const image = hold(registry, 'team/app', manifestBytes(), 'v1');
    const tag = `${image.digest.replace(':', '-')}.sig`;
    hold(registry, 'team/app', manifestBytes({ annotations: { evidence: 'all of it' } }), tag);
    hold(mirror, 'team/app', manifestBytes({ annotations: { evidence: 'what it was last week' } }), tag);
    const { store } = reach(registry, { mirrors: new Map([[registry.host, [mirror.host]]]) });
    expect((await store.resolve('v1'))?.descriptor.digest).toBe(image.digest);
    expect(registry.log).toHaveLength(0);
    expect((await store.attached(image.digest, 'sig')).map((m) => m.bytes.toString())).toEqual([expect.stringContaining('all of it')]);
    await store.referrers(image.digest).next();
    await store.fallback(image.digest);
    expect(mirror.log).toHaveLength(1);
  });

  test.each([
    ['has it not', { kind: 'status', status: 404 }],
    ['is down', { kind: 'status', status: 503 }],
    ['forbids it', { kind: 'status', status: 403 }],
    ['lies', { kind: 'substitute', body: '<html>' }],
  ] as const)('a mirror that %s is passed over', async (_, fault) => {
    const [registry, mirror] = [await start(), await start()];
    const blob = holdBlob(registry, 'team/app', Buffer.from('payload'));
    const image = hold(registry, 'team/app', manifestBytes(), 'v1');
    mirror.faults.add(fault);
    const { store } = reach(registry, { mirrors: new Map([[registry.host, [`http://${mirror.host}`]]]) });
    expect((await store.manifest(image.digest))?.descriptor.digest).toBe(image.digest);
    expect(Buffer.from(await store.read(blob)).toString()).toBe('payload');
    expect(mirror.log.length).toBeGreaterThan(0);
  });
});

describe('proxies', () => {
  /** A forward proxy that notes what it is asked for and leads everything to one place. */
  async function proxyTo(target: () => string): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const server: Server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
      response.writeHead(404).end();
    });
    server.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
      const [host, port] = target().split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(
      () =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    );
    return { url: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }

  test('https goes through a tunnel, with the proxy’s credentials and the registry’s certificate', async () => {
    const registry = await startTls();
    const proxy = await proxyTo(() => registry.host);
    const env = { HTTPS_PROXY: `http://u:p%40@${proxy.url}` };
    const { store } = reach({ host: 'registry.test' }, { env, caFiles: [file('ca.pem')] });
    expect(await store.resolve('v1')).toBeDefined();
    expect(proxy.asked).toEqual([`CONNECT registry.test:443 Basic ${btoa('u:p@')}`]);
    const stranger = reach({ host: 'other.test' }, { env, caFiles: [file('ca.pem')] });
    await expect(stranger.store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unreachable' });
  });

  test('this machine and NO_PROXY are asked directly', async () => {
    const registry = await start();
    const proxy = await proxyTo(() => registry.host);
    const { store } = reach(registry, { env: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url } });
    expect(await store.resolve('v1')).toBeDefined();
    expect(proxy.asked).toEqual([]);
  });

  test('plain HTTP is asked of the proxy as a whole address', async () => {
    const registry = await start();
    const proxy = await proxyTo(() => registry.host);
    const { store } = reach({ host: 'http://registry.test' } as TestRegistry, { env: { HTTP_PROXY: proxy.url } });
    expect(await store.resolve('v1')).toBeUndefined();
    expect(proxy.asked).toEqual(['GET http://registry.test/v2/team/app/manifests/v1 ']);
  });
});
