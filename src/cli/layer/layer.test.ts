import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAssayError } from '../../errors.ts';
import { compressionOf, layerContent } from './decompress.ts';
import { type LayerEntry, tarEntries } from './tar.ts';

let folder = '';
let tar: Buffer;
const long = `${'deep/'.repeat(40)}name`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-layer-'));
  mkdirSync(join(folder, 'root/deep'), { recursive: true });
  writeFileSync(join(folder, 'root/hello'), 'hello world\n', { mode: 0o755 });
  writeFileSync(join(folder, 'root/.wh.gone'), '');
  writeFileSync(join(folder, 'root/big'), Buffer.alloc(300_000, 7));
  writeFileSync(join(folder, 'root/zero'), Buffer.alloc(5_000_000));
  symlinkSync('hello', join(folder, 'root/link'));
  mkdirSync(join(folder, 'root', long), { recursive: true });
  tar = execFileSync(
    'tar',
    ['-C', join(folder, 'root'), '--sort=name', '--mtime=2026-01-02 03:04:05Z', '--owner=7', '--group=8', '--numeric-owner', '-c', '.'],
    { maxBuffer: 1 << 28 },
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

async function list(bytes: Uint8Array): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for await (const entry of tarEntries(layerContent(bytes))) entries.push(entry);
  return entries;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing was thrown',
    (e: unknown) => (isAssayError(e) ? e.code : `not ours: ${String(e)}`),
  );
}

describe('the listing of a layer', () => {
  test('has every entry with type, size, mode, owner, time and link', async () => {
    const entries = new Map((await list(tar)).map((e) => [e.path, e]));
    expect(entries.get('./hello')).toEqual({
      path: './hello',
      type: 'file',
      size: 12,
      mode: 0o755,
      uid: 7,
      gid: 8,
      modified: new Date('2026-01-02T03:04:05Z'),
      link: undefined,
    });
    expect(entries.get('./link')).toMatchObject({ type: 'symlink', link: 'hello', size: 0 });
    expect(entries.get('./.wh.gone')).toMatchObject({ type: 'whiteout' });
    expect(entries.get(`./${long}/`)).toMatchObject({ type: 'directory' });
    expect(entries.get('./big')?.size).toBe(300_000);
  });

  test.each(['gnu', 'pax', 'ustar', 'v7', 'oldgnu'])('reads %s archives', async (format) => {
    const made = execFileSync('tar', ['-C', join(folder, 'root'), `--format=${format}`, '-c', 'hello', 'link', 'big']);
    expect((await list(made)).map((e) => e.path)).toEqual(['hello', 'link', 'big']);
  });

  test('says the real size of a sparse file', async () => {
    for (const args of [['--format=gnu'], ['--format=pax', '--sparse-version=1.0'], ['--format=pax', '--sparse-version=0.1']]) {
      execFileSync('truncate', ['-s', '3000000', join(folder, 'sparse')]);
      const made = execFileSync('tar', ['-C', folder, '-S', ...args, '-c', 'sparse', 'root/hello']);
      expect((await list(made)).map((e) => [e.path, e.size])).toEqual([
        ['sparse', 3_000_000],
        ['root/hello', 12],
      ]);
    }
    for (let i = 0; i < 40; i++)
      execFileSync('dd', ['if=/dev/urandom', `of=${join(folder, 'sparse')}`, 'bs=512', 'count=1', `seek=${i * 100}`, 'conv=notrunc'], {
        stdio: 'ignore',
      });
    const made = execFileSync('tar', ['-C', folder, '-S', '--format=gnu', '-c', 'sparse', 'root/hello']);
    expect((await list(made)).map((e) => [e.path, e.size])).toEqual([
      ['sparse', 3_000_000],
      ['root/hello', 12],
    ]);
  });

  test('is the same whatever the compression', async () => {
    const plain = await list(tar);
    const zstd = (input: Buffer, ...more: string[]): Buffer => execFileSync('zstd', ['-q', '-c', ...more], { input, maxBuffer: 1 << 28 });
    const half = Math.floor(tar.length / 2);
    const forms = new Map<string, Uint8Array>([
      ['gzip', gzipSync(tar)],
      ['gzip in two members', Buffer.concat([gzipSync(tar.subarray(0, half)), gzipSync(tar.subarray(half))])],
      ['zstd', zstd(tar)],
      ['zstd with checksum and much compression', zstd(tar, '--check', '-19')],
      [
        'zstd in two frames and a skippable one',
        Buffer.concat([zstd(tar.subarray(0, half)), Buffer.from('502a4d1803000000aabbcc', 'hex'), zstd(tar.subarray(half))]),
      ],
    ]);
    for (const [name, bytes] of forms) {
      expect(compressionOf(bytes), name).toBe(name.slice(0, 4));
      expect(await list(bytes), name).toEqual(plain);
    }
  });
});

describe('a bad layer', () => {
  test('that ends early is an error, in every compression', async () => {
    for (const whole of [tar, gzipSync(tar), execFileSync('zstd', ['-q', '-c'], { input: tar })]) {
      expect(await codeOf(list(whole.subarray(0, Math.floor(whole.length / 2)))), String(whole.length)).toBe('manifest-invalid');
    }
  });

  test('that is no archive is an error', async () => {
    expect(await codeOf(list(Buffer.from('{"not":"a tar"}')))).toBe('manifest-invalid');
    expect(await codeOf(list(Buffer.alloc(2048, 65)))).toBe('manifest-invalid');
    expect(await codeOf(list(gzipSync(Buffer.alloc(2048, 65))))).toBe('manifest-invalid');
  });

  test('that asks for a huge zstd window is refused before it is decompressed', async () => {
    const bomb = Buffer.from('28b52ffd04a8010000', 'hex');
    expect(await codeOf(list(bomb))).toBe('limit');
  });

  test('that unpacks beyond the bound is refused', async () => {
    const drain = async (): Promise<void> => {
      for await (const _ of layerContent(gzipSync(Buffer.alloc(10_000_000)), undefined, 1_000_000)) void _;
    };
    expect(await codeOf(drain())).toBe('limit');
  });

  test('never throws anything but an error of ours', async () => {
    const good = Buffer.from(tar.subarray(0, 8192));
    const packed = execFileSync('zstd', ['-q', '-c'], { input: good });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(8191), fc.integer({ min: 1, max: 255 }), async (zstd, at, xor) => {
        const bent = Buffer.from(zstd ? packed : good);
        bent[at % bent.length] = (bent[at % bent.length] ?? 0) ^ xor;
        expect(['nothing was thrown', 'manifest-invalid', 'limit']).toContain(await codeOf(list(bent)));
      }),
      { numRuns: 300 },
    );
  });
});
