import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  collectReferrers,
  type Digest,
  descriptorOf,
  digestOf,
  hexOf,
  type LayoutContent,
  type LayoutStore,
  layoutFilesOf,
  layoutImages,
  onlyImage,
  openLayout,
  openStore,
  packTar,
  parseDigest,
  parseReference,
  resolveImage,
  writeLayout,
} from '../../src/oci/index.ts';
import { OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { indexBytes, manifestBytes, referrerBytes } from './images.ts';

const VECTORS = resolve(import.meta.dirname, '../../../shared/vectors');
const EMPTY = Buffer.from('{}');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-layout-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function opened(kind: 'layout' | 'archive', path: string): Promise<LayoutStore> {
  return openLayout(kind, path);
}

/** The same content as a folder and as an archive. */
async function both(content: LayoutContent): Promise<readonly LayoutStore[]> {
  await writeLayout(join(folder, 'dir'), content);
  await writeFile(join(folder, 'file.tar'), packTar(layoutFilesOf(content)));
  return [await opened('layout', join(folder, 'dir')), await opened('archive', join(folder, 'file.tar'))];
}

const IMAGE = manifestBytes();
const SUBJECT = descriptorOf(OCI_MANIFEST, digestOf(IMAGE), IMAGE.length);
const SIGNATURE = referrerBytes(SUBJECT, 1);

function named(kind: string): ReadonlyMap<string, string> {
  return new Map([['kind', `dev.cosignproject.cosign/${kind}`]]);
}

describe('a layout as a folder and as an archive', () => {
  test('gives manifests by tag and digest, and blobs', async () => {
    for (const store of await both({ entries: [{ bytes: IMAGE, tag: 'v1' }], blobs: [EMPTY] })) {
      expect(await store.resolve('v1')).toMatchObject({ descriptor: SUBJECT, bytes: IMAGE });
      expect(await store.resolve('v2')).toBeUndefined();
      expect((await store.manifest(SUBJECT.digest))?.descriptor.mediaType).toBe(OCI_MANIFEST);
      expect(await store.manifest(digestOf(Buffer.from('x')))).toBeUndefined();
      expect(Buffer.from(await store.read(descriptorOf('a/b', digestOf(EMPTY), 2)))).toEqual(EMPTY);
      await expect(store.read(descriptorOf('a/b', digestOf(Buffer.from('x')), 1))).rejects.toMatchObject({ code: 'not-found' });
      await expect(store.read(descriptorOf('a/b', digestOf(EMPTY), 1))).rejects.toMatchObject({ code: 'content-mismatch' });
      await expect(store.read(descriptorOf('a/b', digestOf(EMPTY), 3))).rejects.toMatchObject({ code: 'content-truncated' });
      expect(await store.blob(digestOf(EMPTY))).toEqual(EMPTY);
      expect(await store.blob(digestOf(Buffer.from('x')))).toBeUndefined();
      await expect(store.blob(digestOf(EMPTY), { maxBytes: 1 })).rejects.toMatchObject({ code: 'limit' });
      await expect(store.read(descriptorOf('a/b', digestOf(EMPTY), 2), { maxBytes: 1 })).rejects.toMatchObject({ code: 'limit' });
    }
  });

  test('finds referrers in what it lists and in the indexes in that, and under the fallback tag', async () => {
    const nested = referrerBytes(SUBJECT, 'nested');
    const tagged = referrerBytes(SUBJECT, 'tagged');
    const of = (bytes: Buffer): ReturnType<typeof descriptorOf> => descriptorOf(OCI_MANIFEST, digestOf(bytes), bytes.length);
    const content: LayoutContent = {
      entries: [
        { bytes: IMAGE, tag: 'v1' },
        { bytes: SIGNATURE },
        { bytes: indexBytes([of(nested), { ...of(Buffer.from('absent')), platform: { os: 'linux', architecture: 's390x' } }]), tag: 'all' },
        { bytes: indexBytes([of(tagged)]), tag: `sha256-${hexOf(SUBJECT.digest)}` },
      ],
      blobs: [nested, tagged, EMPTY],
    };
    for (const store of await both(content)) {
      const read = await collectReferrers(store, SUBJECT.digest);
      expect(read).toMatchObject({ api: 'answered', fallback: 'answered', errors: [] });
      expect(new Set(read.referrers.map((r) => r.descriptor.digest))).toEqual(new Set([SIGNATURE, nested, tagged].map((b) => digestOf(b))));
      expect(read.referrers.find((r) => r.found === 'referrers')?.descriptor).toMatchObject({
        artifactType: 'application/vnd.example.signature',
      });
      expect((await onlyImages(store)).length).toBe(2);
    }
  });

  test('gives what cosign saved to the image before it', async () => {
    const other = manifestBytes({ annotations: { other: 'image' } });
    const sig = (n: number): Buffer => manifestBytes({ annotations: { sig: `${n}` } });
    const content: LayoutContent = {
      entries: [
        { bytes: IMAGE, annotations: named('image') },
        { bytes: sig(1), annotations: named('sigs') },
        { bytes: SIGNATURE },
        { bytes: sig(2), annotations: named('atts') },
        { bytes: other, annotations: named('imageIndex') },
        { bytes: sig(3), annotations: named('sigs') },
        { bytes: sig(4), tag: `sha256-${hexOf(SUBJECT.digest)}.sig` },
      ],
      blobs: [EMPTY],
    };
    for (const store of await both(content)) {
      const digests = async (d: Digest, s: 'sig' | 'att' | 'sbom'): Promise<readonly string[]> =>
        (await store.attached(d, s)).map((m) => m.descriptor.digest);
      expect(await digests(SUBJECT.digest, 'sig')).toEqual([digestOf(sig(4)), digestOf(sig(1))]);
      expect(await digests(SUBJECT.digest, 'att')).toEqual([digestOf(sig(2))]);
      expect(await digests(SUBJECT.digest, 'sbom')).toEqual([]);
      expect(await digests(digestOf(other), 'sig')).toEqual([digestOf(sig(3))]);
      expect((await layoutImages(store)).map((e) => e.digest)).toEqual([SUBJECT.digest, digestOf(other)]);
    }
  });

  test('has one image, or has to be asked by name', async () => {
    const evidence = { bytes: manifestBytes({ annotations: { a: 'sig' } }), tag: `sha256-${hexOf(SUBJECT.digest)}.sig` };
    const [one] = await both({
      entries: [{ bytes: IMAGE, tag: 'v1' }, { bytes: IMAGE, tag: 'v2' }, { bytes: SIGNATURE }, evidence],
      blobs: [],
    });
    if (one === undefined) throw new Error('no store');
    expect((await onlyImage(one)).descriptor.digest).toBe(SUBJECT.digest);
    expect((await resolveImage(one, parseReference(`oci:${folder}/dir`))).manifest.descriptor.digest).toBe(SUBJECT.digest);
    const two = manifestBytes({ annotations: { second: 'image' } });
    await writeLayout(join(folder, 'two'), { entries: [{ bytes: IMAGE, tag: 'v1' }, { bytes: two }], blobs: [] });
    await expect(onlyImage(await opened('layout', join(folder, 'two')))).rejects.toMatchObject({
      code: 'reference-ambiguous',
      hint: expect.stringContaining('v1'),
    });
    await writeLayout(join(folder, 'none'), { entries: [{ bytes: SIGNATURE }], blobs: [] });
    await expect(onlyImage(await opened('layout', join(folder, 'none')))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is opened by its reference, and by digest and tag', async () => {
    await both({
      entries: [
        { bytes: IMAGE, tag: 'v1' },
        { bytes: SIGNATURE, tag: 'moved' },
      ],
      blobs: [EMPTY],
    });
    for (const place of [`oci:${folder}/dir`, `oci-archive:${folder}/file.tar`]) {
      const reference = parseReference(`${place}:moved@${SUBJECT.digest}`);
      const store = await openStore(reference);
      expect(await resolveImage(store, reference)).toMatchObject({ manifest: { descriptor: SUBJECT }, warnings: [{ code: 'tag-moved' }] });
      expect((await resolveImage(store, parseReference(`${place}:v1`))).warnings).toEqual([]);
      await expect(resolveImage(store, parseReference(`${place}:v9`))).rejects.toMatchObject({ code: 'not-found' });
    }
  });
});

async function onlyImages(store: LayoutStore): Promise<readonly string[]> {
  return (await layoutImages(store)).map((e) => e.digest);
}

describe('a layout that is not what it should be', () => {
  const good: LayoutContent = { entries: [{ bytes: IMAGE, tag: 'v1' }], blobs: [EMPTY] };

  test.each<readonly [string, string, string | undefined, string]>([
    ['no marker', 'oci-layout', undefined, 'layout-invalid'],
    ['a marker of another version', 'oci-layout', '{"imageLayoutVersion":"2.0.0"}', 'layout-invalid'],
    ['a broken marker', 'oci-layout', 'null', 'layout-invalid'],
    ['no index', 'index.json', undefined, 'layout-invalid'],
    ['a broken index', 'index.json', '{', 'layout-invalid'],
    ['a manifest in the place of the index', 'index.json', IMAGE.toString(), 'layout-invalid'],
    ['an index with a broken entry', 'index.json', '{"schemaVersion":2,"manifests":[{"digest":"../../etc/passwd"}]}', 'layout-invalid'],
    ['an index that is too large', 'index.json', ' '.repeat((4 << 20) + 1), 'limit'],
  ])('with %s', async (_, name, text, code) => {
    const files = new Map(layoutFilesOf(good));
    files.delete(name);
    if (text !== undefined) files.set(name, Buffer.from(text));
    await writeFile(join(folder, 'x.tar'), packTar(files));
    await expect(openLayout('archive', join(folder, 'x.tar'))).rejects.toMatchObject({ code });
    await writeLayout(join(folder, 'x'), good);
    await rm(join(folder, 'x', name));
    if (text !== undefined) await writeFile(join(folder, 'x', name), text);
    await expect(openLayout('layout', join(folder, 'x'))).rejects.toMatchObject({ code });
  });

  test('that is not there, or is no folder, no file, no archive', async () => {
    await expect(openLayout('layout', join(folder, 'missing'))).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(openLayout('archive', join(folder, 'missing'))).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(openLayout('archive', folder)).rejects.toMatchObject({ code: 'file-unreadable' });
    await writeFile(join(folder, 'text'), 'x'.repeat(1024));
    await expect(openLayout('layout', join(folder, 'text'))).rejects.toMatchObject({ code: 'layout-invalid' });
    await expect(openLayout('archive', join(folder, 'text'))).rejects.toMatchObject({ code: 'layout-invalid' });
    await writeFile(join(folder, 'empty'), '');
    await expect(openLayout('archive', join(folder, 'empty'))).rejects.toMatchObject({ code: 'layout-invalid' });
    await writeFile(join(folder, 'gz'), Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(1022)]));
    await expect(openLayout('archive', join(folder, 'gz'))).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('with other bytes under a digest, or none, says so', async () => {
    await writeLayout(join(folder, 'x'), { entries: [{ bytes: IMAGE, tag: 'v1' }, { bytes: SIGNATURE }], blobs: [EMPTY] });
    const store = await opened('layout', join(folder, 'x'));
    const blob = (d: Digest): string => join(folder, 'x/blobs/sha256', hexOf(d));
    await writeFile(blob(SUBJECT.digest), manifestBytes({ annotations: { forged: 'yes' } }));
    await expect(store.resolve('v1')).rejects.toMatchObject({ code: 'content-mismatch' });
    await writeFile(blob(digestOf(EMPTY)), '[]');
    await expect(store.read(descriptorOf('a/b', digestOf(EMPTY), 2))).rejects.toMatchObject({ code: 'content-mismatch' });
    await writeFile(blob(SUBJECT.digest), IMAGE);
    await rm(blob(digestOf(SIGNATURE)));
    expect(await collectReferrers(store, SUBJECT.digest)).toMatchObject({
      api: 'failed',
      fallback: 'answered',
      errors: [{ code: 'layout-invalid' }],
    });
  });

  test('with a broken manifest in the list does not hide what that may be', async () => {
    const broken = Buffer.from('{"schemaVersion":2,"subject":');
    await writeLayout(join(folder, 'x'), {
      entries: [
        { bytes: IMAGE, tag: 'v1' },
        { bytes: broken, mediaType: OCI_MANIFEST },
      ],
      blobs: [],
    });
    const store = await opened('layout', join(folder, 'x'));
    expect(await collectReferrers(store, SUBJECT.digest)).toMatchObject({ api: 'failed', errors: [{ code: 'manifest-invalid' }] });
  });

  test('with one name for two images', async () => {
    const other = manifestBytes({ annotations: { other: 'image' } });
    await writeLayout(join(folder, 'x'), {
      entries: [
        { bytes: IMAGE, tag: 'v1' },
        { bytes: other, tag: 'v1' },
      ],
      blobs: [],
    });
    await expect((await opened('layout', join(folder, 'x'))).resolve('v1')).rejects.toMatchObject({ code: 'layout-invalid' });
  });

  test('with links that lead out of it, pipes, and folders in the place of files', async () => {
    const secret = Buffer.from('outside of the layout');
    await writeFile(join(folder, 'secret'), secret);
    await writeLayout(join(folder, 'x'), good);
    const blobs = join(folder, 'x/blobs/sha256');
    await symlink(join(folder, 'secret'), join(blobs, hexOf(digestOf(secret))));
    const store = await opened('layout', join(folder, 'x'));
    await expect(store.read(descriptorOf('a/b', digestOf(secret), secret.length))).rejects.toMatchObject({ code: 'layout-invalid' });
    const pipe = digestOf(Buffer.from('pipe'));
    execFileSync('mkfifo', [join(blobs, hexOf(pipe))]);
    await expect(store.read(descriptorOf('a/b', pipe, 4))).rejects.toMatchObject({ code: 'layout-invalid' });
    const dir = digestOf(Buffer.from('dir'));
    await mkdir(join(blobs, hexOf(dir)));
    await expect(store.read(descriptorOf('a/b', dir, 3))).rejects.toMatchObject({ code: 'layout-invalid' });
    // The whole folder of blobs, moved away and linked.
    await rename(join(folder, 'x/blobs'), join(folder, 'blobs-elsewhere'));
    await symlink(join(folder, 'blobs-elsewhere'), join(folder, 'x/blobs'));
    await expect(store.resolve('v1')).rejects.toMatchObject({ code: 'layout-invalid' });
  });

  test('a link inside of it is fine', async () => {
    await writeLayout(join(folder, 'x'), good);
    await rename(join(folder, 'x/index.json'), join(folder, 'x/real.json'));
    await symlink('real.json', join(folder, 'x/index.json'));
    expect(await (await opened('layout', join(folder, 'x'))).resolve('v1')).toBeDefined();
  });

  test('an archive that breaks off, holds a name twice, or has links', async () => {
    const whole = packTar(layoutFilesOf(good));
    await writeFile(join(folder, 'cut.tar'), whole.subarray(0, 512 + 20));
    await expect(openLayout('archive', join(folder, 'cut.tar'))).rejects.toMatchObject({ code: 'layout-invalid' });
    const twice = Buffer.concat([
      packTar(new Map([['index.json', Buffer.from('{"schemaVersion":2,"manifests":[]}')]])).subarray(0, 1024),
      whole,
    ]);
    await writeFile(join(folder, 'twice.tar'), twice);
    await expect(openLayout('archive', join(folder, 'twice.tar'))).rejects.toMatchObject({ code: 'layout-invalid' });
  });
});

describe('archives that others made', () => {
  test.each(['--format=gnu', '--format=ustar', '--format=pax', '--format=v7'])('tar %s', async (format) => {
    await writeLayout(join(folder, 'dir'), { entries: [{ bytes: IMAGE, tag: 'v1' }], blobs: [EMPTY] });
    execFileSync('tar', [format, '-C', join(folder, 'dir'), '-cf', join(folder, 'x.tar'), '.']);
    const store = await opened('archive', join(folder, 'x.tar'));
    expect((await store.resolve('v1'))?.descriptor).toEqual(SUBJECT);
    expect((await store.read(descriptorOf('a/b', digestOf(EMPTY), 2))).length).toBe(2);
  });
});

describe.skipIf(!existsSync(VECTORS))('real layouts', () => {
  test.each(['v1.4.0', 'v2.1.0'])('slsa %s, as cosign save wrote it', async (version) => {
    const path = join(VECTORS, 'slsa', version, 'container_workflow_dispatch');
    const store = await opened('layout', path);
    const image = await onlyImage(store);
    const digests = await Promise.all(
      (await readdir(join(path, '..'))).filter((f) => f.endsWith('.digest')).map((f) => readFile(join(path, '..', f), 'utf8')),
    );
    if (digests.length > 0) expect(digests.map((d) => d.trim())).toContain(image.descriptor.digest);
    const [attestation] = await store.attached(image.descriptor.digest, 'att');
    expect(attestation?.bytes.length).toBeGreaterThan(1000);
    expect(await store.attached(image.descriptor.digest, 'sig')).toEqual([]);
    expect(await collectReferrers(store, image.descriptor.digest)).toEqual({
      api: 'answered',
      fallback: 'answered',
      errors: [],
      referrers: [],
    });
  });

  test.each([
    ['e2e', 0],
    ['e2e-valid-signature', 1],
    ['e2e-expired-signature', 1],
    ['e2e-with-timestamped-signature', 1],
  ])('notation %s has %i signatures', async (name, count) => {
    const store = await opened('layout', join(VECTORS, 'notation/oci-layout', name));
    const image = await onlyImage(store);
    expect((await store.resolve('v1'))?.descriptor.digest).toBe(image.descriptor.digest);
    const read = await collectReferrers(store, parseDigest(image.descriptor.digest));
    expect(read).toMatchObject({ api: 'answered', fallback: 'answered', errors: [] });
    expect(read.referrers).toHaveLength(count);
    for (const r of read.referrers) expect(r.descriptor.artifactType).toBe('application/vnd.cncf.notary.signature');
  });
});
