import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type CopyFrom, copyImage, type StreamedStore } from '../../src/oci/copy/index.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { openWritableLayout } from '../../src/oci/layout/index.ts';
import { OCI_CONFIG } from '../../src/oci/media-types.ts';
import { collectReferrers } from '../../src/oci/referrers-of.ts';
import { registryWritableStore } from '../../src/oci/registry/writable-store.ts';
import { evidenceTag } from '../../src/oci/tags.ts';
import type { WritableStore } from '../../src/oci/writable-store.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, holdBlob, indexBytes, manifestBytes, opened, referrerBytes } from './images.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-copy-'));
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function registry(options: Parameters<typeof startRegistry>[0] = {}): Promise<TestRegistry> {
  const started = await startRegistry(options);
  open.push(() => started.close());
  return started;
}

function writable(at: TestRegistry, name: string): WritableStore {
  const { client, repository } = opened(at, name);
  open.push(() => client.close());
  return registryWritableStore(repository, { settleMs: 5 });
}

function from(store: StreamedStore, ...more: StreamedStore[]): CopyFrom {
  return { image: { store }, evidence: [store, ...more].map((s) => ({ store: s })) };
}

function holdImage(at: TestRegistry, name: string, text: string, tag?: string): Descriptor {
  holdBlob(at, name, Buffer.from('{}'));
  const config = holdBlob(at, name, Buffer.from(JSON.stringify({ architecture: text })), OCI_CONFIG);
  const layer = holdBlob(at, name, Buffer.from(`layer of ${text}`), 'application/vnd.oci.image.layer.v1.tar');
  return hold(at, name, manifestBytes({ config, layers: [layer] }), tag);
}

function holdReferrer(at: TestRegistry, name: string, subject: Descriptor, n: string): Descriptor {
  holdBlob(at, name, Buffer.from('{}'));
  const layer = holdBlob(at, name, Buffer.from(`evidence ${n}`), 'text/plain');
  return hold(at, name, referrerBytes(subject, n, { layers: [layer] }));
}

function holdTag(at: TestRegistry, name: string, subject: Digest, suffix: 'sig' | 'att' | 'sbom', ...texts: string[]): Descriptor {
  const config = holdBlob(at, name, Buffer.from(JSON.stringify({ rootfs: texts })), OCI_CONFIG);
  const layers = texts.map((t) => holdBlob(at, name, Buffer.from(t), 'application/vnd.dev.cosign.simplesigning.v1+json'));
  return hold(at, name, manifestBytes({ config, layers }), evidenceTag(subject, suffix));
}

/** An index of two images, with evidence of every kind on each, and evidence about that. */
function holdEverything(at: TestRegistry, name: string): { root: Descriptor; children: Descriptor[]; evidence: Descriptor[] } {
  const children = ['amd64', 'arm64'].map((a) => holdImage(at, name, a));
  const platforms = children.map((c, i) => ({ ...c, platform: { os: 'linux', architecture: ['amd64', 'arm64'][i] ?? '' } }));
  const root = hold(at, name, indexBytes(platforms), 'v1');
  const evidence: Descriptor[] = [];
  for (const [i, subject] of [root, ...children].entries()) {
    const referrer = holdReferrer(at, name, subject, `on ${i}`);
    const sig = holdTag(at, name, subject.digest, 'sig', `signature ${i}`, `second signature ${i}`);
    evidence.push(
      referrer,
      sig,
      holdReferrer(at, name, referrer, `about evidence ${i}`),
      holdReferrer(at, name, sig, `about signature ${i}`),
      holdTag(at, name, referrer.digest, 'att', `attestation of evidence ${i}`),
    );
  }
  evidence.push(holdTag(at, name, root.digest, 'sbom', 'sbom'));
  return { root, children, evidence };
}

async function expectEverything(to: WritableStore, { root, children, evidence }: ReturnType<typeof holdEverything>): Promise<void> {
  expect((await to.resolve('v1'))?.descriptor.digest).toBe(root.digest);
  for (const d of [root, ...children, ...evidence]) expect((await to.manifest(d.digest))?.descriptor.digest).toBe(d.digest);
  for (const subject of [root, ...children]) {
    const { referrers, errors } = await collectReferrers(to, subject.digest);
    expect(errors).toEqual([]);
    expect(referrers).toHaveLength(1);
    expect(await to.attached(subject.digest, 'sig')).toHaveLength(1);
    const [referrer] = referrers;
    if (referrer === undefined) throw new Error('no referrer');
    expect((await collectReferrers(to, referrer.descriptor.digest)).referrers).toHaveLength(1);
    expect(await to.attached(referrer.descriptor.digest, 'att')).toHaveLength(1);
  }
  expect(await to.attached(root.digest, 'sbom')).toHaveLength(1);
}

describe('an image with all its evidence', () => {
  test.for([
    ['with the API', true, 'with the API', true],
    ['with the API', true, 'without', false],
    ['without', false, 'with the API', true],
    ['without', false, 'without', false],
  ] as const)('from a registry %s to one %s', async ([, a, , b]) => {
    const [one, two] = [await registry(), await registry({ referrers: b })];
    const all = holdEverything(one, 'team/app');
    const source = writable(one, 'team/app');
    const middle = a ? source : await throughFallback(source, all.root.digest);
    const to = writable(two, 'other/app');
    const report = await copyImage(from(middle), to, all.root.digest, { tag: 'v1' });
    expect(report.left).toEqual([]);
    await expectEverything(to, all);
    expect(report.pieces).toHaveLength(16);
    // Again: nothing is sent.
    const again = await copyImage(from(middle), to, all.root.digest, { tag: 'v1' });
    expect(again).toMatchObject({ bytes: 0, manifests: { copied: 0 }, blobs: { sent: 0 } });
    expect(new Set(again.pieces.map((p) => p.state))).toEqual(new Set(['there']));
  });

  async function throughFallback(source: WritableStore, digest: Digest): Promise<WritableStore> {
    const old = writable(await registry({ referrers: false }), 'middle/app');
    await copyImage(from(source), old, digest, { tag: 'v1' });
    return old;
  }

  test('into a layout and out of it', async () => {
    const [one, two] = [await registry(), await registry()];
    const all = holdEverything(one, 'team/app');
    const path = join(folder, 'layout');
    const layout = await openWritableLayout(path, { create: true });
    await copyImage(from(writable(one, 'team/app')), layout, all.root.digest, { tag: 'v1' });
    await expectEverything(layout, all);
    const to = writable(two, 'other/app');
    await copyImage(from(await openWritableLayout(path)), to, all.root.digest, { tag: 'v1' });
    await expectEverything(to, all);
  });

  test('inside one registry blobs are mounted', async () => {
    const one = await registry();
    const all = holdEverything(one, 'team/app');
    const to = writable(one, 'other/app');
    const store = writable(one, 'team/app');
    const source = { store, mountFrom: 'team/app' };
    const report = await copyImage({ image: source, evidence: [source] }, to, all.root.digest, { tag: 'v1' });
    expect(report.blobs.sent).toBe(0);
    expect(report.blobs.mounted).toBeGreaterThan(5);
    await expectEverything(to, all);
  });
});
