import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CopyFrom, type CopyOptions, type CopyReport, copyImage } from '../../src/oci/copy/index.ts';
import { type Descriptor, descriptorOf, formatDescriptor } from '../../src/oci/descriptor.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { openWritableLayout } from '../../src/oci/layout/index.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { OCI_ARTIFACT_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { collectReferrers } from '../../src/oci/referrers-of.ts';
import { registryWritableStore } from '../../src/oci/registry/writable-store.ts';
import { evidenceTag, fallbackTag } from '../../src/oci/tags.ts';
import type { WritableStore } from '../../src/oci/writable-store.ts';
import { appendLayer } from '../../src/sign/store/tag-layer.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { EMPTY, hold, holdBlob, indexBytes, manifestBytes, opened, referrerBytes } from '../oci/images.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-move-'));
const NAME = 'team/app';
const open: (() => Promise<unknown>)[] = [];
let one: TestRegistry;
let two: TestRegistry;

beforeEach(async () => {
  [one, two] = await Promise.all([startRegistry(), startRegistry()]);
  open.push(
    () => one.close(),
    () => two.close(),
  );
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function writable(at: TestRegistry, name = NAME): WritableStore {
  const { client, repository } = opened(at, name);
  open.push(() => client.close());
  return registryWritableStore(repository, { settleMs: 5 });
}

function copy(digest: Digest, options: CopyOptions = {}, to = writable(two), from: CopyFrom = source()): Promise<CopyReport> {
  return copyImage(from, to, digest, { tag: 'v1', ...options });
}

function source(mountFrom?: string): CopyFrom {
  const at = { store: writable(one), mountFrom };
  return { image: at, evidence: [at] };
}

const app = (at = two, name = NAME): ReturnType<TestRegistry['content']['repository']> => at.content.repository(name);

function image(at: TestRegistry, text: string, tag?: string): Descriptor {
  holdBlob(at, NAME, Buffer.from('{}'));
  const config = holdBlob(at, NAME, Buffer.from(JSON.stringify({ text })), OCI_CONFIG);
  return hold(at, NAME, manifestBytes({ config, layers: [holdBlob(at, NAME, Buffer.from(`layer ${text}`))] }), tag);
}

function referrer(at: TestRegistry, subject: Descriptor, n: string, more: object = {}): Descriptor {
  holdBlob(at, NAME, Buffer.from('{}'));
  return hold(at, NAME, referrerBytes(subject, n, { layers: [holdBlob(at, NAME, Buffer.from(`evidence ${n}`))], ...more }));
}

function tagged(at: TestRegistry, subject: Digest, suffix: 'sig' | 'att', ...texts: readonly string[]): Descriptor {
  const config = holdBlob(at, NAME, Buffer.from(JSON.stringify({ texts })), OCI_CONFIG);
  const layers = texts.map((t) => ({ ...holdBlob(at, NAME, Buffer.from(t), 'text/plain'), annotations: { says: t } }));
  return hold(at, NAME, manifestBytes({ config, layers }), evidenceTag(subject, suffix));
}

/** The same content under its longer digest. */
function holdLong(at: TestRegistry, bytes: Buffer, mediaType = OCI_MANIFEST): Descriptor {
  const digest = digestOf(bytes, 'sha512');
  app(at).manifests.set(digest, { type: mediaType, body: bytes });
  return descriptorOf(mediaType, digest, bytes.length);
}

describe('nothing is said to be copied that is not there', () => {
  test.for(['registry', 'layout'] as const)('content named by SHA-512, to a %s', async (kind) => {
    const child = holdLong(one, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: EMPTY, layers: [] })));
    holdBlob(one, NAME, Buffer.from('{}'));
    const root = holdLong(one, indexBytes([child]), OCI_INDEX);
    const about = referrer(one, root, 'about the long one');
    const to = kind === 'registry' ? writable(two) : await openWritableLayout(join(folder, 'long'), { create: true });
    const report = await copy(root.digest, {}, to);
    expect(report.left).toEqual([]);
    for (const { digest } of [root, child, about]) expect((await to.manifest(digest))?.descriptor.digest, digest).toBe(digest);
    expect((await to.resolve('v1'))?.bytes).toEqual(indexBytes([child]));
    const { referrers } = await collectReferrers(to, root.digest);
    expect(referrers.map((r) => r.descriptor.digest)).toEqual([about.digest]);
  });

  test.for([
    ['the image', (d: Digest) => `PUT .*/manifests/${d}$`],
    ['its tag', () => 'PUT .*/manifests/v1$'],
  ] as const)('a registry that loses %s, and says that it has it', async ([, match]) => {
    const { digest } = image(one, 'a', 'v1');
    two.faults.add({ kind: 'lose', match: match(digest) });
    await expect(copy(digest)).rejects.toMatchObject({ code: 'write-conflict' });
    expect(app().tags.has('v1')).toBe(false);
  });

  test('one that loses a referrer which is then listed in the fallback tag', async () => {
    two.behaviour.referrers = false;
    const root = image(one, 'a', 'v1');
    const lost = referrer(one, root, '1');
    two.faults.add({ kind: 'lose', match: `PUT .*/manifests/${lost.digest}$` });
    await expect(copy(root.digest)).rejects.toMatchObject({ code: 'write-conflict' });
    expect(app().tags.has('v1')).toBe(false);
  });

  test('one that loses a referrer that it would list by itself', async () => {
    const root = image(one, 'a', 'v1');
    const lost = referrer(one, root, '1');
    two.faults.add({ kind: 'lose', match: `PUT .*/manifests/${lost.digest}$` });
    await expect(copy(root.digest)).rejects.toMatchObject({ code: 'write-conflict' });
    expect(app().tags.has('v1')).toBe(false);
  });

  test('one that loses a referrer, and lists something else by its digest: the list proves nothing then', async () => {
    const root = image(one, 'a', 'v1');
    const lost = referrer(one, root, '1');
    two.faults.add(
      { kind: 'lose', match: `PUT .*/manifests/${lost.digest}$` },
      {
        kind: 'substitute',
        match: '/referrers/',
        skip: 1,
        body: indexBytes([{ ...lost, size: lost.size + 1 }]).toString(),
        type: OCI_INDEX,
      },
    );
    await expect(copy(root.digest)).rejects.toMatchObject({ code: 'write-conflict', message: expect.stringContaining('does not have it') });
    expect(app().tags.has('v1')).toBe(false);
  });

  test('one that says that it stored another blob than was sent', async () => {
    const { digest } = image(one, 'a', 'v1');
    two.faults.add({
      kind: 'status',
      status: 201,
      match: '^PUT .*/blobs/uploads/',
      headers: { 'Docker-Content-Digest': `sha256:${'0'.repeat(64)}` },
    });
    await expect(copy(digest)).rejects.toMatchObject({ code: 'content-mismatch' });
    expect(app().tags.has('v1')).toBe(false);
  });

  test.for([
    ['the second page of the referrers API', (): void => one.faults.add({ kind: 'status', status: 404, match: '/referrers/.*page=1' })],
    [
      'the fallback tag of a child',
      (): void => one.faults.add({ kind: 'status', status: 500, match: 'GET .*/manifests/sha256-[0-9a-f]{64}$', skip: 1 }),
    ],
    [
      'a page that is no list',
      (): void => one.faults.add({ kind: 'substitute', match: '/referrers/.*page=1', body: '<html>log in</html>', type: 'text/html' }),
    ],
  ] as const)('a source that fails at %s', { timeout: 20_000 }, async ([, fail]) => {
    one.behaviour.pageSize = 1;
    const child = image(one, 'a');
    const root = hold(one, NAME, indexBytes([child]), 'v1');
    for (const subject of [child, root]) for (const n of ['1', '2', '3']) referrer(one, subject, n);
    fail();
    await expect(copy(root.digest)).rejects.toMatchObject({ name: 'AssayError' });
    expect(app().tags.has('v1')).toBe(false);
  });

  test('evidence of the images in evidence', async () => {
    const root = image(one, 'a', 'v1');
    const inner = image(one, 'report');
    const evidence = hold(one, NAME, indexBytes([inner], { subject: formatDescriptor(root), artifactType: 'text/reports' }));
    const about = referrer(one, inner, 'about a part of evidence');
    const sig = tagged(one, inner.digest, 'sig', 'signature of a part');
    const report = await copy(root.digest);
    for (const { digest } of [evidence, inner, about, sig]) expect(app().manifests.has(digest), digest).toBe(true);
    expect(report.pieces.map((p) => p.digest).sort()).toEqual([evidence.digest, about.digest, sig.digest].sort());
  });

  test('a layer that may not be redistributed, when it is the destination that knows no such place', async () => {
    const layer = {
      ...holdBlob(one, NAME, Buffer.from('here'), 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'),
      urls: ['https://x'],
    };
    holdBlob(one, NAME, Buffer.from('{}'));
    const root = hold(one, NAME, manifestBytes({ layers: [layer] }), 'v1');
    two.faults.add({ kind: 'status', status: 404, match: `^PUT .*digest=${encodeURIComponent(layer.digest)}` });
    await expect(copy(root.digest)).rejects.toMatchObject({ code: 'registry-error' });
    expect(app().tags.has('v1')).toBe(false);
    two.faults.clear();
    expect((await copy(root.digest)).blobs).toMatchObject({ foreign: 0 });
    const gone = hold(one, NAME, manifestBytes({ layers: [{ ...layer, digest: digestOf(Buffer.from('elsewhere')) }] }));
    expect((await copy(gone.digest, { force: true })).blobs).toMatchObject({ foreign: 1 });
  });

  test('listed twice, by the API and by the tag with other annotations', async () => {
    const root = image(one, 'a', 'v1');
    const mine = referrer(one, root, '1');
    const other = { ...mine, annotations: new Map([['n', 'another']]) };
    hold(one, NAME, indexBytes([other, other]), fallbackTag(root.digest));
    two.behaviour.referrers = false;
    await copy(root.digest);
    const { referrers } = await collectReferrers(writable(two), root.digest);
    expect(referrers.map((r) => r.descriptor.digest)).toEqual([mine.digest]);
  });
});

describe('what the destination has is kept', () => {
  test('a manifest of attestations that is merged is there by its own digest as well: others sign that', async () => {
    const root = image(one, 'a', 'v1');
    const att = tagged(one, root.digest, 'att', 'from the source');
    const about = tagged(one, att.digest, 'sig', 'signature of the attestations');
    tagged(two, root.digest, 'att', 'at the destination');
    await copy(root.digest);
    expect(app().manifests.has(att.digest)).toBe(true);
    expect(app().tags.get(evidenceTag(att.digest, 'sig') ?? '')).toBe(about.digest);
    const now = app().manifests.get(app().tags.get(evidenceTag(root.digest, 'att') ?? '') ?? '');
    expect(parseManifest(now?.body ?? Buffer.alloc(0))).toMatchObject({
      layers: [{ annotations: new Map([['says', 'at the destination']]) }, { annotations: new Map([['says', 'from the source']]) }],
    });
  });

  test.for([
    ['an index', OCI_INDEX, { manifests: [] }],
    ['an artifact manifest', OCI_ARTIFACT_MANIFEST, { blobs: [] }],
  ] as const)('%s in the place of signatures, here or there, is left where it is, and said', async ([, mediaType, members]) => {
    const root = image(one, 'a', 'v1');
    const tag = evidenceTag(root.digest, 'sig') ?? '';
    const odd = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...members }));
    const here = hold(one, NAME, odd, tag);
    const mine = tagged(two, root.digest, 'sig', 'good');
    expect((await copy(root.digest)).left).toMatchObject([{ digest: here.digest, error: { code: 'manifest-invalid' } }]);
    expect(app().tags.get(tag)).toBe(mine.digest);

    const good = tagged(one, root.digest, 'sig', 'good');
    const there = hold(two, NAME, odd, tag);
    expect((await copy(root.digest)).left).toMatchObject([{ digest: good.digest, error: { code: 'manifest-invalid' } }]);
    expect(app().tags.get(tag)).toBe(there.digest);
    expect(app().tags.get('v1')).toBe(root.digest);
  });

  test('two copies of different evidence at once, without the referrers API', { timeout: 20_000 }, async () => {
    two.behaviour.referrers = false;
    const root = image(one, 'a', 'v1');
    const other = await startRegistry();
    open.push(() => other.close());
    image(other, 'a', 'v1');
    const all = [one, other].flatMap((at) => [1, 2, 3].map((n) => referrer(at, root, `${at.host} ${n}`)));
    for (const at of [one, other]) tagged(at, root.digest, 'sig', `signed at ${at.host}`);
    const reports = await Promise.all(
      [one, other].map((at) => {
        const place = { store: writable(at) };
        const { client, repository } = opened(two);
        open.push(() => client.close());
        return copy(root.digest, {}, registryWritableStore(repository, { settleMs: 150 }), { image: place, evidence: [place] });
      }),
    );
    expect(reports.flatMap((r) => r.left)).toEqual([]);
    const { referrers } = await collectReferrers(writable(two), root.digest);
    expect(referrers.map((r) => r.descriptor.digest).sort()).toEqual(all.map((d) => d.digest).sort());
    const sig = app().manifests.get(app().tags.get(evidenceTag(root.digest, 'sig') ?? '') ?? '');
    expect(parseManifest(sig?.body ?? Buffer.alloc(0))).toMatchObject({ layers: [{}, {}] });
  });

  test('a list of referrers that is larger than a manifest may be stays a list', { timeout: 20_000 }, async () => {
    two.behaviour.referrers = false;
    const root = image(one, 'a', 'v1');
    const mine = referrer(one, root, '1');
    const { annotations: _, ...entry } = referrer(two, root, 'other');
    const many = Array.from({ length: 5000 }, (_none, n) => ({
      ...entry,
      digest: digestOf(Buffer.from(String(n))),
      annotations: new Map([['about', 'x'.repeat(900)]]),
    }));
    hold(two, NAME, indexBytes(many), fallbackTag(root.digest));
    await copy(root.digest);
    const held = app().manifests.get(app().tags.get(fallbackTag(root.digest)) ?? '');
    expect(held?.type).toBe(OCI_INDEX);
    expect((JSON.parse(held?.body.toString() ?? '') as { manifests: unknown[] }).manifests).toHaveLength(5001);
    expect(held?.body.toString()).toContain(mine.digest);
  });

  test('an artifact manifest in the place of signatures is not signed over', async () => {
    const root = image(two, 'a', 'v1');
    const tag = evidenceTag(root.digest, 'sig') ?? '';
    const odd = hold(two, NAME, Buffer.from(JSON.stringify({ mediaType: OCI_ARTIFACT_MANIFEST, blobs: [EMPTY] })), tag);
    const layer = { mediaType: 'text/plain', content: Buffer.from('signed'), annotations: new Map<string, string>() };
    await expect(appendLayer(writable(two), { subject: root.digest, suffix: 'sig', layer })).rejects.toMatchObject({
      code: 'manifest-invalid',
    });
    expect(app().tags.get(tag)).toBe(odd.digest);
  });

  test('onto itself', async () => {
    const root = image(one, 'a', 'v1');
    const mine = referrer(one, root, '1');
    tagged(one, root.digest, 'sig', 'good');
    const before = JSON.stringify([...app(one).tags]);
    const report = await copy(root.digest, {}, writable(one));
    expect(report).toMatchObject({ manifests: { copied: 0 }, blobs: { sent: 0 }, left: [] });
    expect(report.pieces.map((p) => p.digest)).toContain(mine.digest);
    expect(JSON.stringify([...app(one).tags])).toBe(before);
  });
});

