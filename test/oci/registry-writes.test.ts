/** Writes to registries that behave, that refuse, and that lose what they acknowledge. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/bytes/index.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { LIMITS } from '../../src/limits.ts';
import {
  createMemoryStore,
  createRegistryClient,
  type Descriptor,
  digestOf,
  fallbackTag,
  type RegistryClient,
  type WritableStore,
} from '../../src/oci/index.ts';
import { withReferrer } from '../../src/oci/merge-entries.ts';
import { registryWritableStore } from '../../src/oci/registry/writable-store.ts';
import { type Fault, startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, indexBytes, manifestBytes, referrerBytes } from './images.ts';

const SETTLE = 40;
const NAME = 'team/app';

let registry: TestRegistry;
let client: RegistryClient;
let store: WritableStore;
let image: Descriptor;

beforeEach(async () => {
  registry = await startRegistry({ referrers: false });
  client = createRegistryClient({ retryPauseMs: 1 });
  store = writer();
  image = hold(registry, NAME, manifestBytes(), 'v1');
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

/** A store of its own client: what another process would have. */
function writer(settleMs: number | 'default' = SETTLE, own: RegistryClient = client): WritableStore {
  return registryWritableStore({ client: own, registry: registry.host, name: NAME }, settleMs === 'default' ? {} : { settleMs });
}

/** What the fallback tag lists, in the registry itself. */
function listed(): readonly string[] {
  const { manifests, tags } = registry.content.repository(NAME);
  const held = manifests.get(tags.get(fallbackTag(image.digest)) ?? '');
  return held === undefined ? [] : (JSON.parse(held.body.toString()) as { manifests: { digest: string }[] }).manifests.map((m) => m.digest);
}

function puts(): number {
  return registry.log.filter((e) => e.method === 'PUT' && e.target.endsWith(fallbackTag(image.digest))).length;
}

describe('small blobs', () => {
  test.each<[string, Fault]>([
    ['no upload is begun', { kind: 'status', status: 500, match: '^POST ', times: 1 }],
    ['the connection breaks at the beginning', { kind: 'reset', match: '^POST ', times: 1 }],
    ['the upload is refused', { kind: 'status', status: 503, match: '^PUT .*uploads', times: 2 }],
    ['the connection breaks, and the upload is gone', { kind: 'unsaid', match: '^PUT .*uploads', times: 1 }],
    ['the upload is only acknowledged in chunks', { kind: 'status', status: 413, match: '^PUT .*digest', times: 1 }],
  ])('are stored all the same when %s once', async (_, fault) => {
    registry.faults.add(fault);
    const blob = await store.writeBlob(utf8('small'), { fresh: true });
    expect(registry.content.blobs.get(blob.digest)?.toString()).toBe('small');
  });

  test.each<[Fault, ErrorCode]>([
    [{ kind: 'status', status: 500, match: '^POST ' }, 'registry-error'],
    [{ kind: 'status', status: 403, match: '^POST ' }, 'registry-forbidden'],
    [{ kind: 'status', status: 401, match: '^PUT ' }, 'registry-unauthorized'],
    [{ kind: 'reset', match: '^PUT ' }, 'registry-unreachable'],
  ])('are given up when it stays so: %j', async (fault, code) => {
    registry.faults.add(fault);
    await expect(store.writeBlob(utf8('small'))).rejects.toThrow(expect.objectContaining({ code }));
    expect(registry.log.length).toBeLessThanOrEqual(5 * LIMITS.tries);
  });
});

