import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tidy } from '../../src/oci/cache/disk-cache.ts';
import {
  cachedStore,
  collectReferrers,
  createDiskCache,
  createMemoryCache,
  createMemoryStore,
  createRegistryClient,
  type Digest,
  digestOf,
  hexOf,
  type MemoryStore,
  openStore,
  parseReference,
} from '../../src/oci/index.ts';
import { startRegistry } from '../../src/testing/registry/index.ts';
import { hold, holdBlob, indexBytes, manifestBytes, referrerBytes } from './images.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function bytes(text: string): { digest: Digest; bytes: Buffer } {
  return { digest: digestOf(Buffer.from(text)), bytes: Buffer.from(text) };
}

describe('the cache in memory', () => {
  test('keeps what was asked for last, within its bound', async () => {
    const cache = createMemoryCache({ maxBytes: 10, maxPieceBytes: 5 });
    const [a, b, c, large] = [bytes('aaaa'), bytes('bbbb'), bytes('cccc'), bytes('large!')];
    for (const x of [a, b]) await cache.put(x.digest, x.bytes);
    await cache.get(a.digest);
    await cache.put(c.digest, c.bytes);
    await cache.put(large.digest, large.bytes);
    expect(await cache.get(a.digest)).toEqual(a.bytes);
    expect(await cache.get(b.digest)).toBeUndefined();
    expect(await cache.get(c.digest)).toEqual(c.bytes);
    expect(await cache.get(large.digest)).toBeUndefined();
  });
});

describe('the cache on disk', () => {
  test('keeps content, and drops what is not what its name says', async () => {
    const cache = createDiskCache({ path: join(folder, 'deep/er') });
    const piece = bytes('piece');
    expect(await cache.get(piece.digest)).toBeUndefined();
    await cache.put(piece.digest, piece.bytes);
    expect(await cache.get(piece.digest)).toEqual(piece.bytes);
    const file = join(folder, 'deep/er/sha256', hexOf(piece.digest).slice(0, 1), hexOf(piece.digest));
    await writeFile(file, 'forged');
    expect(await cache.get(piece.digest)).toBeUndefined();
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
    await cache.put(piece.digest, piece.bytes);
    expect(await createDiskCache({ path: join(folder, 'deep/er') }).get(piece.digest)).toEqual(piece.bytes);
  });

  test('is written by many at once, and leaves nothing half', async () => {
    const cache = createDiskCache({ path: folder });
    const piece = bytes('x'.repeat(100_000));
    await Promise.all(Array.from({ length: 20 }, () => cache.put(piece.digest, piece.bytes)));
    expect(await cache.get(piece.digest)).toEqual(piece.bytes);
    expect(await readdir(join(folder, 'sha256', hexOf(piece.digest).slice(0, 1)))).toEqual([hexOf(piece.digest)]);
  });

  test('cannot fail, only forget', async () => {
    await writeFile(join(folder, 'file'), '');
    const cache = createDiskCache({ path: join(folder, 'file') });
    const piece = bytes('piece');
    await cache.put(piece.digest, piece.bytes);
    expect(await cache.get(piece.digest)).toBeUndefined();
  });

  test('stays within its bound: what was not used the longest goes', async () => {
    for (const [i, name] of ['old', 'new', 'newest'].entries()) {
      await writeFile(join(folder, name), 'x'.repeat(10));
      await utimes(join(folder, name), 1000 + i, 1000 + i);
    }
    await writeFile(join(folder, 'dead.part'), 'x');
    await utimes(join(folder, 'dead.part'), 1000, 1000);
    // A file counts as a block of the disk at least.
    await tidy(folder, 2 * 4096);
    expect((await readdir(folder)).sort()).toEqual(['new', 'newest']);
  });
});

