import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectReferrers, onlyImage, openLayout, putBlob, putManifest, type Repository } from '../../src/oci/index.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { manifestBytes, type Opened, opened } from '../oci/images.ts';
import { lacksPeers, requirePeer } from './peers.ts';

const run = promisify(execFile);

let folder: string;
let registry: TestRegistry;
let o: Opened;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-peers-'));
});
afterEach(async () => {
  await o?.client.close();
  await registry?.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: RegistryOptions = {}): Promise<void> {
  registry = await startRegistry(options);
  o = opened(registry);
}

/** Runs a peer with a home of its own. */
async function peer(name: string, ...args: readonly string[]): Promise<string> {
  const { path } = requirePeer({ skip: () => {} }, name);
  const { stdout } = await run(path, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder },
    maxBuffer: 16 << 20,
  });
  return stdout.trim();
}

async function push(repository: Repository, tag: string): ReturnType<typeof putManifest> {
  await putBlob(repository, Buffer.from('{}'));
  return putManifest(repository, manifestBytes(), { tag });
}

describe.skipIf(lacksPeers(['crane']))('crane and the test registry', () => {
  test('push, digest, list, catalog, copy, delete', async () => {
    await start();
    await writeFile(join(folder, 'hello'), 'hello');
    await run('tar', ['-cf', 'layer.tar', 'hello'], { cwd: folder });
    await peer('crane', 'append', '-f', 'layer.tar', '-t', `${registry.host}/team/app:v1`);
    const digest = (await o.store.resolve('v1'))?.descriptor.digest;
    expect(await peer('crane', 'digest', `${registry.host}/team/app:v1`)).toBe(digest);
    expect(await peer('crane', 'ls', `${registry.host}/team/app`)).toBe('v1');
    expect(await peer('crane', 'catalog', registry.host)).toBe('team/app');
    expect(Buffer.from(await peer('crane', 'manifest', `${registry.host}/team/app:v1`))).toEqual((await o.store.resolve('v1'))?.bytes);
    await peer('crane', 'copy', `${registry.host}/team/app:v1`, `${registry.host}/team/copy:v1`);
    expect(await peer('crane', 'digest', `${registry.host}/team/copy:v1`)).toBe(digest);
    await peer('crane', 'validate', '--remote', `${registry.host}/team/copy:v1`);
    await peer('crane', 'delete', `${registry.host}/team/copy@${digest}`);
    await expect(peer('crane', 'digest', `${registry.host}/team/copy:v1`)).rejects.toThrow(/MANIFEST_UNKNOWN|404/);
  });

  test('a layout that crane pulled is a store', async () => {
    await start();
    const pushed = await push(o.repository, 'v1');
    await peer('crane', 'pull', '--format=oci', `${registry.host}/team/app:v1`, 'layout');
    expect((await onlyImage(await openLayout('layout', join(folder, 'layout')))).descriptor.digest).toBe(pushed.digest);
  });

  test.each(['basic', 'bearer'] as const)('logs in (%s)', async (kind) => {
    await start({ auth: { kind, username: 'tester', password: 'secret' } });
    await writeFile(join(folder, 'hello'), 'hello');
    await run('tar', ['-cf', 'layer.tar', 'hello'], { cwd: folder });
    await expect(peer('crane', 'append', '-f', 'layer.tar', '-t', `${registry.host}/team/app:v1`)).rejects.toThrow(/UNAUTHORIZED|401/);
    await peer('crane', 'auth', 'login', registry.host, '-u', 'tester', '-p', 'secret');
    await peer('crane', 'append', '-f', 'layer.tar', '-t', `${registry.host}/team/app:v1`);
    expect(await peer('crane', 'ls', `${registry.host}/team/app`)).toBe('v1');
    // What crane stored is what Assay finds.
    const { storedCredentials } = await import('../../src/oci/index.ts');
    const own = opened(registry, 'team/app', { credentials: storedCredentials({ env: {}, home: folder }) });
    expect(await own.store.resolve('v1')).toBeDefined();
    await own.client.close();
  });
});

