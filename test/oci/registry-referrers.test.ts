import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { collectReferrers, type Descriptor, digestOf, putManifest, referrersError, referrersOf, type Store } from '../../src/oci/index.ts';
import { OCI_ARTIFACT_MANIFEST, OCI_INDEX } from '../../src/oci/media-types.ts';
import { type Fault, type FaultKind, startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, indexBytes, manifestBytes, type Opened, opened, referrerBytes } from './images.ts';

let registry: TestRegistry;
let o: Opened;
let image: Descriptor;

beforeEach(async () => {
  registry = await startRegistry();
  o = opened(registry);
  image = hold(registry, 'team/app', manifestBytes(), 'v1');
});
afterEach(async () => {
  await o.client.close();
  await registry.close();
});

function attach(count: number): readonly Descriptor[] {
  return Array.from({ length: count }, (_, i) => hold(registry, 'team/app', referrerBytes(image, i)));
}

function fallbackTag(): string {
  return image.digest.replace(':', '-');
}

async function pagesOf(pages: AsyncGenerator<readonly Descriptor[], string>): Promise<{ found: string[]; end: string }> {
  const found: string[] = [];
  for (;;) {
    const step = await pages.next();
    if (step.done) return { found, end: step.value };
    found.push(...step.value.map((d) => d.digest));
  }
}

