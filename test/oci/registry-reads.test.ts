import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  catalog,
  type Descriptor,
  deleteManifest,
  digestOf,
  getManifest,
  parseDescriptor,
  putBlob,
  putManifest,
  registryStore,
  tags,
} from '../../src/oci/index.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { EMPTY, hold, holdBlob, indexBytes, manifestBytes, type Opened, opened, referrerBytes } from './images.ts';

let registry: TestRegistry;
let o: Opened;

beforeEach(async () => {
  registry = await startRegistry();
  o = opened(registry);
});
afterEach(async () => {
  await o.client.close();
  await registry.close();
});

describe('a store reads what is there, and says what is not', () => {
  test('manifests by tag and by digest, with one request each', async () => {
    const bytes = manifestBytes();
    const held = hold(registry, 'team/app', bytes, 'v1');
    const byTag = await o.store.resolve('v1');
    expect(byTag).toEqual({ descriptor: held, bytes });
    expect(await o.store.manifest(held.digest)).toEqual(byTag);
    expect(registry.log.map((e) => e.target)).toEqual(['/v2/team/app/manifests/v1', `/v2/team/app/manifests/${held.digest}`]);
    expect(registry.log[0]?.headers['accept-encoding']).toBeUndefined();
    expect(registry.log[0]?.headers.accept).toContain(OCI_INDEX);
  });

  test('what answers 404 is not there; a descriptor that is not there is an error', async () => {
    const digest = digestOf(Buffer.from('x'));
    expect(await o.store.resolve('v1')).toBeUndefined();
    expect(await o.store.manifest(digest)).toBeUndefined();
    expect(await o.store.fallback(digest)).toBeUndefined();
    expect(await o.store.attached(digest, 'sig')).toEqual([]);
    await expect(o.store.read({ mediaType: 'a/b', digest, size: 1 })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('blobs, and manifests that a descriptor names', async () => {
    const blob = holdBlob(registry, 'team/app', Buffer.from('payload'));
    expect(Buffer.from(await o.store.read(blob)).toString()).toBe('payload');
    const child = hold(registry, 'team/app', manifestBytes());
    expect(await o.store.read(child)).toEqual(manifestBytes());
    expect(registry.log.at(-1)?.target).toBe(`/v2/team/app/manifests/${child.digest}`);
  });

  test('inlined content costs no request', async () => {
    const bytes = Buffer.from('small');
    const descriptor = parseDescriptor({ mediaType: 'a/b', digest: digestOf(bytes), size: 5, data: bytes.toString('base64') });
    expect(await o.store.read(descriptor)).toEqual(bytes);
    expect(registry.log).toHaveLength(0);
  });

  test('sha512 names content too', async () => {
    const bytes = manifestBytes();
    const digest = digestOf(bytes, 'sha512');
    registry.content.repository('team/app').manifests.set(digest, { type: OCI_MANIFEST, body: bytes });
    expect((await o.store.manifest(digest))?.descriptor.digest).toBe(digest);
  });

  test('a descriptor that names more than may be read is refused before a request', async () => {
    const blob = holdBlob(registry, 'team/app', Buffer.alloc(100));
    await expect(o.store.read(blob, { maxBytes: 99 })).rejects.toMatchObject({ code: 'limit' });
    expect(registry.log).toHaveLength(0);
  });

  test('equal reads under way are made once, and one who is cancelled leaves alone', async () => {
    const blob = holdBlob(registry, 'team/app', Buffer.from('payload'));
    const leave = new AbortController();
    const reads = [o.store.read(blob), o.store.read(blob), o.store.read(blob, { signal: leave.signal })];
    leave.abort();
    const results = await Promise.allSettled(reads);
    expect(results.map((r) => r.status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(registry.log).toHaveLength(1);
    await o.store.read(blob);
    expect(registry.log).toHaveLength(2);
  });

  test('cosign’s tags, with the prefix that was configured', async () => {
    const digest = digestOf(Buffer.from('x'));
    const tag = `${digest.replace(':', '-')}.sig`;
    const plain = hold(registry, 'team/app', manifestBytes({ annotations: { a: '1' } }), tag);
    const prefixed = hold(registry, 'team/app', manifestBytes({ annotations: { a: '2' } }), `pre-${tag}`);
    expect((await o.store.attached(digest, 'sig')).map((m) => m.descriptor.digest)).toEqual([plain.digest]);
    const other = registryStore(o.repository, { attachmentTagPrefix: 'pre-' });
    expect((await other.attached(digest, 'sig')).map((m) => m.descriptor.digest)).toEqual([prefixed.digest]);
  });

  test('many reads at once stay within the bound for one host', async () => {
    const blobs = Array.from({ length: 60 }, (_, i) => holdBlob(registry, 'team/app', Buffer.from(`payload ${i}`)));
    registry.faults.add({ kind: 'slow', ms: 5 });
    const read = await Promise.all(blobs.map((b) => o.store.read(b)));
    expect(read.map((b) => Buffer.from(b).toString())).toEqual(blobs.map((_, i) => `payload ${i}`));
  });

  test('tens of megabytes come through', async () => {
    const bytes = Buffer.alloc(40 << 20, 'x');
    const blob = await putBlob(o.repository, bytes);
    expect((await o.store.read(blob)).length).toBe(bytes.length);
  });
});

describe('listings', () => {
  test.each(['relative', 'absolute'] as const)('tags and the catalog, all pages, with %s links', async (links) => {
    Object.assign(registry.behaviour, { pageSize: 2, links });
    for (let i = 0; i < 5; i++) hold(registry, 'team/app', manifestBytes({ annotations: { i: `${i}` } }), `v${i}`);
    hold(registry, 'team/b', manifestBytes());
    hold(registry, 'team/c', manifestBytes());
    expect(await all(tags(o.repository))).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
    expect(await all(catalog(o.client, registry.host))).toEqual(['team/app', 'team/b', 'team/c']);
  });

  test('a repository that is not there, and a catalog that is forbidden (Docker Hub, GHCR)', async () => {
    await expect(all(tags({ ...o.repository, name: 'none' }))).rejects.toMatchObject({ code: 'not-found' });
    registry.behaviour.catalog = false;
    await expect(all(catalog(o.client, registry.host))).rejects.toMatchObject({ code: 'registry-unauthorized' });
    registry.faults.add({ match: '_catalog', kind: 'status', status: 403 });
    await expect(all(catalog(o.client, registry.host))).rejects.toMatchObject({ code: 'registry-forbidden' });
  });

  test('a list without entries is null in Go', async () => {
    registry.faults.add({ match: 'tags/list', kind: 'substitute', body: '{"name":"team/app","tags":null}', type: 'application/json' });
    expect(await all(tags(o.repository))).toEqual([]);
  });

  test.each(['<html>', '{"tags":{}}', '{"tags":[1]}', '[]', '{"tags":[],"tags":["a"]}'])('%s is no list of tags', async (body) => {
    registry.faults.add({ match: 'tags/list', kind: 'substitute', body });
    await expect(all(tags(o.repository))).rejects.toMatchObject({ code: 'registry-protocol' });
  });

  test('pages without end are a limit, and pages elsewhere are refused', async () => {
    registry.faults.add({ match: '_catalog', kind: 'endless' });
    await expect(all(catalog(o.client, registry.host))).rejects.toMatchObject({ code: 'limit' });
    hold(registry, 'team/app', manifestBytes(), 'v1');
    registry.faults.clear();
    registry.faults.add({
      match: 'tags/list',
      kind: 'status',
      status: 200,
      headers: { Link: `<${registry.otherUrl}/v2/team/app/tags/list>; rel="next"` },
      body: '{"tags":["v1"]}',
    });
    await expect(all(tags(o.repository))).rejects.toMatchObject({ code: 'registry-protocol' });
    expect(registry.log.filter((e) => e.origin === 'other')).toHaveLength(0);
  });
});

describe('pushes', () => {
  test('a blob is sent once, and mounted from another repository', async () => {
    const bytes = Buffer.from('layer');
    const blob = await putBlob(o.repository, bytes, { mediaType: 'a/b' });
    expect(blob).toEqual({ mediaType: 'a/b', digest: digestOf(bytes), size: 5 });
    registry.log.length = 0;
    await putBlob(o.repository, bytes);
    expect(registry.log.map((e) => e.method)).toEqual(['HEAD']);
    const other = { ...o.repository, name: 'team/other' };
    await putBlob(other, bytes, { mountFrom: 'team/app' });
    expect(registry.log.map((e) => e.method)).toEqual(['HEAD', 'HEAD', 'POST']);
    expect(await registryStore(other).read(blob)).toEqual(bytes);
  });

  test('a mount that the registry declines becomes an upload', async () => {
    const bytes = Buffer.from('layer');
    await putBlob(o.repository, bytes, { mountFrom: 'team/elsewhere' });
    expect(registry.log.map((e) => e.method)).toEqual(['HEAD', 'POST', 'PUT']);
  });

  test('a manifest, by tag and by digest, and its removal', async () => {
    await putBlob(o.repository, Buffer.from('{}'));
    const tagged = await putManifest(o.repository, manifestBytes(), { tag: 'v1' });
    expect((await o.store.resolve('v1'))?.descriptor.digest).toBe(tagged.digest);
    const loose = await putManifest(o.repository, manifestBytes({ annotations: { a: 'b' } }));
    expect(await o.store.manifest(loose.digest)).toBeDefined();
    await deleteManifest(o.repository, loose.digest);
    expect(await o.store.manifest(loose.digest)).toBeUndefined();
    await expect(deleteManifest(o.repository, loose.digest)).rejects.toMatchObject({ code: 'not-found' });
    await expect(putManifest(o.repository, Buffer.from('<html>'))).rejects.toMatchObject({ code: 'manifest-invalid' });
  });

  test('with a referrers API no fallback tag is written; without one it is, with type and annotations', async () => {
    const image = await putManifest(o.repository, manifestBytes(), { tag: 'v1' });
    await putManifest(o.repository, referrerBytes(image, 0));
    expect(await o.store.fallback(image.digest)).toBeUndefined();
    registry.behaviour.referrers = false;
    const one = await putManifest(o.repository, referrerBytes(image, 1));
    const two = await putManifest(o.repository, referrerBytes(image, 2));
    await putManifest(o.repository, referrerBytes(image, 2));
    const index = JSON.parse(Buffer.from((await o.store.fallback(image.digest))?.bytes ?? []).toString()) as { manifests: unknown[] };
    const entry = { mediaType: OCI_MANIFEST, artifactType: 'application/vnd.example.signature' };
    expect(index.manifests).toEqual([
      { ...entry, digest: one.digest, size: one.size, annotations: { n: '1' } },
      { ...entry, digest: two.digest, size: two.size, annotations: { n: '2' } },
    ]);
  });

  test('another writer of the fallback tag at the same time loses nobody’s entry', async () => {
    registry.behaviour.referrers = false;
    const image = await putManifest(o.repository, manifestBytes(), { tag: 'v1' });
    const tag = image.digest.replace(':', '-');
    const stranger = hold(registry, 'team/app', referrerBytes(image, 'stranger'));
    // The first write is overtaken: what is read back is the stranger's index.
    const overtaken = hold(registry, 'team/app', indexBytes([stranger]));
    registry.faults.add({ match: `GET .*${tag}`, skip: 1, times: 2, kind: 'retag', digest: overtaken.digest });
    const mine = await putManifest(o.repository, referrerBytes(image, 'mine'));
    const index = JSON.parse(Buffer.from((await o.store.fallback(image.digest))?.bytes ?? []).toString()) as { manifests: Descriptor[] };
    expect(index.manifests.map((m) => m.digest)).toEqual([stranger.digest, mine.digest]);
  });

  test('a fallback tag that holds something else is not overwritten', async () => {
    registry.behaviour.referrers = false;
    const image = await putManifest(o.repository, manifestBytes(), { tag: 'v1' });
    hold(registry, 'team/app', manifestBytes({ annotations: { not: 'an index' } }), image.digest.replace(':', '-'));
    await expect(putManifest(o.repository, referrerBytes(image))).rejects.toMatchObject({ code: 'manifest-invalid' });
  });

  test('an upload goes to the registry, wherever its answer points', async () => {
    registry.faults.add({ match: 'POST', kind: 'status', status: 202, headers: { Location: 'http://evil.example/upload' } });
    await expect(putBlob(o.repository, Buffer.from('x'))).rejects.toMatchObject({ code: 'registry-protocol' });
    registry.faults.clear();
    registry.faults.add({ match: 'POST', kind: 'status', status: 202 });
    await expect(putBlob(o.repository, Buffer.from('x'))).rejects.toMatchObject({ code: 'registry-protocol' });
  });

  test('a registry that does not let one delete says so', async () => {
    const image = hold(registry, 'team/app', manifestBytes(), 'v1');
    registry.faults.add({ match: 'DELETE', kind: 'status', status: 405 });
    await expect(deleteManifest(o.repository, image.digest)).rejects.toMatchObject({ code: 'registry-error' });
    expect(await getManifest(o.repository, 'v1')).toBeDefined();
    expect(EMPTY.size).toBe(2);
  });
});

async function all(pages: AsyncGenerator<readonly string[], void>): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of pages) names.push(...page);
  return names;
}
