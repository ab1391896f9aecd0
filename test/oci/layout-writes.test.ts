import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bytes } from '../../src/bytes/index.ts';
import { AssayError } from '../../src/errors.ts';
import { LIMITS } from '../../src/limits.ts';
import { type Descriptor, descriptorOf } from '../../src/oci/descriptor.ts';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import { DISK, HOST } from '../../src/oci/layout/disk.ts';
import { openLayout, openWritableLayout } from '../../src/oci/layout/index.ts';
import { OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { entriesIn, withReferrer } from '../../src/oci/merge-entries.ts';
import { collectReferrers } from '../../src/oci/referrers-of.ts';
import { indexBytes, manifestBytes, referrerBytes } from './images.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-layout-writes-'));
let path: string;
let n = 0;
beforeEach(() => {
  path = join(root, String(n++));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const codeOf = (error: unknown): string | undefined => (error instanceof AssayError ? error.code : undefined);
const image = (text: string): Buffer => manifestBytes({ annotations: { text } });
const described = (bytes: Buffer, type = OCI_MANIFEST): Descriptor => descriptorOf(type, digestOf(bytes), bytes.length);
const blobs = (): readonly string[] => readdirSync(join(path, 'blobs/sha256')).sort();
async function* one(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}
/** What `index.json` lists. */
function listed(): readonly { digest: string; annotations?: Record<string, string> }[] {
  return (JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')) as { manifests: { digest: string }[] }).manifests;
}

describe('a layout that is written', () => {
  test('is one that is read, by whoever opens it anew', async () => {
    const layout = await openWritableLayout(path, { create: true });
    const blob = await layout.writeBlob(Buffer.from('{}'));
    const subject = described(image('a'));
    await layout.writeManifest(image('a'), { tag: 'v1' });
    const { listed: how } = await layout.writeManifest(referrerBytes(subject, 1));
    expect(how).toBe('referrers');
    for (const store of [layout, await openLayout('layout', path)]) {
      expect((await store.resolve('v1'))?.descriptor.digest).toBe(subject.digest);
      expect(Buffer.from(await store.read(blob)).toString()).toBe('{}');
      expect((await collectReferrers(store, subject.digest)).referrers).toHaveLength(1);
    }
    expect(readdirSync(path).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('moves a tag, and lists nothing twice', async () => {
    const layout = await openWritableLayout(path, { create: true });
    await layout.writeManifest(image('a'));
    await layout.writeManifest(image('a'), { tag: 'v1' });
    await layout.writeManifest(image('a'), { tag: 'v2' });
    expect(listed()).toHaveLength(2);
    await layout.writeManifest(image('b'), { tag: 'v1' });
    expect((await layout.resolve('v1'))?.descriptor.digest).toBe(digestOf(image('b')));
    expect((await layout.resolve('v2'))?.descriptor.digest).toBe(digestOf(image('a')));
    expect(listed()).toHaveLength(2);
    expect(await layout.remove('v1')).toBe(true);
    expect(await layout.remove('v1')).toBe(false);
    expect(await layout.resolve('v1')).toBeUndefined();
    expect(await layout.remove(digestOf(image('a')))).toBe(true);
    expect(listed()).toEqual([]);
    expect(await layout.manifest(digestOf(image('a')))).toBeUndefined();
  });

  test('an index takes its children out of the list, but not what has a name', async () => {
    const layout = await openWritableLayout(path, { create: true });
    await layout.writeManifest(image('a'));
    await layout.writeManifest(image('b'), { tag: 'b' });
    await layout.writeManifest(indexBytes([described(image('a')), described(image('b'))]), { tag: 'all' });
    expect(listed().map((e) => e.annotations?.['org.opencontainers.image.ref.name'])).toEqual(['b', 'all']);
  });

  test('annotations of a manifest become no names of the layout', async () => {
    const layout = await openWritableLayout(path, { create: true });
    await layout.writeManifest(image('a'), { tag: 'v1' });
    const trap = { 'org.opencontainers.image.ref.name': 'v1', kind: 'dev.cosignproject.cosign/image' };
    await layout.writeManifest(referrerBytes(described(image('a')), 1, { annotations: trap }));
    expect((await layout.resolve('v1'))?.descriptor.digest).toBe(digestOf(image('a')));
    expect(listed().filter((e) => e.annotations?.kind !== undefined)).toEqual([]);
  });

  test('members of index.json that nobody knows stay', async () => {
    await openWritableLayout(path, { create: true });
    const other = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from('x')), size: 1, 'x-else': [1], annotations: { kept: 'yes' } };
    writeFileSync(
      join(path, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [other], annotations: { by: 'others' }, 'x-own': 7 }),
    );
    const layout = await openWritableLayout(path);
    await layout.writeManifest(image('a'), { tag: 'v1' });
    const now = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')) as Record<string, unknown>;
    expect(now).toMatchObject({ annotations: { by: 'others' }, 'x-own': 7 });
    expect((now.manifests as unknown[])[0]).toEqual(other);
  });

  test('what others have written since is seen', async () => {
    const [a, b] = [await openWritableLayout(path, { create: true }), await openWritableLayout(path)];
    await a.writeManifest(image('a'), { tag: 'v1' });
    expect((await b.resolve('v1'))?.descriptor.digest).toBe(digestOf(image('a')));
    await b.writeManifest(referrerBytes(described(image('a'))));
    expect((await collectReferrers(a, digestOf(image('a')))).referrers).toHaveLength(1);
  });

  test('a blob of the right size with other bytes is written again', async () => {
    const layout = await openWritableLayout(path, { create: true });
    const bytes = Buffer.from('right');
    const d = described(bytes);
    writeFileSync(join(path, 'blobs/sha256', hexOf(d.digest)), 'wrong');
    expect(await layout.copyBlob(d, { open: () => one(bytes) })).toBe('sent');
    expect(await layout.copyBlob(d, { open: () => one(bytes) })).toBe('there');
    expect(readFileSync(join(path, 'blobs/sha256', hexOf(d.digest)), 'utf8')).toBe('right');
  });

  test.for([
    ['too short', 'righ', 'content-truncated'],
    ['too long', 'right!', 'content-mismatch'],
    ['something else', 'wrong', 'content-mismatch'],
  ] as const)('what is %s leaves nothing', async ([, text, code]) => {
    const layout = await openWritableLayout(path, { create: true });
    const error = await layout.copyBlob(described(Buffer.from('right')), { open: () => one(Buffer.from(text)) }).catch((e: unknown) => e);
    expect(codeOf(error)).toBe(code);
    expect(blobs()).toEqual([]);
  });

  test('a folder with something else in it is left alone', async () => {
    mkdirSync(path);
    writeFileSync(join(path, 'thesis.txt'), 'mine');
    expect(codeOf(await openWritableLayout(path, { create: true }).catch((e: unknown) => e))).toBe('layout-invalid');
    expect(readdirSync(path)).toEqual(['thesis.txt']);
    expect(codeOf(await openWritableLayout(join(root, 'none')).catch((e: unknown) => e))).toBe('file-unreadable');
  });

  test('a link that leads out of the layout is not written through', async () => {
    await openWritableLayout(path, { create: true });
    rmSync(join(path, 'blobs/sha256'), { recursive: true });
    const elsewhere = join(root, `elsewhere-${n}`);
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(path, 'blobs/sha256'));
    const layout = await openWritableLayout(path);
    expect(codeOf(await layout.writeBlob(Buffer.from('x')).catch((e: unknown) => e))).toBe('layout-invalid');
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

describe('a disk that does not take it', () => {
  test.for([1, 5, 12, 20])('full after %i writes: nothing is half there, and what was there is', async (after) => {
    await (await openWritableLayout(path, { create: true })).writeManifest(image('before'), { tag: 'before' });
    const { count } = { count: { left: after } };
    const disk = {
      ...DISK,
      async create(at: string) {
        const file = await DISK.create(at);
        const write = async (piece: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number; buffer: Uint8Array }> => {
          if (count.left-- > 0) return file.write(piece, offset, Math.min(length, 50));
          await file.write(piece, offset, Math.min(length, 1));
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        };
        return { write, sync: () => file.sync(), close: () => file.close() } as never;
      },
    };
    const layout = await openWritableLayout(path, { disk });
    const error = await (async () => {
      for (let i = 0; ; i++) await layout.writeManifest(image(`image ${i}`), { tag: `v${i}` });
    })().catch((e: unknown) => e);
    expect(codeOf(error)).toBe('file-unwritable');
    expect((error as Error).message).toContain('the disk is full');
    const read = await openLayout('layout', path);
    for (const entry of read.entries) expect(await read.manifest(entry.digest)).toBeDefined();
    expect((await read.resolve('before'))?.descriptor.digest).toBe(digestOf(image('before')));
    for (const name of blobs()) expect(digestOf(readFileSync(join(path, 'blobs/sha256', name)))).toBe(`sha256:${name}`);
    expect(readdirSync(path).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('a real one that is full', async (context) => {
    mkdirSync(path);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', path], { stdio: 'ignore' });
    } catch {
      context.skip('needs the right to mount');
    }
    try {
      const layout = await openWritableLayout(path, { create: true });
      await layout.writeManifest(image('a'), { tag: 'v1' });
      const large = Buffer.alloc(1024 * 1024, 'x');
      const error = await layout.copyBlob(described(large), { open: () => one(large) }).catch((e: unknown) => e);
      expect(codeOf(error)).toBe('file-unwritable');
      expect(blobs()).toEqual([hexOf(digestOf(image('a')))]);
      await layout.writeManifest(image('b'), { tag: 'v2' });
    } finally {
      execFileSync('umount', [path]);
    }
  });

  test('a file where a folder should be', async () => {
    mkdirSync(path);
    writeFileSync(join(path, 'blobs'), '');
    expect(codeOf(await openWritableLayout(path, { create: true }).catch((e: unknown) => e))).toBe('file-unwritable');
  });
});

/** Resolves when somebody waits with a signal. */
function listenedTo(signal: AbortSignal): Promise<void> {
  const listen = vi.spyOn(signal, 'addEventListener');
  return vi.waitFor(() => expect(listen).toHaveBeenCalled(), { timeout: 10_000 });
}

describe('several that write', () => {
  test('in one process: every referrer is listed', async () => {
    const layout = await openWritableLayout(path, { create: true });
    const other = await openWritableLayout(path);
    const subject = described(image('a'));
    await layout.writeManifest(image('a'), { tag: 'v1' });
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? layout : other).writeManifest(referrerBytes(subject, i))));
    expect((await collectReferrers(layout, subject.digest)).referrers).toHaveLength(40);
  });

  test('change one tag together', async () => {
    const stores = await Promise.all([path, path, path].map((p) => openWritableLayout(p, { create: true })));
    const entries = Array.from({ length: 30 }, (_, i) => described(image(String(i))));
    await Promise.all(
      entries.map((entry, i) => stores[i % 3]?.changeTag('list', { entry: entry.digest, merge: async (now) => withReferrer(now, entry) })),
    );
    const now = await stores[0]?.resolve('list');
    if (now === undefined) throw new Error('no tag');
    expect([...entriesIn(now.bytes).byKey.keys()].sort()).toEqual(entries.map((e) => e.digest).sort());
  });

  test('nobody who has given up waits for the lock, or takes it later', async () => {
    const layout = await openWritableLayout(path, { create: true });
    const lock = join(path, '.assay-lock');
    execFileSync('mkfifo', [lock]);
    const quits = [new AbortController(), new AbortController()] as const;
    const waited = Promise.any(quits.map(({ signal }) => listenedTo(signal)));
    const writes = quits.map(({ signal }, i) => layout.writeManifest(image(`${i}`), { tag: `t${i}`, signal }));
    await waited;
    for (const quit of quits) quit.abort();
    for (const { status } of await Promise.allSettled(writes)) expect(status).toBe('rejected');
    rmSync(lock);
    expect(await layout.resolve('t0')).toBeUndefined();
  });

  test('one that gives up does not keep from writing those that wait with him', async () => {
    const layout = await openWritableLayout(path, { create: true });
    const lock = join(path, '.assay-lock');
    execFileSync('mkfifo', [lock]);
    const quit = new AbortController();
    const writes = [layout.writeManifest(image('a'), { tag: 'a', signal: quit.signal }), layout.writeManifest(image('b'), { tag: 'b' })];
    quit.abort();
    rmSync(lock);
    await Promise.allSettled(writes);
    expect((await layout.resolve('b'))?.descriptor.digest).toBe(described(image('b')).digest);
  });

  test('processes of their own, one of which is killed with the lock in its hands', async () => {
    const layout = await openWritableLayout(path, { create: true });
    const subject = described(image('a'));
    await layout.writeManifest(image('a'), { tag: 'v1' });
    const children = await Promise.all([0, 1, 2].map((k) => writer(k, 20)));
    expect(children).toEqual([0, 0, 0]);
    // Nobody has this number: the largest that Linux gives is smaller.
    writeFileSync(join(path, '.assay-lock'), `${HOST} 999999999 token`);
    writeFileSync(join(path, 'blobs/sha256', `.part-${HOST}-999999999-0123456789abcdef`), 'left');
    const after = await openWritableLayout(path);
    await after.writeManifest(referrerBytes(subject, 'after'));
    expect((await collectReferrers(after, subject.digest)).referrers).toHaveLength(61);
    expect(existsSync(join(path, '.assay-lock'))).toBe(false);
    expect(blobs().filter((b) => b.startsWith('.'))).toEqual([]);
  });

  test('the lock of another machine is taken over when it is old', async () => {
    const layout = await openWritableLayout(path, { create: true });
    const lock = join(path, '.assay-lock');
    writeFileSync(lock, 'ffffffff 1 token');
    const waiting = layout.writeManifest(image('a'), { tag: 'v1' });
    const early = await Promise.race([waiting.then(() => 'written'), layout.resolve('v1').then(() => 'waiting')]);
    expect(early).toBe('waiting');
    const old = new Date(Date.now() - LIMITS.layoutLockMs - 1000);
    utimesSync(lock, old, old);
    await waiting;
    expect((await layout.resolve('v1'))?.descriptor.digest).toBe(digestOf(image('a')));
  });

  let built: Promise<string> | undefined;

  async function program(): Promise<string> {
    const script = join(root, 'writer.mjs');
    const { build } = await import('esbuild');
    const project = join(import.meta.dirname, '../..');
    await build({
      stdin: {
        contents: `import { openWritableLayout } from './src/oci/layout/index.ts';
import { digestOf } from './src/oci/digest.ts';
import { manifestBytes, referrerBytes } from './test/oci/images.ts';
const [path, k, count] = process.argv.slice(2);
const bytes = manifestBytes({ annotations: { text: 'a' } });
const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(bytes), size: bytes.length };
const layout = await openWritableLayout(path);
for (let i = 0; i < Number(count); i++) await layout.writeManifest(referrerBytes(subject, k + '-' + i));`,
        resolveDir: project,
        loader: 'ts',
      },
      bundle: true,
      outfile: script,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
      define: { __ASSAY_RULES_SWITCHABLE__: 'false' },
      banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    });
    return script;
  }

  async function writer(k: number, count: number): Promise<number | null> {
    built ??= program();
    const script = await built;
    const child = fork(script, [path, String(k), String(count)]);
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  }
});