describe('evidence that somebody made to be in the way is left and named; everything else is copied', () => {
  /** What is bad about one piece. */
  const BAD: readonly (readonly [string, (root: Descriptor) => Descriptor])[] = [
    [
      'a layer that is longer than it says',
      (root) => referrer(one, root, 'bad', { layers: [{ ...holdBlob(one, NAME, Buffer.from('long')), size: 1 }] }),
    ],
    [
      'a layer that is shorter than it says',
      (root) => referrer(one, root, 'bad', { layers: [{ ...holdBlob(one, NAME, Buffer.from('short')), size: 1000 }] }),
    ],
    [
      'a layer beyond every bound',
      (root) => referrer(one, root, 'bad', { layers: [{ ...holdBlob(one, NAME, Buffer.from('huge')), size: Number.MAX_SAFE_INTEGER }] }),
    ],
    ['more layers than a manifest may have', (root) => referrer(one, root, 'bad', { layers: Array.from({ length: 5000 }, () => EMPTY) })],
    [
      'indexes in indexes',
      (root) => {
        let at = image(one, 'inner');
        for (let n = 0; n < 12; n++) at = hold(one, NAME, indexBytes([at], { annotations: { n: String(n) } }));
        return hold(one, NAME, indexBytes([at], { subject: formatDescriptor(root) }));
      },
    ],
  ];

  test.for(BAD)('%s', { timeout: 20_000 }, async ([, make]) => {
    const root = image(one, 'a', 'v1');
    const good = [referrer(one, root, 'good'), tagged(one, root.digest, 'sig', 'good')];
    const bad = make(root);
    const report = await copy(root.digest);
    expect(report.left.map((l) => l.digest)).toEqual([bad.digest]);
    for (const { digest } of good) expect(app().manifests.has(digest)).toBe(true);
    expect(app().manifests.has(bad.digest)).toBe(false);
    expect(app().tags.get('v1')).toBe(root.digest);
  });

  test('what the destination takes from nobody', async () => {
    const root = image(one, 'a', 'v1');
    const old = Buffer.from(
      JSON.stringify({ mediaType: OCI_ARTIFACT_MANIFEST, artifactType: 'text/x', blobs: [], subject: formatDescriptor(root) }),
    );
    const bad = hold(one, NAME, old);
    const good = referrer(one, root, 'good');
    two.faults.add({ kind: 'status', status: 415, match: `PUT .*/manifests/${bad.digest}` });
    const report = await copy(root.digest);
    expect(report.left).toMatchObject([{ digest: bad.digest, error: { code: 'registry-error' } }]);
    expect(app().manifests.has(good.digest)).toBe(true);
  });

  test('an index that names one index a thousand times, and so on, is read once', { timeout: 20_000 }, async () => {
    const root = image(one, 'a', 'v1');
    let at = image(one, 'inner');
    for (let n = 0; n < 3; n++) at = hold(one, NAME, indexBytes(Array.from({ length: 1000 }, () => at)));
    hold(one, NAME, indexBytes([at], { subject: formatDescriptor(root) }));
    await copy(root.digest);
    expect(one.log.length + two.log.length).toBeLessThan(150);
  });
});