describe('the referrers API', () => {
  test.each(['relative', 'absolute'] as const)('all pages are read, with %s links', async (links) => {
    Object.assign(registry.behaviour, { pageSize: 2, links });
    const all = attach(5);
    expect(await pagesOf(o.store.referrers(image.digest))).toEqual({ found: all.map((d) => d.digest), end: 'answered' });
    expect(registry.log).toHaveLength(3);
  });

  test('a filter goes along, and a registry that ignores it gives more', async () => {
    attach(2);
    const other = hold(registry, 'team/app', referrerBytes(image, 'x', { artifactType: 'application/other+json' }));
    expect((await pagesOf(o.store.referrers(image.digest, { artifactType: 'application/other+json' }))).found).toEqual([other.digest]);
    registry.behaviour.filter = false;
    expect((await pagesOf(o.store.referrers(image.digest, { artifactType: 'application/other+json' }))).found).toHaveLength(3);
  });

  test('entries without artifactType are entries (registries and ggcr that leave it out)', async () => {
    registry.behaviour.artifactTypes = false;
    attach(1);
    const { value } = await o.store.referrers(image.digest).next();
    expect(value).toMatchObject([{ digest: expect.stringContaining('sha256:') }]);
    expect(Array.isArray(value) && value[0]?.artifactType).toBeUndefined();
  });

  test.each([404, 400, 405, 406])('%i means that there is none (Docker Hub, GHCR, docker-registry, ECR before 2024)', async (status) => {
    registry.faults.add({ match: 'referrers/', kind: 'status', status });
    expect(await pagesOf(o.store.referrers(image.digest))).toEqual({ found: [], end: 'unsupported' });
  });

  test('GHCR sends to a web page and loses the digest: that is no referrers API, and the page is not asked', async () => {
    registry.faults.add({
      match: 'referrers/',
      kind: 'redirect',
      status: 303,
      to: `${registry.otherUrl}/-/v2/packages/container/package/team%2Fapp%2Freferrers%2Fsha256`,
    });
    expect(await pagesOf(o.store.referrers(image.digest))).toEqual({ found: [], end: 'unsupported' });
    expect(registry.log.filter((e) => e.origin === 'other')).toHaveLength(0);
  });

  test('a redirect that still names the subject is followed; throttled there, it is throttled', async () => {
    registry.faults.add({ match: 'team/app/referrers/', kind: 'redirect', status: 303 });
    attach(1);
    expect((await pagesOf(o.store.referrers(image.digest))).found).toHaveLength(1);
    registry.faults.clear();
    const second = await startRegistry();
    second.faults.add({ kind: 'status', status: 429 });
    registry.faults.add({
      match: 'team/app/referrers/',
      kind: 'redirect',
      status: 303,
      to: `${second.url}/v2/team/app/referrers/${image.digest}`,
    });
    await expect(o.store.referrers(image.digest).next()).rejects.toMatchObject({ code: 'registry-throttled' });
    await second.close();
  });

  test('an entry that is no descriptor hides no other, on its page or a later one, and is told in the end', async () => {
    const [one, two, three] = attach(3).map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
    const bad = { mediaType: 'a/b', digest: 'blake3:00ff', size: 1 };
    const page = (manifests: readonly unknown[]) => JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
    registry.behaviour.pageSize = 2;
    registry.faults.add({ match: 'referrers/[^?]*$', kind: 'substitute', body: page([null, one, bad]) });
    hold(registry, 'team/app', Buffer.from(page([bad, two])), fallbackTag(), OCI_INDEX);
    const answer = await collectReferrers(o.store, image.digest);
    expect(new Set(answer.referrers.map((r) => r.descriptor.digest))).toEqual(new Set([one?.digest, two?.digest, three?.digest]));
    expect(answer).toMatchObject({ api: 'failed', fallback: 'failed' });
    expect(answer.errors.map((e) => e.code)).toEqual(['manifest-invalid', 'manifest-invalid']);
  });

  test('a page whose next one is at another place is given before that is told', async () => {
    const [{ mediaType, digest, size }] = attach(1) as [Descriptor];
    registry.faults.add({
      match: 'referrers/',
      kind: 'status',
      status: 200,
      headers: { 'Content-Type': OCI_INDEX, Link: '<http://elsewhere.test/v2/x>; rel="next"' },
      body: JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, digest, size }] }),
    });
    const answer = await collectReferrers(o.store, image.digest);
    expect(answer.referrers.map((r) => r.descriptor.digest)).toEqual([digest]);
    expect(answer).toMatchObject({ api: 'failed', errors: [{ code: 'registry-protocol' }] });
  });

  const index = { schemaVersion: 2, mediaType: OCI_INDEX };
  test.each<readonly [string, string, string | undefined, string]>([
    ['a login page', '<html>', 'text/html', 'registry-protocol'],
    ['JSON of another kind', '{"errors":[]}', 'application/json', 'registry-protocol'],
    ['an index of another type', JSON.stringify({ ...index, manifests: [] }), 'text/plain', 'registry-protocol'],
    [
      'an index that says it is something else',
      JSON.stringify({ ...index, mediaType: 'a/b', manifests: [] }),
      undefined,
      'registry-protocol',
    ],
    ['an index without a list', JSON.stringify(index), undefined, 'registry-protocol'],
    ['a name twice', '{"schemaVersion":2,"manifests":[],"manifests":[]}', undefined, 'registry-protocol'],
    [
      'an entry that is none',
      JSON.stringify({ ...index, manifests: [{ mediaType: 'a/b', digest: 'sha256:x', size: 1 }] }),
      undefined,
      'manifest-invalid',
    ],
    [
      'an entry with a negative size',
      JSON.stringify({ ...index, manifests: [{ mediaType: 'a/b', digest: digestOf(Buffer.from('')), size: -1 }] }),
      undefined,
      'manifest-invalid',
    ],
  ])('%s is an error, never "none"', async (_, body, type, code) => {
    registry.faults.add({ match: 'referrers/', kind: 'substitute', body, ...(type === undefined ? {} : { type }) });
    await expect(o.store.referrers(image.digest).next()).rejects.toMatchObject({ code });
  });

  test('an index served as application/json, and an empty list that Go wrote as null, are good', async () => {
    const body = JSON.stringify({ ...index, manifests: null });
    registry.faults.add({ match: 'referrers/', kind: 'substitute', body, type: 'application/json; charset=utf-8' });
    expect(await pagesOf(o.store.referrers(image.digest))).toEqual({ found: [], end: 'answered' });
  });

  test.each<readonly [string, FaultKind]>([
    ['empty pages without end', { kind: 'endless' }],
    ['pages in a circle', { kind: 'endless', circle: true }],
  ])('%s are a limit', async (_, fault) => {
    registry.faults.add({ match: 'referrers/', ...fault });
    await expect(pagesOf(o.store.referrers(image.digest))).rejects.toMatchObject({ code: 'limit' });
    expect(registry.log.length).toBeLessThanOrEqual(LIMITS.emptyPages + 1);
  });

  test('full pages without end are a limit too', async () => {
    const entries = Array.from({ length: 5_000 }, (_, i) => ({ mediaType: 'a/b', digest: digestOf(Buffer.from(`${i}`)), size: 1 }));
    registry.faults.add({ match: 'referrers/', kind: 'endless', entries });
    await expect(pagesOf(o.store.referrers(image.digest))).rejects.toMatchObject({ code: 'limit' });
    expect(registry.log.length).toBe(LIMITS.referrers / 5_000 + 1);
  });

  test.each([
    ['elsewhere', 'http://evil.example/v2/team/app/referrers/x'],
    ['that cannot be read', 'http://['],
  ])('a next page %s is refused', async (_, next) => {
    const body = JSON.stringify({ ...index, manifests: [] });
    registry.faults.add({
      match: 'referrers/',
      kind: 'status',
      status: 200,
      body,
      headers: { 'Content-Type': OCI_INDEX, Link: `<${next}>; rel="next"` },
    });
    await expect(pagesOf(o.store.referrers(image.digest))).rejects.toMatchObject({ code: 'registry-protocol' });
  });

  test('404 on a later page is an error: the list has begun', async () => {
    registry.behaviour.pageSize = 1;
    attach(3);
    registry.faults.add({ match: 'page=1', kind: 'status', status: 404 });
    const pages = o.store.referrers(image.digest);
    expect((await pages.next()).done).toBe(false);
    await expect(pages.next()).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('referrersOf reads both places', () => {
  test('and tells each referrer once', async () => {
    const [a, b] = attach(2);
    const old = hold(registry, 'team/app', referrerBytes({ ...image, digest: digestOf(Buffer.from('elsewhere')) }, 'old'));
    if (a === undefined || b === undefined) throw new Error('two referrers');
    hold(registry, 'team/app', indexBytes([a, old]), fallbackTag());
    const { referrers, ...state } = await collectReferrers(o.store, image.digest);
    expect(state).toEqual({ api: 'answered', fallback: 'answered', errors: [] });
    expect(referrers.map((r) => r.descriptor.digest).sort()).toEqual([a.digest, b.digest, old.digest].sort());
    expect(referrers.find((r) => r.descriptor.digest === old.digest)?.found).toBe('fallback-tag');
  });

  test('without an API the fallback tag serves; without either there is nothing, for sure', async () => {
    registry.behaviour.referrers = false;
    expect(await collectReferrers(o.store, image.digest)).toEqual({ api: 'unsupported', fallback: 'answered', errors: [], referrers: [] });
    await putManifest(o.repository, referrerBytes(image));
    expect((await collectReferrers(o.store, image.digest)).referrers).toMatchObject([
      { found: 'fallback-tag', descriptor: { artifactType: 'application/vnd.example.signature' } },
    ]);
  });

  test.each<readonly [string, Fault, object]>([
    [
      'the API fails',
      { match: 'referrers/', kind: 'status', status: 500 },
      { api: 'failed', fallback: 'answered', errors: [{ code: 'registry-error' }] },
    ],
    [
      'the fallback tag fails',
      { match: 'manifests/sha256-', kind: 'status', status: 403 },
      { api: 'answered', fallback: 'failed', errors: [{ code: 'registry-forbidden' }] },
    ],
  ])('when %s, the other half is given, and the error', async (_, fault, state) => {
    const all = attach(2);
    hold(registry, 'team/app', indexBytes(all), fallbackTag());
    registry.faults.add(fault);
    const read = await collectReferrers(o.store, image.digest);
    expect(read).toMatchObject(state);
    expect(read.referrers).toHaveLength(2);
  });

  test('when both fail, the API’s error comes first, whichever place answered first', async () => {
    // A 500 is asked again, a 403 is not.
    registry.faults.add({ match: 'referrers/', kind: 'status', status: 500 });
    registry.faults.add({ match: 'manifests/sha256-', kind: 'status', status: 403 });
    const { referrers, ...state } = await collectReferrers(o.store, image.digest);
    expect(referrers).toEqual([]);
    expect(state).toMatchObject({ api: 'failed', fallback: 'failed' });
    expect(state.errors.map((e) => e.code)).toEqual(['registry-error', 'registry-forbidden']);
    expect([referrersError(state, 'referrers'), referrersError(state, 'fallback-tag')]).toEqual(state.errors);
  });

  test('one referrer too many, and neither place has said everything', async () => {
    const many = Array.from({ length: LIMITS.referrers + 1 }, (_, i) => ({ ...image, size: i }));
    const store: Store = {
      ...o.store,
      async *referrers() {
        yield many;
        return 'answered';
      },
      fallback: () => new Promise(() => {}),
    };
    const { errors, api, fallback } = await collectReferrers(store, image.digest);
    expect([api, fallback, ...errors.map((e) => e.code)]).toEqual(['failed', 'failed', 'limit']);
  });

  test('when page two fails, page one was given', async () => {
    registry.behaviour.pageSize = 1;
    attach(3);
    registry.faults.add({ match: 'page=1', kind: 'status', status: 500 });
    const read = await collectReferrers(o.store, image.digest);
    expect(read).toMatchObject({ api: 'failed', fallback: 'answered', errors: [{ code: 'registry-error' }] });
    expect(read.referrers).toHaveLength(1);
  });

  test.each([
    ['another manifest', manifestBytes({ annotations: { a: 'signature' } }), undefined],
    ['a broken document', Buffer.from('{"schemaVersion":2,"manifests":[{}]}'), OCI_INDEX],
    ['an artifact manifest', Buffer.from(JSON.stringify({ mediaType: OCI_ARTIFACT_MANIFEST, artifactType: 'a/b', blobs: [] })), undefined],
  ])('a fallback tag that holds %s is that source’s error (cosign #4641)', async (_, bytes, type) => {
    attach(1);
    hold(registry, 'team/app', bytes, fallbackTag(), type);
    const read = await collectReferrers(o.store, image.digest);
    expect(read).toMatchObject({ api: 'answered', fallback: 'failed', errors: [{ code: 'manifest-invalid' }] });
    expect(read.referrers).toHaveLength(1);
  });

  test('whoever has seen enough stops the rest', async () => {
    attach(1);
    registry.faults.add({ match: 'manifests/sha256-', kind: 'hang' });
    for await (const page of referrersOf(o.store, image.digest)) {
      expect(page).toHaveLength(1);
      break;
    }
  });

  test('a cancelled reading tells both sources’ errors', async () => {
    registry.faults.add({ kind: 'hang' });
    const read = await collectReferrers(o.store, image.digest, { signal: AbortSignal.timeout(80) });
    expect(read).toMatchObject({ api: 'failed', fallback: 'failed', errors: [{ code: 'registry-timeout' }, { code: 'registry-timeout' }] });
  });

  test('ten thousand referrers are read page by page', async () => {
    registry.behaviour.pageSize = 1000;
    attach(10_000);
    let [pages, count] = [0, 0];
    for await (const page of referrersOf(o.store, image.digest)) {
      pages++;
      count += page.length;
    }
    expect([pages, count]).toEqual([10, 10_000]);
  });
});
