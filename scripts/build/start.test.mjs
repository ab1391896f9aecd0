import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildCache, cacheFile } from './cache.mjs';
import { inputs, isBuilt, STAMP } from './stamp.mjs';
import { WORKER } from './worker-file.mjs';

// The start program is judged with a bundle of three lines: the real one is judged by everything else.
const bin = join(import.meta.dirname, '../../bin');
let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-start-test-'));
  cpSync(bin, join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'dist'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sealed(name, code, digest) {
  writeFileSync(join(folder, `dist/${name}.cjs`), `// ${digest}\n(function (exports, require, module, __filename, __dirname) {${code}\n})`);
}

function bundle(says, digest = 'a'.repeat(64)) {
  const path = join(folder, 'dist/assay.cjs');
  sealed(
    'assay',
    `module.exports = { run: async () => 0, start() { console.log('${says}', typeof require, __filename.endsWith('assay.cjs')); process.exitCode = 3; } };`,
    digest,
  );
  return path;
}

function start() {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'bin/assay.js')], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('without a build it says what to do', () => {
  expect(start()).toEqual({ status: 4, stdout: '', stderr: 'assay is not built yet: run "npm run build"\n' });
});

test('it runs without a cache, with its cache, and with a cache that is no cache', async () => {
  const path = bundle('hello');
  const expected = { status: 3, stdout: 'hello function true\n', stderr: '' };
  expect(start()).toEqual(expected);
  expect(await buildCache(path)).toBe('');
  expect(start()).toEqual(expected);
  const cache = cacheFile(join(folder, 'dist'));
  writeFileSync(cache, Buffer.concat([readFileSync(cache).subarray(0, 64), Buffer.alloc(1000, 7)]));
  expect(start()).toEqual(expected);
});

test('the cache of another bundle of the same length is not used', async () => {
  const path = bundle('first');
  expect(await buildCache(path)).toBe('');
  bundle('other', 'b'.repeat(64));
  expect(start().stdout).toBe('other function true\n');
});

test('the cache of an older bundle is swept away, that of another Node is kept', async () => {
  const path = bundle('first');
  const other = join(folder, 'dist/assay-x64-99.cache');
  const old = join(folder, 'dist/assay-x64-98.cache');
  writeFileSync(other, `${'a'.repeat(64)}data`);
  writeFileSync(old, `${'b'.repeat(64)}data`);
  expect(await buildCache(path)).toBe('');
  expect([existsSync(other), existsSync(old), existsSync(cacheFile(join(folder, 'dist')))]).toEqual([true, false, true]);
});

test('the files of the bundle give each other their modules, each of which is there once', async () => {
  const first = `const word = { said: 'one' };
    module.exports = {
      rare: '${'b'.repeat(64)}',
      modules: { 'assay:src/word.ts': () => word },
      run: async () => 0,
      start() { console.log(require('assay:src/rare.ts') === require('assay:src/rare.ts'), require('assay:src/rare.ts')(word)); },
    };`;
  const second = `const rare = (word) => word === require('assay:src/word.ts') && typeof require('node:fs').readFileSync;
    module.exports = { modules: { 'assay:src/rare.ts': () => rare } };`;
  sealed('assay', first, 'a'.repeat(64));
  sealed('assay-rare', second, 'b'.repeat(64));
  const expected = { status: 0, stdout: 'true function\n', stderr: '' };
  expect(start()).toEqual(expected);
  expect(await buildCache(join(folder, 'dist/assay.cjs'))).toBe('');
  expect(['assay', 'assay-rare'].map((name) => existsSync(cacheFile(join(folder, 'dist'), name)))).toEqual([true, true]);
  expect(start()).toEqual(expected);
});

test('a second file of another build is not run', () => {
  const first = `module.exports = { rare: '${'b'.repeat(64)}', modules: {}, start() { require('assay:src/rare.ts')(); } };`;
  sealed('assay', first, 'a'.repeat(64));
  sealed('assay-rare', `module.exports = { modules: { 'assay:src/rare.ts': () => () => console.log('ran') } };`, 'c'.repeat(64));
  expect(start()).toEqual({ status: 4, stdout: '', stderr: 'dist holds files of two builds: run "npm run build"\n' });
});

test('a bundle that cannot run has no cache, and says so', async () => {
  const path = join(folder, 'dist/assay.cjs');
  writeFileSync(path, '// x\n(function () { throw new Error("broken"); })');
  expect(await buildCache(path)).toMatch(/^no code cache: .*broken/s);
  expect(existsSync(cacheFile(join(folder, 'dist')))).toBe(false);
});

test('a build is stale when a source was changed, added or removed, without the code of the workers, and without the cache of this Node', async () => {
  for (const name of ['src', 'scripts/build', '.cache', 'dist/engines']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(join(folder, 'src/a.ts'), 'a');
  expect(isBuilt(folder)).toBe(false);
  await buildCache(bundle('x'));
  const built = () => writeFileSync(join(folder, STAMP), inputs(folder));
  built();
  expect(isBuilt(folder)).toBe(false);
  writeFileSync(join(folder, WORKER), 'worker');
  expect(isBuilt(folder)).toBe(false);
  sealed('assay-rare', '', 'c'.repeat(64));
  expect(isBuilt(folder)).toBe(true);
  writeFileSync(join(folder, 'src/a.ts'), 'changed');
  expect(isBuilt(folder)).toBe(false);
  built();
  writeFileSync(join(folder, 'src/b.ts'), 'b');
  expect(isBuilt(folder)).toBe(false);
  built();
  rmSync(join(folder, 'src/b.ts'));
  expect(isBuilt(folder)).toBe(false);
  built();
  rmSync(cacheFile(join(folder, 'dist')));
  expect(isBuilt(folder)).toBe(false);
});