describe('between repositories of one registry', () => {
  test.for([400, 403, 404, 405])('that answers %i to being asked to mount: what it takes is sent', async (status) => {
    const root = image(one, 'a', 'v1');
    one.faults.add({ kind: 'status', status, match: 'mount=' });
    const report = await copy(root.digest, {}, writable(one, 'mirror/app'), source(NAME));
    expect(report.blobs).toMatchObject({ sent: 2, mounted: 0 });
    expect(app(one, 'mirror/app').tags.get('v1')).toBe(root.digest);
  });
});

describe('an upload', () => {
  test.for([
    ['another host', (to: string) => to.replace('127.0.0.1', 'localhost'), 'registry-protocol'],
    [
      'a host that looks like it',
      (to: string) => to.replace('http://', 'http://127.0.0.1@').replace(/@127.0.0.1/, '@localhost'),
      'registry-protocol',
    ],
    ['no address', () => 'http://[', 'registry-protocol'],
  ] as const)('that is sent to %s goes nowhere', async ([, place, code]) => {
    const root = image(one, 'a', 'v1');
    const host = `http://${one.host}/v2/${NAME}/blobs/uploads/1`;
    two.faults.add({ kind: 'status', status: 202, match: '^POST .*/blobs/uploads/', headers: { location: place(host) } });
    const asked = one.log.length;
    await expect(copy(root.digest)).rejects.toMatchObject({ code });
    expect(one.log.slice(asked).every((e) => e.method === 'GET' || e.method === 'HEAD')).toBe(true);
    expect(app().tags.has('v1')).toBe(false);
  });

  test.for(['307', '302'])('that is redirected (%s) sends nothing there', async (status) => {
    const root = image(one, 'a', 'v1');
    two.faults.add({ kind: 'redirect', status: Number(status), match: '^(?:PUT|POST) .*/blobs/uploads/' });
    await expect(copy(root.digest)).rejects.toMatchObject({ code: 'redirect-refused' });
    expect(two.log.filter((e) => e.origin === 'other')).toEqual([]);
  });
});
