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
  expect(played.length).toBeGreaterThanOrEqual(28);
  print(table(played, false));
  expect(lines.filter((line) => line.length > 100 && line.trim().includes(' '))).toEqual([]);
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

test('only what is installed counts as in the image', () => {
  expect(packagesOf(STATUS)).toEqual([{ name: 'dash', version: '0.5.12-2', architecture: 'amd64' }]);
});