describe('a store with caches', () => {
  function counted(): { store: MemoryStore; asked: string[] } {
    const inner = createMemoryStore();
    const asked: string[] = [];
    const store: MemoryStore = {
      ...inner,
      resolve: (tag, r) => {
        asked.push(`tag ${tag}`);
        return inner.resolve(tag, r);
      },
      manifest: (digest, r) => {
        asked.push('manifest');
        return inner.manifest(digest, r);
      },
      read: (d, r) => {
        asked.push('read');
        return inner.read(d, r);
      },
    };
    return { store, asked };
  }

  test('asks once for what a digest names, and always for what may change', async () => {
    const { store, asked } = counted();
    const image = store.putManifest(manifestBytes(), { tag: 'v1' });
    const blob = store.putBlob(Buffer.from('payload'));
    const cached = cachedStore(store, { memory: createMemoryCache(), disk: createDiskCache({ path: folder }) });
    for (let i = 0; i < 3; i++) {
      expect((await cached.manifest(image.digest))?.descriptor).toEqual(image);
      expect(Buffer.from(await cached.read(blob)).toString()).toBe('payload');
      expect(await cached.manifest(digestOf(Buffer.from('absent')))).toBeUndefined();
      await cached.resolve('v1');
    }
    expect(asked.filter((a) => a === 'read')).toHaveLength(1);
    expect(asked.filter((a) => a === 'manifest')).toHaveLength(4);
    expect(asked.filter((a) => a === 'tag v1')).toHaveLength(3);
    // Another process has the disk only.
    const later = cachedStore(createMemoryStore(), { disk: createDiskCache({ path: folder }) });
    expect(Buffer.from(await later.read(blob)).toString()).toBe('payload');
  });

  test('a descriptor that lies about the size is caught in the cache too', async () => {
    const { store } = counted();
    const blob = store.putBlob(Buffer.from('payload'));
    const cached = cachedStore(store, { memory: createMemoryCache() });
    await cached.read(blob);
    await expect(cached.read({ ...blob, size: 6 })).rejects.toMatchObject({ code: 'content-mismatch' });
    await expect(cached.read(blob, { maxBytes: 3 })).rejects.toMatchObject({ code: 'limit' });
  });

  test('evidence that arrives later is seen', async () => {
    const { store } = counted();
    const image = store.putManifest(manifestBytes(), { tag: 'v1' });
    const cached = cachedStore(store, { memory: createMemoryCache() });
    expect((await collectReferrers(cached, image.digest)).referrers).toHaveLength(0);
    expect(await cached.attached(image.digest, 'sig')).toEqual([]);
    store.putManifest(referrerBytes(image));
    store.putManifest(manifestBytes({ annotations: { a: 'b' } }), { tag: `${image.digest.replace(':', '-')}.sig` });
    store.putManifest(indexBytes([]), { tag: image.digest.replace(':', '-') });
    expect((await collectReferrers(cached, image.digest)).referrers).toHaveLength(1);
    expect(await cached.attached(image.digest, 'sig')).toHaveLength(1);
    expect(await cached.fallback(image.digest)).toBeDefined();
  });

  test('is what openStore gives for a registry when it is asked to', async () => {
    const registry = await startRegistry();
    const image = hold(registry, 'team/app', manifestBytes(), 'v1');
    const blob = holdBlob(registry, 'team/app', Buffer.from('payload'));
    const client = createRegistryClient();
    const memory = createMemoryCache();
    for (let i = 0; i < 2; i++) {
      const store = await openStore(parseReference(`${registry.host}/team/app:v1`), { client: () => client, cache: { memory } });
      await store.manifest(image.digest);
      await store.read(blob);
    }
    expect(registry.log).toHaveLength(2);
    await expect(openStore(parseReference('r.example/app'))).rejects.toMatchObject({ code: 'offline' });
    await client.close();
    await registry.close();
  });
});

describe('a store in memory', () => {
  test('pages its referrers, filters them, and may have no API', async () => {
    const store = createMemoryStore({ pageSize: 2 });
    const image = store.putManifest(manifestBytes(), { tag: 'v1' });
    for (let i = 0; i < 5; i++) store.putManifest(referrerBytes(image, i));
    store.putManifest(Buffer.from('broken'), { mediaType: 'application/vnd.oci.image.manifest.v1+json' });
    const pages: number[] = [];
    for await (const page of store.referrers(image.digest)) pages.push(page.length);
    expect(pages).toEqual([2, 2, 1]);
    expect((await store.referrers(image.digest, { artifactType: 'x/y' }).next()).value).toBe('answered');
    expect((await createMemoryStore({ referrersApi: false }).referrers(image.digest).next()).value).toBe('unsupported');
    store.drop(image.digest);
    expect(await store.manifest(image.digest)).toBeUndefined();
    await expect(store.read(image)).rejects.toMatchObject({ code: 'not-found' });
  });
});
