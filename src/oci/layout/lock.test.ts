import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LOCK, withLayoutLock } from './lock.ts';

const disk = vi.hoisted(() => ({ full: false }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    async open(...args: Parameters<typeof real.open>) {
      const file = await real.open(...args);
      if (disk.full && args[1] === 'wx')
        file.writeFile = () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
      return file;
    },
  };
});

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-lock-'));
});

afterEach(() => {
  disk.full = false;
  rmSync(root, { recursive: true });
});

test('a lock that does not fit on the disk any more is not left behind', async () => {
  disk.full = true;
  let worked = 0;
  const work = async (): Promise<number> => ++worked;
  await expect(withLayoutLock(root, undefined, work)).rejects.toMatchObject({ code: 'file-unwritable', retryable: true });
  expect([worked, readdirSync(root)]).toEqual([0, []]);
  disk.full = false;
  await expect(withLayoutLock(root, undefined, work)).resolves.toBe(1);
  expect(readdirSync(root)).toEqual([]);
});

test('the lock is there while somebody works, whatever comes of it', async () => {
  const failing = async (): Promise<never> => {
    expect(readdirSync(root)).toEqual([LOCK]);
    throw new Error('broken');
  };
  await expect(withLayoutLock(root, undefined, failing)).rejects.toThrow('broken');
  expect(readdirSync(root)).toEqual([]);
});
