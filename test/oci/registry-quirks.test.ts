import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Credential, digestOf, fixedCredentials, getContent, putBlob, putManifest, registryStore, tags } from '../../src/oci/index.ts';
import { apiHost } from '../../src/oci/registry/host.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, holdBlob, manifestBytes, type Opened, opened, referrerBytes } from './images.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

const USER: Credential = { kind: 'basic', username: 'tester', password: 'secret' };

async function start(options: RegistryOptions = {}, credential?: Credential): Promise<{ registry: TestRegistry; o: Opened }> {
  const registry = await startRegistry(options);
  const o = opened(registry, 'team/app', credential === undefined ? {} : { credentials: fixedCredentials(registry.host, credential) });
  ends.push(
    () => o.client.close(),
    () => registry.close(),
  );
  return { registry, o };
}

/** A server that answers as it is told, for what no registry of ours would say. */
async function serve(listener: RequestListener): Promise<{ host: string; asked: IncomingMessage[]; o: Opened }> {
  const asked: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const o = opened({ host });
  ends.push(
    () => o.client.close(),
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return { host, asked, o };
}

describe('Docker Hub', () => {
  test('has its API at another host than its name', () => {
    expect(apiHost('docker.io')).toBe('registry-1.docker.io');
    expect(apiHost('ghcr.io')).toBe('ghcr.io');
  });

  test('says 401 of a repository that does not exist, even with a token: not "not there"', async () => {
    const { registry, o } = await start({ auth: { kind: 'bearer', username: 'tester', password: 'secret', anonymousPull: true } });
    const challenge = `Bearer realm="${registry.url}/token",service="test",scope="repository:team/app:pull",error="insufficient_scope"`;
    registry.faults.add({ match: 'manifests', kind: 'status', status: 401, headers: { 'WWW-Authenticate': challenge } });
    await expect(o.store.resolve('v1')).rejects.toMatchObject({
      code: 'registry-unauthorized',
      hint: expect.stringContaining('check the name'),
    });
    expect(registry.log.filter((e) => e.target.includes('manifests'))).toHaveLength(2);
  });

  test('counts reads: nothing is asked twice, and no version check is made', async () => {
    const { registry, o } = await start();
    const image = hold(registry, 'team/app', manifestBytes(), 'v1');
    await Promise.all([o.store.resolve('v1'), o.store.resolve('v1'), o.store.manifest(image.digest), o.store.manifest(image.digest)]);
    expect(registry.log.map((e) => e.target).sort()).toEqual(
      [`/v2/team/app/manifests/${image.digest}`, '/v2/team/app/manifests/v1'].sort(),
    );
  });
});

describe('GHCR', () => {
  test('names a scope of its own in its challenge: both are asked for', async () => {
    const { registry, o } = await start({ auth: { kind: 'bearer', username: 'tester', password: 'secret' } }, USER);
    hold(registry, 'team/app', manifestBytes(), 'v1');
    const challenge = `Bearer realm="${registry.url}/token",service="test",scope="repository:user/image:pull"`;
    registry.faults.add({ match: 'manifests', times: 1, kind: 'status', status: 401, headers: { 'WWW-Authenticate': challenge } });
    expect(await o.store.resolve('v1')).toBeDefined();
    const token = registry.log.find((e) => e.target.startsWith('/token'));
    expect(new URL(token?.target ?? '', registry.url).searchParams.getAll('scope')).toEqual([
      'repository:team/app:pull',
      'repository:user/image:pull',
    ]);
  });

  test('says 403 of what does not exist or is private', async () => {
    const { registry, o } = await start();
    registry.faults.add({
      kind: 'status',
      status: 403,
      body: '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
    });
    await expect(o.store.resolve('v1')).rejects.toMatchObject({ code: 'registry-forbidden', message: expect.stringContaining('DENIED') });
  });
});

describe('token servers', () => {
  test.each([
    ['access_token alone (OAuth 2)', { access_token: 'good' }],
    ['token alone (Google, GitLab)', { token: 'good' }],
    ['an empty token beside an access_token (Azure)', { token: '', access_token: 'good' }],
    ['a lifetime that is no number', { token: 'good', expires_in: '3600' }],
    ['a lifetime of nothing', { token: 'good', expires_in: 0 }],
  ])('may answer with %s', async (_, answer) => {
    const bytes = manifestBytes();
    const { o } = await serve((request, response) => {
      if (request.url?.startsWith('/token')) response.end(JSON.stringify(answer));
      else if (request.headers.authorization === 'Bearer good')
        response.writeHead(200, { 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' }).end(bytes);
      else
        response.writeHead(401, { 'WWW-Authenticate': `Bearer realm="http://${request.headers.host}/token?kept=yes",service="s"` }).end();
    });
    expect((await o.store.resolve('v1'))?.descriptor.digest).toBe(digestOf(bytes));
  });

  test('keep the query of the realm', async () => {
    const { o, asked } = await serve((request, response) => {
      if (request.url?.startsWith('/token')) response.end('{"token":"x"}');
      else
        response
          .writeHead(401, { 'WWW-Authenticate': `Bearer realm="http://${request.headers.host}/token?account=a&x=y",service="s"` })
          .end();
    });
    await expect(o.store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unauthorized' });
    expect(asked[1]?.url).toBe('/token?account=a&x=y&service=s&scope=repository%3Ateam%2Fapp%3Apull');
  });

  test('several challenges: the first that can be met is', async () => {
    const { o, asked } = await serve((request, response) => {
      if (request.url?.startsWith('/token')) response.end('{"token":"x"}');
      else if (request.headers.authorization === 'Bearer x') response.writeHead(404).end();
      else
        response
          .writeHead(401, { 'WWW-Authenticate': `Negotiate, Basic realm="a", Bearer realm="http://${request.headers.host}/token"` })
          .end();
    });
    expect(await o.store.resolve('v1')).toBeUndefined();
    expect(asked).toHaveLength(3);
  });
});

describe('registries behind a proxy that ends TLS', () => {
  test('name themselves with another scheme in Location: the upload stays at the origin that was asked', async () => {
    const { registry, o } = await start();
    const port = registry.host.split(':')[1];
    registry.faults.add({
      match: 'POST',
      times: 1,
      kind: 'status',
      status: 202,
      headers: { Location: `https://127.0.0.1:8443/v2/team/app/blobs/uploads/${registry.content.newUpload()}?_state=a%2Fb%3D` },
    });
    const blob = await putBlob(o.repository, Buffer.from('payload'));
    expect((await getContent(o.repository, blob)).length).toBe(7);
    expect(registry.log.find((e) => e.method === 'PUT')?.target).toContain('?_state=a%2Fb%3D&digest=sha256%3A');
    expect(port).toBeDefined();
  });
});

describe('headers', () => {
  test('without Docker-Content-Digest, with parameters in Content-Type, in any case', async () => {
    const bytes = manifestBytes();
    const { o } = await serve((_, response) =>
      response.writeHead(200, { 'content-TYPE': 'Application/Vnd.OCI.image.manifest.v1+JSON; charset=utf-8' }).end(bytes),
    );
    expect((await o.store.resolve('v1'))?.descriptor).toEqual({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: digestOf(bytes),
      size: bytes.length,
    });
  });

  test('a manifest served as text is one when it says so itself (file servers, Artifactory’s remote repositories)', async () => {
    const bytes = manifestBytes();
    const { o } = await serve((_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(bytes));
    expect((await o.store.resolve('v1'))?.descriptor.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
  });

  test('a Docker-Content-Digest that is no digest is none', async () => {
    const { o } = await serve((_, response) => response.writeHead(200, { 'docker-content-digest': 'none' }).end(manifestBytes()));
    expect(await o.store.resolve('v1')).toBeDefined();
  });

  test('bodies in pieces and without a length are read to their end', async () => {
    const bytes = Buffer.from('payload');
    const { o } = await serve((_, response) => {
      response.write(bytes.subarray(0, 3));
      setImmediate(() => response.end(bytes.subarray(3)));
    });
    expect(Buffer.from(await o.store.read({ mediaType: 'a/b', digest: digestOf(bytes), size: 7 }))).toEqual(bytes);
  });

  test('an answer that is no HTTP is no answer', async () => {
    const { o } = await serve((request) => request.socket.end('HTTP/1.1 nonsense\r\n\r\n'));
    await expect(o.store.resolve('v1')).rejects.toMatchObject({ code: 'registry-unreachable' });
  });

  test('compressed content is not decompressed', async () => {
    const { gzipSync } = await import('node:zlib');
    const zipped = gzipSync(Buffer.from('payload'));
    const { o } = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped));
    expect(await o.store.read({ mediaType: 'a/b', digest: digestOf(zipped), size: zipped.length })).toEqual(zipped);
    await expect(o.store.read({ mediaType: 'a/b', digest: digestOf(Buffer.from('payload')), size: 7 })).rejects.toMatchObject({
      code: 'content-mismatch',
    });
  });
});

describe('listings', () => {
  test('go on by a Link with a query alone (ECR) and end by a Link with another relation', async () => {
    const { o } = await serve((request, response) => {
      const second = request.url?.includes('last=a');
      const link = second ? '</v2/team/app/tags/list>; rel="first"' : '<?last=a&n=1>; rel="next"';
      response.writeHead(200, { link }).end(JSON.stringify({ name: 'team/app', tags: [second ? 'b' : 'a'] }));
    });
    const found: string[] = [];
    for await (const page of tags(o.repository)) found.push(...page);
    expect(found).toEqual(['a', 'b']);
  });
});

describe('a registry that has just learnt the referrers API (docker-registry 3, Quay, Harbor)', () => {
  test('says OCI-Subject, so that no fallback tag is written; one that does not gets one', async () => {
    for (const subjectHeader of [true, false]) {
      const { o } = await start({ subjectHeader });
      const image = await putManifest(o.repository, manifestBytes(), { tag: 'v1' });
      await putManifest(o.repository, referrerBytes(image));
      expect((await registryStore(o.repository).fallback(image.digest)) === undefined).toBe(subjectHeader);
    }
  });

  test('a blob is served from elsewhere with a signed address (ECR, GAR, Quay, Hub), which gets no credentials', async () => {
    const { registry, o } = await start({ auth: { kind: 'bearer', username: 'tester', password: 'secret' } }, USER);
    const blob = holdBlob(registry, 'team/app', Buffer.from('payload'));
    await o.store.resolve('v1');
    registry.faults.add({ match: 'blobs/', kind: 'redirect', status: 302 });
    expect((await o.store.read(blob)).length).toBe(7);
    expect(registry.log.filter((e) => e.origin === 'other').map((e) => e.authorization)).toEqual([undefined]);
  });
});