describe('manifests', () => {
  test('are stored under digest and tag, with what they name', async () => {
    const blob = await store.writeBlob(utf8('x'), { mediaType: 'text/plain' });
    const bytes = manifestBytes({ layers: [blob] });
    expect(await store.writeManifest(bytes, { tag: 'v2' })).toEqual({
      descriptor: expect.objectContaining({ digest: digestOf(bytes), size: bytes.length }),
      listed: undefined,
    });
    expect((await store.resolve('v2'))?.bytes).toEqual(bytes);
    expect(Buffer.from(await store.read(blob)).toString()).toBe('x');
  });

  test('with a subject are listed by the API where there is one, and nothing is waited for', async () => {
    registry.behaviour.referrers = true;
    const bytes = referrerBytes(image);
    expect(await writer(60_000).writeManifest(bytes)).toMatchObject({ listed: 'referrers' });
    expect(registry.log.filter((e) => e.target.includes(fallbackTag(image.digest)))).toEqual([]);
  });

  test('and in the fallback index where there is none, with type and annotations', async () => {
    const bytes = referrerBytes(image, 7);
    expect(await store.writeManifest(bytes)).toMatchObject({ listed: 'fallback-tag' });
    const index = JSON.parse(Buffer.from((await store.fallback(image.digest))?.bytes ?? []).toString()) as { manifests: unknown[] };
    expect(index.manifests).toMatchObject([
      { digest: digestOf(bytes), artifactType: 'application/vnd.example.signature', annotations: { n: '7' } },
    ]);
    expect(await store.writeManifest(bytes)).toMatchObject({ listed: 'fallback-tag' });
    expect([listed(), puts()]).toEqual([[digestOf(bytes)], 1]);
  });

  test('that the registry says it stored as something else are not stored', async () => {
    registry.faults.add({ match: '^PUT .*/manifests/', kind: 'substitute', body: 'x', truthful: true });
    await expect(store.writeManifest(manifestBytes({ annotations: { a: 'b' } }))).rejects.toMatchObject({
      code: expect.stringMatching(/content-mismatch|registry-error/),
    });
  });

  test.each([400, 403, 405, 409, 412])(
    'under a tag that may not be written to (%i) are there when it is them already, and only then',
    async (status) => {
      await store.writeManifest(manifestBytes(), { tag: 'v1' });
      registry.faults.add({ kind: 'status', status, match: '^PUT .*/manifests/v1$' });
      const { descriptor } = await store.writeManifest(manifestBytes(), { tag: 'v1' });
      expect(descriptor.digest).toBe(image.digest);
      const code = status === 403 ? 'registry-forbidden' : 'registry-error';
      const other = manifestBytes({ annotations: { other: 'yes' } });
      await expect(store.writeManifest(other, { tag: 'v1' })).rejects.toMatchObject({ code });
      expect(registry.content.repository(NAME).tags.get('v1')).toBe(image.digest);
    },
  );

  test.each([
    ['POST', 404, 'registry-error', 'some registries make no repository'],
    ['PUT', 404, 'registry-error', 'some registries make no repository'],
    ['POST', 403, 'registry-forbidden', 'write there'],
  ])('and blobs that have no place (%s %i): not said to be missing', async (method, status, code, hint) => {
    registry.faults.add({ kind: 'status', status, match: `^${method} ` });
    const writing = method === 'PUT' ? store.writeManifest(manifestBytes(), { tag: 'v2' }) : store.writeBlob(utf8('small'));
    await expect(writing).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
  });

  test('that are none are refused before anything is sent', async () => {
    await expect(store.writeManifest(utf8('{}'))).rejects.toMatchObject({ code: 'manifest-invalid' });
    expect(registry.log).toEqual([]);
  });
});

