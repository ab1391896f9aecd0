import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeFiles } from './write-files.ts';

const disk = vi.hoisted(() => ({ refuses: undefined as ((from: string, to: string) => boolean) | undefined }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const guarded =
    (work: (from: string, to: string) => Promise<void>) =>
    async (from: string, to: string): Promise<void> => {
      if (disk.refuses?.(from, to) === true) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
      await work(from, to);
    };
  return { ...real, link: guarded(real.link), rename: guarded(real.rename) };
});

const FILES = [
  { name: 'a.key', text: 'new key', mode: 0o600 },
  { name: 'a.pub', text: 'new public key', mode: 0o644 },
];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-write-'));
  writeFileSync(join(folder, 'a.key'), 'old key');
  writeFileSync(join(folder, 'a.pub'), 'old public key');
});

afterEach(() => {
  disk.refuses = undefined;
  rmSync(folder, { recursive: true });
});

const texts = (): readonly string[] =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .toSorted();

test('where the second file cannot be put in its place, both are what they were', async () => {
  disk.refuses = (from, to) => from.endsWith('.new') && to.endsWith('a.pub');
  await expect(writeFiles(FILES, true, folder)).rejects.toMatchObject({ code: 'file-unwritable' });
  expect(texts()).toEqual(['old key', 'old public key']);
});

test('where that cannot be put back either, nothing is lost, and it is said where it is', async () => {
  disk.refuses = (from, to) => (from.endsWith('.new') && to.endsWith('a.pub')) || from.endsWith('.old');
  const hint = expect.stringMatching(/a\.pub\.[0-9a-f]+\.old and .*a\.key\.[0-9a-f]+\.old/);
  await expect(writeFiles(FILES, true, folder)).rejects.toMatchObject({ code: 'file-unwritable', hint });
  expect(texts()).toEqual(['old key', 'old public key']);
});
