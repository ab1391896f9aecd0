import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Descriptor, descriptorOf } from '../../src/oci/descriptor.ts';
import { type Digest, parseDigest } from '../../src/oci/digest.ts';
import { openLayout, openWritableLayout } from '../../src/oci/layout/index.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { OCI_CONFIG } from '../../src/oci/media-types.ts';
import { collectReferrers } from '../../src/oci/referrers-of.ts';
import type { Store } from '../../src/oci/store.ts';
import { evidenceTag } from '../../src/oci/tags.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, holdBlob, indexBytes, manifestBytes, opened, referrerBytes } from '../oci/images.ts';
import { buildProgram, type Program } from './child.ts';

const PIECES = 200;
const SEED = 20_261_121;

describe('a copy of an image with 200 pieces of evidence, killed and started again until it is done', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-killed-'));
  let program: Program;
  let source: TestRegistry;
  let root: Descriptor;

  beforeAll(async () => {
    [program, source] = await Promise.all([buildProgram(), startRegistry()]);
    root = fill(source);
  }, 60_000);
  afterAll(async () => {
    await source.close();
    program.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test.for([
    ['a registry with the referrers API', true],
    ['a registry without', false],
  ] as const)('to %s', { timeout: 180_000 }, async ([, referrers]) => {
    const to = await startRegistry({ referrers });
    try {
      const random = seeded(SEED + Number(referrers));
      const kills = await untilDone(to, `${to.host}/mirror/app:v1`, random, () => {
        const { store } = opened(to, 'mirror/app');
        return expectNothingHalf(to, store);
      });
      expect(kills).toBeGreaterThan(3);
      const { store, client } = opened(to, 'mirror/app');
      await expectComplete(store);
      const [a, b] = [source.content.repository('team/app'), to.content.repository('mirror/app')];
      for (const [digest, { body }] of a.manifests) expect(b.manifests.get(digest)?.body.equals(body), digest).toBe(true);
      for (const digest of a.blobs)
        expect(to.content.blobs.get(digest)?.equals(source.content.blobs.get(digest) ?? Buffer.alloc(0))).toBe(true);
      await client.close();
    } finally {
      await to.close();
    }
  });

  test('to a layout', { timeout: 180_000 }, async () => {
    const path = join(folder, 'layout');
    const random = seeded(SEED + 2);
    const kills = await untilDone(source, `oci:${path}:v1`, random, async () => {
      const found = await openLayout('layout', path).catch(() => undefined);
      if (found === undefined) return false;
      for (const name of readdirSync(join(path, 'blobs/sha256'))) {
        if (!name.startsWith('.')) expect(await found.blob(parseDigest(`sha256:${name}`))).toBeDefined();
      }
      return (await found.resolve('v1')) !== undefined;
    });
    expect(kills).toBeGreaterThan(3);
    await expectComplete(await openLayout('layout', path));
    expect(readdirSync(join(path, 'blobs/sha256')).filter((n) => n.startsWith('.'))).toEqual([]);
  });

  test('a layer of 256 MiB goes from layout to layout in little memory', { timeout: 120_000 }, async () => {
    const from = await openWritableLayout(join(folder, 'large'), { create: true });
    const piece = Buffer.alloc(1024 * 1024, 'layer');
    const hash = createHash('sha256');
    for (let n = 0; n < 256; n++) hash.update(piece);
    const layer = descriptorOf('application/vnd.oci.image.layer.v1.tar', parseDigest(`sha256:${hash.digest('hex')}`), 256 * piece.length);
    await from.copyBlob(layer, {
      async *open() {
        for (let n = 0; n < 256; n++) yield piece;
      },
    });
    await from.writeBlob(Buffer.from('{}'));
    await from.writeManifest(manifestBytes({ layers: [layer] }), { tag: 'v1' });
    const ran = await program.run(['copy', '--output=json', `oci:${join(folder, 'large')}:v1`, `oci:${join(folder, 'copy')}:v1`], {
      home: folder,
    });
    expect(ran.exit, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ blobs: { sent: 2 } });
    expect(ran.peakMiB).toBeLessThan(200);
  });

  /** Kills each run after some more requests to `counted` than the last one lived for; answers how many were killed. */
  async function untilDone(counted: TestRegistry, to: string, random: () => number, check: () => Promise<boolean>): Promise<number> {
    for (let kills = 0; kills < 40; kills++) {
      const lives = 20 + Math.floor(random() * 120 * (kills + 1));
      let requests = 0;
      let kill = (): unknown => undefined;
      counted.log.push = (...entries) => {
        requests += entries.length;
        if (requests >= lives) kill();
        return Array.prototype.push.apply(counted.log, entries);
      };
      const ran = await program.run(['copy', '--settle-time=20ms', '--output=json', `${source.host}/team/app:v1`, to], {
        home: folder,
        started: (child) => {
          kill = () => child.kill('SIGKILL');
        },
      });
      if (ran.signal === null) {
        expect(ran.exit, ran.stderr).toBe(0);
        return kills;
      }
      if (await check()) await expectTagged(to);
    }
    throw new Error('it never ends');
  }

  // A tag that is there points at something complete, whoever was killed after writing it.
  async function expectTagged(to: string): Promise<void> {
    if (to.startsWith('oci:')) return expectComplete(await openLayout('layout', to.slice(4, -3)));
  }

  async function expectNothingHalf(to: TestRegistry, store: Store): Promise<boolean> {
    const { manifests, blobs, tags } = to.content.repository('mirror/app');
    for (const [digest, { body, type }] of manifests) {
      const parsed = parseManifest(body, type);
      const named = parsed.kind === 'index' ? parsed.manifests : [...(parsed.config ? [parsed.config] : []), ...parsed.layers];
      for (const d of named) expect(blobs.has(d.digest) || manifests.has(d.digest), `${d.digest}, named by ${digest}`).toBe(true);
    }
    if (!tags.has('v1')) return false;
    await expectComplete(store);
    return true;
  }

  async function expectComplete(store: Store): Promise<void> {
    expect((await store.resolve('v1'))?.descriptor.digest).toBe(root.digest);
    const from = opened(source, 'team/app');
    const todo: Digest[] = [root.digest, ...childrenOf(source, root)];
    for (let digest = todo.pop(); digest !== undefined; digest = todo.pop()) {
      const [there, here] = await Promise.all([from.store, store].map((s) => collectReferrers(s, digest as Digest)));
      const digests = (c: typeof there): Digest[] => (c?.referrers ?? []).map((r) => r.descriptor.digest).sort();
      expect(digests(here)).toEqual(digests(there));
      todo.push(...digests(there));
      for (const suffix of ['sig', 'att'] as const) {
        const [one, two] = await Promise.all([from.store, store].map((s) => s.attached(digest as Digest, suffix)));
        expect(two?.map((m) => m.descriptor.digest)).toEqual(one?.map((m) => m.descriptor.digest));
      }
    }
    await from.client.close();
  }
});

