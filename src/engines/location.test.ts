import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compiledModule } from './compiled-module.ts';
import { engineFiles, enginesMissing } from './location.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-engines-location-'));
  mkdirSync(join(folder, 'dist/engines'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(['dist', 'dist/chunks', 'src/engines', '.cache/bench'])('the files are found from %s', (from) => {
  writeFileSync(join(folder, 'dist/engines/worker.cjs'), '');
  expect(engineFiles(join(folder, from))).toEqual({
    worker: join(folder, 'dist/engines/worker.cjs'),
    engines: join(folder, 'dist/engines/engines.wasm'),
  });
});

test('what is not there is said, with the way to get it', async () => {
  expect(() => engineFiles(join(folder, 'dist'))).toThrow(expect.objectContaining({ code: 'engine-missing' }));
  const absent = join(folder, 'dist/engines/engines.wasm');
  expect(enginesMissing(absent)).toMatchObject({ code: 'engine-missing', hint: expect.stringContaining('node scripts/engines.mjs') });
  await expect(compiledModule(absent, 1e9)).rejects.toMatchObject({ code: 'engine-missing' });
});

test('a file that is no module is refused, and read again when it has become one', async () => {
  const file = join(folder, 'dist/engines/engines.wasm');
  writeFileSync(file, 'no module');
  await expect(compiledModule(file, 1e9)).rejects.toMatchObject({ code: 'internal' });
  // the smallest module with a memory of one page
  writeFileSync(file, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 1));
  expect(await compiledModule(file, 1e9)).toBe(await compiledModule(file, 1e9));
});
