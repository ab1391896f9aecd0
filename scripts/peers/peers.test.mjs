import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { foundPeers, isDebian, peersFolder } from './folder.mjs';
import { PEERS } from './table.mjs';

const script = join(import.meta.dirname, '../peers.mjs');
let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-peers-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function unpacked(name, ...binaries) {
  mkdirSync(join(folder, name, 'usr/bin'), { recursive: true });
  for (const binary of binaries) writeFileSync(join(folder, name, 'usr/bin', binary), '');
}

describe('what is in the folder', () => {
  test('the newest of each major version is found, by value and not by letters', () => {
    for (const version of ['3.9.0-1', '3.10.0-1', '3.10.0~rc1-1', '2.5.0-2+b4', '4.0.0-1']) unpacked(`cosign_${version}`, 'cosign');
    expect(foundPeers(folder).map(({ version }) => version)).toEqual(['3.10.0-1', '2.5.0-2+b4']);
  });

  test('an epoch is read from its spelling in file names', () => {
    unpacked('notation_1%3a1.4.0-1', 'notation');
    expect(foundPeers(folder)).toEqual([
      { name: 'notation', version: '1:1.4.0-1', path: join(folder, 'notation_1%3a1.4.0-1/usr/bin/notation') },
    ]);
  });

  test('a folder without its program is not there, nor is one without its libraries', () => {
    unpacked('crane_0.20.7-1');
    unpacked('skopeo_1.9.3-1', 'skopeo');
    expect(foundPeers(folder)).toEqual([]);
    unpacked('skopeo_1.9.3-1', 'skopeo.unwrapped');
    expect(foundPeers(folder)).toHaveLength(1);
  });

  test('the folder follows the environment', () => {
    expect(peersFolder({ ASSAY_PEERS: '/p', XDG_CACHE_HOME: '/c' })).toBe('/p');
    expect(peersFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/assay/peers');
  });
});

describe.runIf(isDebian())('fetching', () => {
  /** Stand-ins for apt: what is asked of them is theirs to answer, and no network is touched. */
  function run(apt, environment = {}) {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const name of ['apt-get', 'apt-cache']) {
      writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> '${join(folder, 'asked')}'\n${apt[name] ?? 'exit 0'}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const env = {
      ...process.env,
      ASSAY_PEERS: join(folder, 'peers'),
      PATH: `${bin}:${process.env.PATH}`,
      ASSAY_ALLOW_MISSING_PEERS: undefined,
      ...environment,
    };
    return spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  }

  test('every peer that cannot be had is named, with the package and where it was looked for', () => {
    const { status, stderr } = run({});
    expect(status).toBe(1);
    for (const { name, major } of PEERS) expect(stderr).toContain(`peer missing: ${name} ${major}.x: Debian`);
    expect(stderr).toMatch(/cosign 3\.x: Debian sid has no package cosign of version 3\.x; Debian testing has no package/);
    expect(readdirSync(join(folder, 'peers'))).toEqual([]);
  });

  test('missing peers may be allowed', () => {
    expect(run({}, { ASSAY_ALLOW_MISSING_PEERS: '1' }).status).toBe(0);
  });

  test('an archive that does not answer is asked twice and then named', () => {
    const { status, stderr } = run({ 'apt-get': 'echo "E: no route to host" >&2; exit 100' });
    expect(status).toBe(1);
    expect(stderr).toContain('could not fetch the package lists of Debian sid');
    expect(stderr).toContain('no route to host');
  });

  test('what is there is kept when the archive does not answer, and nothing is asked when it was looked up lately', () => {
    folder = join(folder, 'peers');
    for (const { name, major, binary } of PEERS) unpacked(`${name}_${major}.0-1`, binary, `${binary}.unwrapped`);
    folder = join(folder, '..');
    const offline = { 'apt-get': 'exit 100' };

    const first = run(offline);
    expect(first.status).toBe(0);
    expect(first.stderr).toContain('warning: kept as it is: notation 1.x');

    rmSync(join(folder, 'asked'));
    writeFileSync(join(folder, 'peers/.looked-up'), '');
    expect(run(offline).status).toBe(0);
    expect(readdirSync(folder)).not.toContain('asked');

    utimesSync(join(folder, 'peers/.looked-up'), 0, 0);
    expect(run(offline).status).toBe(0);
    expect(readdirSync(folder)).toContain('asked');
  });
});