describe('a registry that is not well', () => {
  const referrer = (): Buffer => referrerBytes(image, 1);
  const AT_TAG = '^PUT .*/manifests/sha256-';

  test.each<readonly [string, Fault]>([
    ['answers 503 twice', { match: AT_TAG, kind: 'status', status: 503, times: 2 }],
    ['throttles twice', { match: AT_TAG, kind: 'status', status: 429, retryAfter: 0, times: 2 }],
    ['does it and answers 503', { match: AT_TAG, kind: 'unsaid', status: 503, times: 1 }],
    ['does it and cuts the connection', { match: AT_TAG, kind: 'unsaid', times: 1 }],
    ['loses two writes that it acknowledges', { match: AT_TAG, kind: 'lose', times: 2 }],
    ['answers reads with 500 twice', { match: '^GET .*/manifests/sha256-', kind: 'status', status: 500, times: 2 }],
    ['is slow', { match: 'manifests/sha256-', kind: 'slow', ms: 60 }],
  ])('and %s: the entry is listed in the end', async (_, fault) => {
    const before = referrerBytes(image, 'before');
    hold(registry, NAME, indexBytes([{ ...image, digest: digestOf(before) }]), fallbackTag(image.digest));
    registry.faults.add(fault);
    await store.writeManifest(referrer());
    expect(listed()).toEqual([digestOf(before), digestOf(referrer())]);
  });

  test.each<readonly [string, Fault, ErrorCode]>([
    ['loses every write', { match: AT_TAG, kind: 'lose' }, 'write-conflict'],
    ['answers 503', { match: AT_TAG, kind: 'status', status: 503 }, 'registry-error'],
    ['throttles', { match: AT_TAG, kind: 'status', status: 429 }, 'registry-throttled'],
    ['throttles for an hour', { match: AT_TAG, kind: 'status', status: 429, retryAfter: 3600 }, 'registry-throttled'],
    ['forbids', { match: AT_TAG, kind: 'status', status: 403 }, 'registry-forbidden'],
    ['wants a login', { match: AT_TAG, kind: 'status', status: 401 }, 'registry-unauthorized'],
    ['forbids to read', { match: '^GET .*/manifests/sha256-', kind: 'status', status: 403 }, 'registry-forbidden'],
    ['cuts every connection', { match: AT_TAG, kind: 'reset' }, 'registry-unreachable'],
    [
      'shows what is no manifest',
      { match: '^GET .*/manifests/sha256-', kind: 'substitute', body: '<html>', type: 'text/html', truthful: true },
      'registry-protocol',
    ],
  ])('and %s: an error that names what is not listed', { timeout: 20_000 }, async (_, fault, code) => {
    registry.faults.add(fault);
    await expect(store.writeManifest(referrer())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(digestOf(referrer())),
      hint: expect.stringMatching(/assay repair|log in|wait|check/),
    });
    expect(listed()).toEqual([]);
  });

  test('and tags are immutable: said with what can be done, and nothing that was listed is lost', async () => {
    registry.behaviour.mutableTags = false;
    const [first, second] = [referrerBytes(image, 1), referrerBytes(image, 2)];
    await store.writeManifest(first);
    await expect(store.writeManifest(second)).rejects.toMatchObject({
      code: 'registry-error',
      retryable: false,
      message: expect.stringContaining(digestOf(second)),
      hint: expect.stringContaining('immutable'),
    });
    expect(listed()).toEqual([digestOf(first)]);
  });

  test('and time runs out: the digest is named', async () => {
    const slow = writer(60_000);
    await expect(slow.writeManifest(referrer(), { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      code: 'write-conflict',
      message: expect.stringContaining(digestOf(referrer())),
      hint: `when nobody else writes: assay repair IMAGE ${digestOf(referrer())}`,
    });
  });

  test('and something else stands under the tag: it is not ours to replace', async () => {
    hold(registry, NAME, manifestBytes({ annotations: { mine: 'yes' } }), fallbackTag(image.digest));
    await expect(store.writeManifest(referrer())).rejects.toMatchObject({ code: 'manifest-invalid' });
    expect(puts()).toBe(0);
  });
});

test.each([true, false])('conditions are sent, and honoured or not nothing is lost (%s)', async (conditions) => {
  registry.behaviour.conditions = conditions;
  const others = await Promise.all(
    Array.from({ length: 6 }, async (_, n) => {
      const own = createRegistryClient({ retryPauseMs: 1 });
      const bytes = referrerBytes(image, n);
      await writer(150, own).writeManifest(bytes);
      await own.close();
      return digestOf(bytes);
    }),
  );
  expect(new Set(listed())).toEqual(new Set(others));
  expect(registry.log.some((e) => e.method === 'PUT' && e.headers['if-none-match'] === '*')).toBe(true);
  expect(registry.log.some((e) => e.method === 'PUT' && e.headers['if-match'] !== undefined)).toBe(true);
  if (conditions) expect(registry.log.some((e) => e.status === 412)).toBe(true);
});

