import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isDebian } from '../peers/folder.mjs';
import { PACKAGES } from './packages.mjs';
import { builtFolder, cacheFolder } from './place.mjs';
import { PLACE, placeEngines } from './publish.mjs';

let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-engines-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the folder follows the environment', () => {
  expect(cacheFolder({ ASSAY_ENGINES_CACHE: '/e', XDG_CACHE_HOME: '/c' })).toBe('/e');
  expect(cacheFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/assay/engines');
});

test('what was built from other sources is another folder', () => {
  expect(builtFolder('debian')).toBe(builtFolder('debian'));
  expect(builtFolder('debian')).not.toBe(builtFolder('go'));
});

test('the engines are placed once, and again when they have changed', () => {
  const wasm = join(folder, 'built.wasm');
  const place = join(folder, PLACE, 'engines.wasm');
  const thirdParty = join(folder, 'licences.txt');
  writeFileSync(wasm, 'one');
  writeFileSync(thirdParty, 'as is');
  placeEngines(folder, { wasm, thirdParty, versions: { cue: '1' } });
  const { ino, mtimeMs } = statSync(place);
  placeEngines(folder, { wasm, thirdParty, versions: { cue: '1' } });
  expect([statSync(place).ino, statSync(place).mtimeMs, readFileSync(place, 'utf8')]).toEqual([ino, mtimeMs, 'one']);
  rmSync(wasm);
  writeFileSync(wasm, 'two');
  writeFileSync(thirdParty, 'as it is');
  placeEngines(folder, { wasm, thirdParty, versions: { cue: '2' } });
  expect(readFileSync(place, 'utf8')).toBe('two');
  expect(JSON.parse(readFileSync(join(folder, PLACE, 'engines.json'), 'utf8'))).toEqual({ cue: '2' });
  expect(readFileSync(join(folder, PLACE, 'THIRD-PARTY.txt'), 'utf8')).toBe('as it is');
});

describe('building', () => {
  /** Stand-ins for programs; nothing is asked of a network, and `dist` is not reached. */
  function run(args, programs) {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const env = { ...process.env, ASSAY_ENGINES_CACHE: join(folder, 'cache'), PATH: `${bin}:${process.env.PATH}` };
    return spawnSync(process.execPath, [join(import.meta.dirname, '../engines.mjs'), ...args], { env, encoding: 'utf8' });
  }
  const named = (packages) =>
    packages.map((name) => `echo " ${name} | 1.0-1 | http://deb.debian.org/debian sid/main amd64 Packages"`).join('\n');

  test.runIf(isDebian())('a package that is not there is named', () => {
    const all = [...PACKAGES, 'golang-1.30-go', 'golang-1.30-src'];
    const present = all.filter((name) => name !== 'golang-github-gobwas-glob-dev');
    const { status, stderr } = run([], {
      'apt-get': 'exit 0',
      'apt-cache': `case "$*" in *pkgnames*) printf 'golang-1.9-go\\ngolang-1.30-go\\ngolang-1.30-doc\\n' ;; *) ${named(present)} ;; esac`,
    });
    expect(status).toBe(1);
    expect(stderr).toContain('the engines of CUE and Rego cannot be built: Debian sid has no package golang-github-gobwas-glob-dev');
    expect(existsSync(join(folder, 'cache/go-build'))).toBe(false);
  });

  test.runIf(isDebian())('a suite without a compiler, and an archive that does not answer, are named', () => {
    expect(run([], { 'apt-get': 'exit 0', 'apt-cache': 'exit 0' }).stderr).toContain('Debian sid has no package golang-1.*-go');
    const { status, stderr } = run([], { 'apt-get': 'echo "E: no route to host" >&2; exit 100' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/could not fetch the package lists of Debian sid:\s+E: no route to host/);
  });

  test('without Go there is no build from its modules', () => {
    const { status, stderr } = run(['--from', 'go'], { go: 'echo "go: module lookup disabled" >&2; exit 1' });
    expect(status).toBe(1);
    expect(stderr).toContain('module lookup disabled');
  });

  test('another source is misuse', () => {
    expect(run(['--from', 'elsewhere'], {}).status).toBe(2);
  });
});
