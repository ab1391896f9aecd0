// The demo as it is on a machine without cosign and without Debian: every scene, with evidence by the test authority. Needs a build.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packagesOf } from './documents.mjs';
import { packLayer } from './layer.mjs';
import { scenesOf } from './scenes.mjs';
import { play, table } from './show.mjs';
import { createWorld } from './world.mjs';

const root = dirname(dirname(import.meta.dirname));
const STATUS = `Package: dash
Status: install ok installed
Architecture: amd64
Version: 0.5.12-2

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
`;

let folder;
let world;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-demo-test-'));
  writeFileSync(join(folder, 'status'), STATUS);
  const rootLayer = { ...(await packLayer(folder, ['status'])), status: STATUS, how: 'a file' };
  const libraries = { testing: await import('../../dist/testing.js'), oci: await import('../../dist/oci.js') };
  world = await createWorld({ folder, rootLayer, peers: [], libraries, say: () => {} });
});

afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('every scene goes as expected, and fits a terminal', { timeout: 300_000 }, async () => {
  const lines = [];
  const print = (text) => lines.push(...text.split('\n'));
  const played = [];
  for (const scene of scenesOf(world)) played.push(await play(scene, { number: played.length + 1, root, folder, print, dressed: false }));
  expect(played.flatMap(({ scene, faults }) => faults.map((fault) => `${scene.title}: ${fault}`))).toEqual([]);
  expect(played.filter(({ skipped }) => skipped === undefined).length).toBeGreaterThanOrEqual(50);
  expect([...new Set(played.flatMap(({ skipped }) => skipped ?? []))].sort()).toEqual(['cosign 2.5', 'cosign 3', 'notation', 'oras']);
  print(table(played, false));
  expect(lines.filter((line) => line.length > 100 && line.replace(/ \\$/, '').trim().includes(' '))).toEqual([]);
  expect(lines.filter((line) => /^ *referrers$/.test(line))).toEqual([]);
});

test('a scene that goes otherwise is told', { timeout: 30_000 }, async () => {
  const scene = {
    title: 'wrong',
    about: '',
    args: ['verify', '--key', 'cosign.pub', 'NO NAME'],
    outcome: 'verified',
    exit: 0,
    says: [/signed by/],
  };
  const { faults } = await play(scene, { number: 1, root, folder, print: () => {}, dressed: false });
  expect(faults).toHaveLength(3);
});

test("a scene is skipped, and says for what, where somebody else's program is not installed", async () => {
  const program = { name: 'cosign', label: 'cosign 3', path: undefined };
  const scene = { title: 'theirs', about: '', program, args: ['verify', 'NO NAME'], outcome: 'verified', exit: 0 };
  const lines = [];
  const played = await play(scene, { number: 1, root, folder, print: (text) => lines.push(text), dressed: false });
  expect(played).toMatchObject({ skipped: 'cosign 3', outcome: 'skipped', faults: [] });
  expect(lines.join('')).toContain('[skipped: cosign 3 is not installed]');
  expect(table([played], false)).toMatch(/theirs\s+cosign 3\s+verified, 0\s+skipped/);
});

test("somebody else's program decides by its exit code, and what is found behind the scene counts", async () => {
  const program = { name: 'node', label: 'node', path: process.execPath };
  const args = ['-e', 'console.log("[" + "x".repeat(300)); process.exitCode = 1'];
  const scene = { title: 'theirs', about: '', program, args, outcome: 'verified', exit: 0, check: () => ['nothing is there'] };
  const lines = [];
  const { faults } = await play(scene, { number: 1, root, folder, print: (text) => lines.push(text), dressed: false });
  expect(faults).toEqual(['exit code 1, expected 0', 'outcome "not verified", expected "verified"', 'nothing is there']);
  expect(lines.some((line) => /^\[x+…\n$/.test(line))).toBe(true);
});

test('only what is installed counts as in the image', () => {
  expect(packagesOf(STATUS)).toEqual([{ name: 'dash', version: '0.5.12-2', architecture: 'amd64' }]);
});
