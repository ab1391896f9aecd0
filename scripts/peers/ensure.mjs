// Sees to it that every peer of the table is unpacked in the folder, of a version that was looked up in the last week.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { capture } from '../command.mjs';
import { openSuite } from './apt.mjs';
import { foldersOf, foundPeers, isDebian } from './folder.mjs';
import { PEERS } from './table.mjs';

const RECENT_MS = 7 * 24 * 3600 * 1000;

/**
 * @typedef {object} Outcome
 * @property {boolean} debian whether peers can be had here at all
 * @property {{ name: string, version: string, path: string }[]} found
 * @property {string[]} missing one sentence for each peer that is not there
 * @property {string[]} warnings
 */

/**
 * Fetches what is missing or was not looked up lately. Present and recent: no network, a few milliseconds.
 * @param {string} folder
 * @param {(line: string) => void} say progress
 * @returns {Promise<Outcome>}
 */
export async function ensurePeers(folder, say) {
  if (!isDebian()) return { debian: false, found: foundPeers(folder), missing: [], warnings: [] };
  const stamp = join(folder, '.looked-up');
  const recent = existsSync(stamp) && Date.now() - statSync(stamp).mtimeMs < RECENT_MS;
  const absent = PEERS.filter((peer) => !isFound(peer, folder));
  const wanted = recent ? absent : PEERS;
  if (wanted.length === 0) return { debian: true, found: foundPeers(folder), missing: [], warnings: [] };

  mkdirSync(folder, { recursive: true });
  sweep(folder);
  const scratch = mkdtempSync(join(folder, '.fetch-'));
  try {
    const troubles = await fetchAll(wanted, folder, scratch, say);
    if (troubles.size === 0) writeFileSync(stamp, '');
    const told = PEERS.flatMap((peer) =>
      troubles.has(peer) ? [{ peer, text: `${peer.name} ${peer.major}.x: ${troubles.get(peer)}` }] : [],
    );
    return {
      debian: true,
      found: foundPeers(folder),
      missing: told.filter(({ peer }) => !isFound(peer, folder)).map(({ text }) => text),
      warnings: told.filter(({ peer }) => isFound(peer, folder)).map(({ text }) => `kept as it is: ${text}`),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Suite after suite: those not found in their first one are looked for in their second. Suites and packages go in parallel. */
async function fetchAll(wanted, folder, scratch, say) {
  const troubles = new Map();
  const suites = new Map();
  const open = (name) => suites.get(name) ?? suites.set(name, openSuite(name, join(scratch, `apt-${name}`))).get(name);
  await Promise.all(
    wanted.map(async (peer) => {
      const reasons = [];
      for (const name of peer.suites) {
        const reason = await fetchOne(peer, open(name), folder, scratch, say).catch((error) => error.message);
        if (reason === undefined) return;
        reasons.push(reason);
      }
      troubles.set(peer, reasons.join('; '));
    }),
  );
  return troubles;
}

/** @returns {Promise<string | undefined>} why it is not there */
async function fetchOne(peer, opening, folder, scratch, say) {
  const suite = await opening;
  const version = await suite.version(peer.name, peer.major);
  if (version === undefined) return `Debian ${suite.name} has no package ${peer.name} of version ${peer.major}.x`;
  const place = join(folder, `${peer.name}_${version.replace(/:/g, '%3a')}`);
  if (isFound(peer, folder) && existsSync(place)) return undefined;
  say(`fetching ${peer.name} ${version} from Debian ${suite.name}`);
  const libraries = peer.libraries ? await suite.libraries(peer.name) : [];
  const debs = await suite.download(
    [`${peer.name}=${version}`, ...(peer.beside ?? []), ...libraries],
    join(scratch, `deb-${peer.name}-${peer.major}`),
  );
  const fresh = join(scratch, `tree-${peer.name}-${peer.major}`);
  for (const deb of debs) {
    const { code, stderr } = await capture('dpkg', ['-x', deb, fresh]);
    if (code !== 0) return `could not unpack ${basename(deb)}: ${stderr.trim()}`;
  }
  if (!existsSync(join(fresh, 'usr/bin', peer.binary))) return `the package ${peer.name} ${version} has no usr/bin/${peer.binary}`;
  if (peer.libraries) wrap(join(fresh, 'usr/bin', peer.binary));
  const older = foldersOf(peer, readdirSync(folder));
  rmSync(place, { recursive: true, force: true });
  renameSync(fresh, place);
  for (const name of older) if (name !== basename(place)) rmSync(join(folder, name), { recursive: true, force: true });
  return undefined;
}

/** A program that finds its libraries beside itself, whoever starts it and however; those of a newer system with their own loader. */
function wrap(binary) {
  renameSync(binary, `${binary}.unwrapped`);
  const script = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
for folder in "$here"/../lib/*-linux-gnu* "$here"/../../lib/*-linux-gnu*; do LD_LIBRARY_PATH="$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"; done
for loader in "$here"/../lib/*-linux-gnu*/ld-linux-*.so.*; do
  if [ -x "$loader" ]; then exec "$loader" --library-path "$LD_LIBRARY_PATH" "$here/${basename(binary)}.unwrapped" "$@"; fi
done
export LD_LIBRARY_PATH
exec "$here/${basename(binary)}.unwrapped" "$@"
`;
  writeFileSync(binary, script);
  chmodSync(binary, 0o755);
}

function isFound(peer, folder) {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return foundPeers(folder).some((found) => foldersOf(peer, names).some((name) => found.path.startsWith(join(folder, name, '/'))));
}

/** What a run that was killed left behind. */
function sweep(folder) {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.fetch-') && Date.now() - statSync(join(folder, name)).mtimeMs > 3600 * 1000)
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}