test('many changes of one tag by one process are few writes', async () => {
  const all = Array.from({ length: 40 }, (_, n) => referrerBytes(image, n));
  await Promise.all(all.map((bytes) => store.writeManifest(bytes)));
  expect(new Set(listed())).toEqual(new Set(all.map((b) => digestOf(b))));
  expect(puts()).toBeLessThan(20);
});

test('what is listed and has been quiet is asked for once more, and not waited for', async () => {
  const waiting = writer(400);
  await waiting.writeManifest(referrerBytes(image, 1));
  const before = registry.log.length;
  await waiting.writeManifest(referrerBytes(image, 1));
  expect(registry.log.slice(before).map((e) => e.method)).toEqual(['PUT', 'GET']);
});

test('the wait is the bound where nothing is said', async () => {
  const started = performance.now();
  await writer('default').writeManifest(referrerBytes(image, 1));
  expect(performance.now() - started).toBeGreaterThanOrEqual(LIMITS.tagSettleMs);
});

describe('deleting', () => {
  test('says whether it was there', async () => {
    const { descriptor } = await store.writeManifest(manifestBytes({ annotations: { a: 'b' } }), { tag: 'gone' });
    expect([await store.remove('gone'), await store.remove('gone')]).toEqual([true, false]);
    expect([await store.remove(descriptor.digest), await store.remove(descriptor.digest)]).toEqual([true, false]);
  });

  test('is an error where it is not allowed', async () => {
    registry.behaviour.deletes = false;
    await expect(store.remove('v1')).rejects.toMatchObject({ code: 'registry-error', message: expect.stringContaining('405') });
  });

  test('what was deleted is not put back by a later change', async () => {
    await store.writeManifest(referrerBytes(image, 1));
    await store.remove(fallbackTag(image.digest));
    await store.writeManifest(referrerBytes(image, 2));
    expect(listed()).toEqual([digestOf(referrerBytes(image, 2))]);
  });
});

test('a mirror is not asked by whoever writes', async () => {
  const mirror = await startRegistry();
  const mirrored = createRegistryClient({ mirrors: new Map([[registry.host, [mirror.host]]]) });
  await writer(SETTLE, mirrored).resolve('v1');
  expect(mirror.log).toEqual([]);
  await mirrored.close();
  await mirror.close();
});

describe('a store in memory', () => {
  test.each([true, false])('is written to in the same way (referrers API: %s)', async (referrersApi) => {
    const memory: WritableStore = createMemoryStore({ referrersApi });
    const subject = (await memory.writeManifest(manifestBytes(), { tag: 'v1' })).descriptor;
    const all = Array.from({ length: 10 }, (_, n) => referrerBytes(subject, n));
    const written = await Promise.all(all.map((bytes) => memory.writeManifest(bytes)));
    expect(written.every((w) => w.listed === (referrersApi ? 'referrers' : 'fallback-tag'))).toBe(true);
    const fallback = await memory.fallback(subject.digest);
    const entries =
      fallback === undefined ? [] : (JSON.parse(Buffer.from(fallback.bytes).toString()) as { manifests: unknown[] }).manifests;
    expect(entries).toHaveLength(referrersApi ? 0 : 10);
    expect([await memory.remove('v1'), await memory.remove('v1'), await memory.remove(subject.digest)]).toEqual([true, false, true]);
  });

  test('changes by several at once are all kept', async () => {
    const memory = createMemoryStore();
    const all = Array.from({ length: 10 }, (_, n) => ({ ...image, digest: digestOf(utf8(String(n))) }));
    await Promise.all(
      all.map((entry) =>
        memory.changeTag('t', {
          entry: entry.digest,
          async merge(now) {
            await new Promise((resolve) => setImmediate(resolve));
            return withReferrer(now, entry);
          },
        }),
      ),
    );
    const bytes = (await memory.resolve('t'))?.bytes ?? utf8('{}');
    expect((JSON.parse(Buffer.from(bytes).toString()) as { manifests: unknown[] }).manifests).toHaveLength(10);
  });
});
