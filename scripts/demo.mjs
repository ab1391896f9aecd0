// npm run demo: sets everything up, puts real images with real evidence into a registry in this process, and shows what Assay says of them.
// Exits 0 only when every scene went as expected. `--keep` leaves the registry running and the folder in place, to go on by hand;
// `--no-peers` does without real cosign, notation and oras.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rootFilesystem } from './demo/root-filesystem.mjs';
import { scenesOf } from './demo/scenes.mjs';
import { play, table } from './demo/show.mjs';
import { createWorld } from './demo/world.mjs';
import { setUp } from './setup.mjs';

const root = dirname(import.meta.dirname);
const dressed = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
const keep = process.argv.includes('--keep');

process.exitCode = await main().catch((error) => {
  process.stderr.write(`the demo could not go on: ${error.message}\n`);
  return 1;
});

async function main() {
  const say = (line) => print(`${line}\n`);
  say('setting up …');
  const { ready, peers } = await setUp({ peers: !process.argv.includes('--no-peers') });
  if (!ready) return 1;
  const rootLayer = await rootFilesystem(say);
  const libraries = { testing: await library('testing'), oci: await library('oci') };

  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'assay-demo-'));
  process.once('exit', () => keep || rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit());
  process.exitCode = 130;
  const world = await createWorld({ folder, rootLayer, peers, libraries, say });
  try {
    const played = [];
    for (const scene of scenesOf(world)) played.push(await play(scene, { number: played.length + 1, root, folder, print, dressed }));
    print(`\n${table(played, dressed)}\n`);
    const wrong = played.filter(({ faults }) => faults.length > 0);
    for (const { scene, faults } of wrong) say(`not as expected: ${scene.title}: ${faults.join('; ')}`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const skipped = played.flatMap((p) => p.skipped ?? []);
    const without = skipped.length === 0 ? '' : `, ${skipped.length} skipped (without ${[...new Set(skipped)].join(', ')})`;
    const shown = played.length - skipped.length;
    say(`\n${shown - wrong.length} of ${shown} scenes as expected${without}, evidence by ${world.signedBy}, in ${seconds} s`);
    process.exitCode = wrong.length === 0 ? 0 : 1;
    if (keep) await stay(world, say);
    return process.exitCode;
  } finally {
    await world.close();
  }
}

function stay({ folder, host }, say) {
  say(`\nThe registry goes on at ${host}; keys, trusted root and policies are in ${folder}. To go on by hand, in another terminal:`);
  say(`  cd ${folder}`);
  say(`  node ${join(root, 'bin/assay.js')} tree ${host}/acme/os:v1`);
  say(`  node ${join(root, 'bin/assay.js')} verify --key cosign.pub --trusted-root trusted_root.json --verbose ${host}/acme/os:v1`);
  say(`  node ${join(root, 'bin/assay.js')} policy explain --policy audited.yaml ${host}/acme/os:v1`);
  const signing = '--key release.key --password-file password.txt --signing-config signing_config.json --trusted-root trusted_root.json';
  say(`  node ${join(root, 'bin/assay.js')} sign ${signing} ${host}/acme/unsigned:v1`);
  say('Ctrl-C ends the registry; the folder stays.');
  return new Promise(() => {});
}

function library(name) {
  return import(pathToFileURL(join(root, `dist/${name}.js`)).href);
}

function print(text) {
  process.stdout.write(text);
}
