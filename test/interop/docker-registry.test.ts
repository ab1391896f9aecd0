import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  catalog,
  collectReferrers,
  createRegistryClient,
  deleteManifest,
  digestOf,
  fixedCredentials,
  putBlob,
  putManifest,
  type RegistryClient,
  type Repository,
  registryStore,
  tags,
} from '../../src/oci/index.ts';
import { manifestBytes, referrerBytes } from '../oci/images.ts';
import { lacksPeers, requirePeer } from './peers.ts';

interface Running {
  readonly host: string;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

/** Starts Debian's docker-registry; its configuration is YAML, of which JSON is a part. */
async function start(folder: string, auth: object | undefined): Promise<Running> {
  const { path } = requirePeer({ skip: () => {} }, 'docker-registry');
  for (let n = 1; ; n++) {
    const port = await freePort();
    const http = { addr: `127.0.0.1:${port}` };
    const config = {
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { inmemory: {}, delete: { enabled: true } },
      http,
      ...(auth ? { auth } : {}),
    };
    const file = join(folder, `config-${port}.yml`);
    await writeFile(file, JSON.stringify(config));
    const child = spawn(path, ['serve', file], { stdio: 'ignore' });
    if (await answers(child, port)) return { host: `127.0.0.1:${port}`, stop: () => stop(child) };
    await stop(child);
    if (n === 3) throw new Error('docker-registry does not start');
  }
}

async function answers(child: ChildProcess, port: number): Promise<boolean> {
  for (let n = 0; n < 200 && child.exitCode === null; n++) {
    const status = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      (r) => r.status,
      () => 0,
    );
    if (status === 200 || status === 401) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill();
  });
}

async function namesOf(pages: AsyncGenerator<readonly string[], void>): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of pages) names.push(...page);
  return names;
}

describe.skipIf(lacksPeers(['docker-registry']))('Debian’s docker-registry, which has no referrers API', () => {
  let folder: string;
  let running: Running;
  let client: RegistryClient;
  let repository: Repository;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-docker-registry-'));
    running = await start(folder, undefined);
    client = createRegistryClient({ retryPauseMs: 10 });
    repository = { client, registry: running.host, name: 'team/app' };
  });
  afterAll(async () => {
    await client?.close();
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function image(tag: string, name = 'team/app'): Promise<Awaited<ReturnType<typeof putManifest>>> {
    const at = { ...repository, name };
    await putBlob(at, Buffer.from('{}'));
    const layer = await putBlob(at, Buffer.from(`layer of ${tag}`), { mediaType: 'application/vnd.oci.image.layer.v1.tar' });
    return putManifest(at, manifestBytes({ layers: [{ mediaType: layer.mediaType, digest: layer.digest, size: layer.size }] }), { tag });
  }

  test('takes an image and gives it back, by tag, by digest, and its layers', async () => {
    const pushed = await image('v1');
    const store = registryStore(repository);
    const resolved = await store.resolve('v1');
    expect(resolved?.descriptor).toMatchObject({ digest: pushed.digest, size: pushed.size, mediaType: pushed.mediaType });
    expect(await store.manifest(pushed.digest)).toEqual(resolved);
    const bytes = Buffer.from('layer of v1');
    expect(await store.read({ mediaType: 'a/b', digest: digestOf(bytes), size: bytes.length })).toEqual(bytes);
    expect(await store.resolve('absent')).toBeUndefined();
    expect(await registryStore({ ...repository, name: 'no/such' }).resolve('v1')).toBeUndefined();
    await expect(store.read({ mediaType: 'a/b', digest: digestOf(Buffer.from('?')), size: 1 })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('takes tens of megabytes', async () => {
    const bytes = Buffer.alloc(30 << 20, 'layer');
    const blob = await putBlob(repository, bytes);
    expect((await registryStore(repository).read(blob)).length).toBe(bytes.length);
  });

  test('lists tags and repositories, page by page', async () => {
    for (const tag of ['a', 'b', 'c']) await image(tag, 'team/listed');
    expect(await namesOf(tags({ ...repository, name: 'team/listed' }))).toEqual(['a', 'b', 'c']);
    for (let i = 0; i < 3; i++) await image('v', `many/r${i}`);
    expect(await namesOf(catalog(client, running.host))).toEqual(expect.arrayContaining(['many/r0', 'many/r1', 'many/r2', 'team/app']));
    await expect(tags({ ...repository, name: 'no/such' }).next()).rejects.toMatchObject({ code: 'not-found' });
  });

  test('mounts a blob from another repository', async () => {
    const bytes = Buffer.from('mounted');
    const blob = await putBlob(repository, bytes);
    const other = { ...repository, name: 'team/mounted' };
    await putBlob(other, bytes, { mountFrom: 'team/app' });
    expect(await registryStore(other).read(blob)).toEqual(bytes);
  });

  test('deletes a manifest', async () => {
    const pushed = await image('gone');
    await deleteManifest(repository, pushed.digest);
    expect(await registryStore(repository).manifest(pushed.digest)).toBeUndefined();
    await expect(deleteManifest(repository, pushed.digest)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('gets a fallback tag, and serves referrers by it', async () => {
    const subject = await image('signed');
    const store = registryStore(repository);
    expect(await collectReferrers(store, subject.digest)).toEqual({ api: 'unsupported', fallback: 'answered', errors: [], referrers: [] });
    const one = await putManifest(repository, referrerBytes(subject, 1));
    const two = await putManifest(repository, referrerBytes(subject, 2));
    const read = await collectReferrers(store, subject.digest);
    expect(
      read.referrers.map((r) => [r.found, r.descriptor.digest, r.descriptor.artifactType, r.descriptor.annotations?.get('n')]),
    ).toEqual([
      ['fallback-tag', one.digest, 'application/vnd.example.signature', '1'],
      ['fallback-tag', two.digest, 'application/vnd.example.signature', '2'],
    ]);
  });

  test('asks for Basic credentials when it is told to', async () => {
    // The registry takes bcrypt only, which perl's crypt has.
    const script =
      'my @c=(".","/","A".."Z","a".."z",0..9); print "tester:",crypt("secret","\\$2y\\$05\\$".join("",map{$c[rand 64]}1..21)."u"),"\\n"';
    await writeFile(join(folder, 'htpasswd'), execFileSync('perl', ['-e', script]));
    const locked = await start(folder, { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } });
    try {
      const as = async (password: string | undefined): Promise<string | undefined> => {
        const credentials =
          password === undefined ? {} : { credentials: fixedCredentials(locked.host, { kind: 'basic', username: 'tester', password }) };
        const own = createRegistryClient({ retryPauseMs: 10, ...credentials });
        try {
          const at = { client: own, registry: locked.host, name: 'private/app' };
          await putBlob(at, Buffer.from('{}'));
          await putManifest(at, manifestBytes(), { tag: 'v1' });
          return (await registryStore(at).resolve('v1'))?.descriptor.digest;
        } finally {
          await own.close();
        }
      };
      expect(await as('secret')).toBe(digestOf(manifestBytes()));
      await expect(as('wrong')).rejects.toMatchObject({ code: 'registry-unauthorized' });
      await expect(as(undefined)).rejects.toMatchObject({ code: 'registry-unauthorized' });
    } finally {
      await locked.stop();
    }
  });
});