/** An index of two images; referrers of each, referrers of those, and cosign's tags. */
function fill(registry: TestRegistry): Descriptor {
  const name = 'team/app';
  holdBlob(registry, name, Buffer.from('{}'));
  const children = ['amd64', 'arm64'].map((architecture) => {
    const config = holdBlob(registry, name, Buffer.from(JSON.stringify({ architecture })), OCI_CONFIG);
    const layers = [0, 1, 2].map((n) => holdBlob(registry, name, Buffer.alloc(100_000, `${architecture} ${n}`)));
    return { ...hold(registry, name, manifestBytes({ config, layers })), platform: { os: 'linux', architecture } };
  });
  const root = hold(registry, name, indexBytes(children), 'v1');
  const subjects = [root, ...children];
  let above: Descriptor = root;
  for (let n = 0; n < PIECES - 6; n++) {
    const subject = n % 10 === 9 ? above : (subjects[n % 3] ?? root);
    const layer = holdBlob(registry, name, Buffer.from(`evidence ${n}`));
    above = hold(registry, name, referrerBytes(subject, n, { layers: [layer] }));
  }
  for (const { digest } of subjects) {
    for (const suffix of ['sig', 'att'] as const) {
      const layer = holdBlob(registry, name, Buffer.from(`${suffix} of ${digest}`));
      const config = holdBlob(registry, name, Buffer.from(JSON.stringify({ suffix, digest })), OCI_CONFIG);
      hold(registry, name, manifestBytes({ config, layers: [layer] }), evidenceTag(digest, suffix));
    }
  }
  return root;
}

function childrenOf(registry: TestRegistry, root: Descriptor): readonly Digest[] {
  const held = registry.content.repository('team/app').manifests.get(root.digest);
  const manifest = held === undefined ? undefined : parseManifest(held.body);
  return manifest?.kind === 'index' ? manifest.manifests.map((m) => m.digest) : [];
}

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let n = 0;
  return () => createHash('sha256').update(`${seed} ${n++}`).digest().readUInt32BE(0) / 2 ** 32;
}