describe.skipIf(lacksPeers(['oras']))('oras and the test registry', () => {
  test.each([true, false])('attach and discover, with the referrers API: %s', async (referrers) => {
    await start({ referrers, pageSize: 2 });
    const image = await push(o.repository, 'v1');
    await writeFile(join(folder, 'sbom.json'), '{}');
    for (let n = 0; n < 3; n++) {
      await peer(
        'oras',
        'attach',
        '--plain-http',
        '--artifact-type',
        'application/vnd.example.sbom',
        '--annotation',
        `n=${n}`,
        `${registry.host}/team/app:v1`,
        'sbom.json:application/json',
      );
    }
    const read = await collectReferrers(o.store, image.digest);
    expect(read).toMatchObject({ api: referrers ? 'answered' : 'unsupported', fallback: 'answered', errors: [] });
    expect(read.referrers).toHaveLength(3);
    for (const r of read.referrers)
      expect(r).toMatchObject({
        found: referrers ? 'referrers' : 'fallback-tag',
        descriptor: { artifactType: 'application/vnd.example.sbom' },
      });
    const tree = JSON.parse(await peer('oras', 'discover', '--plain-http', '--format', 'json', `${registry.host}/team/app:v1`)) as {
      referrers?: unknown[];
      manifests?: unknown[];
    };
    expect((tree.referrers ?? tree.manifests ?? []).length).toBe(3);
  });

  test('what Assay writes as a fallback tag, oras discovers', async () => {
    await start({ referrers: false });
    const image = await push(o.repository, 'v1');
    const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
    await putManifest(o.repository, manifestBytes({ artifactType: 'application/vnd.example.ours', subject }));
    expect(await peer('oras', 'discover', '--plain-http', '--format', 'json', `${registry.host}/team/app:v1`)).toContain(
      'application/vnd.example.ours',
    );
  });

  test('blobs in pieces, ranges, tags, and copying with all referrers', async () => {
    await start();
    await writeFile(join(folder, 'big'), Buffer.alloc(5 << 20, 'x'));
    await peer('oras', 'push', '--plain-http', `${registry.host}/team/app:v1`, 'big:application/octet-stream');
    await peer('oras', 'tag', '--plain-http', `${registry.host}/team/app:v1`, 'v2');
    expect((await peer('oras', 'repo', 'tags', '--plain-http', `${registry.host}/team/app`)).split('\n')).toEqual(['v1', 'v2']);
    await peer('oras', 'cp', '--recursive', '--from-plain-http', '--to-oci-layout', `${registry.host}/team/app:v1`, 'layout:v1');
    const layout = await openLayout('layout', join(folder, 'layout'));
    expect((await layout.resolve('v1'))?.descriptor.digest).toBe((await o.store.resolve('v1'))?.descriptor.digest);
    await rm(join(folder, 'big'));
    await peer('oras', 'pull', '--plain-http', `${registry.host}/team/app:v2`);
    expect((await readFile(join(folder, 'big'))).length).toBe(5 << 20);
  });
});

describe.skipIf(lacksPeers(['skopeo'], ['crane']))('skopeo and the test registry', () => {
  test('copies an image to a layout and to an archive that are stores', async () => {
    await start();
    await writeFile(join(folder, 'hello'), 'hello');
    await run('tar', ['-cf', 'layer.tar', 'hello'], { cwd: folder });
    await peer('crane', 'append', '-f', 'layer.tar', '-t', `${registry.host}/team/app:v1`);
    const digests: string[] = [];
    for (const [kind, place] of [
      ['layout', 'oci:dir:v1'],
      ['archive', 'oci-archive:file.tar:v1'],
    ] as const) {
      await peer('skopeo', '--insecure-policy', 'copy', '--src-tls-verify=false', `docker://${registry.host}/team/app:v1`, place);
      const store = await openLayout(kind, join(folder, kind === 'layout' ? 'dir' : 'file.tar'));
      const image = await onlyImage(store);
      expect((await store.resolve('v1'))?.descriptor.digest).toBe(image.descriptor.digest);
      digests.push(image.descriptor.digest);
    }
    expect(digests[0]).toBe(digests[1]);
  });
});
