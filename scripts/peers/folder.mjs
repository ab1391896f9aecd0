// Where the peers are kept, and which are there: one unpacked package per folder, NAME_VERSION/usr/bin/BINARY.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PEERS } from './table.mjs';

/**
 * `ASSAY_PEERS`, else `assay/peers` in the user's cache folder.
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {string}
 */
export function peersFolder(environment = process.env) {
  return environment.ASSAY_PEERS || join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assay', 'peers');
}

/**
 * The newest complete folder of each peer in the table, in the table's order.
 * @param {string} folder
 * @returns {{ name: string, version: string, path: string }[]} `path` is the executable
 */
export function foundPeers(folder) {
  const folders = existsSync(folder) ? readdirSync(folder) : [];
  return PEERS.flatMap((peer) => {
    const complete = foldersOf(peer, folders).filter((name) => isComplete(peer, join(folder, name)));
    const newest = complete.at(-1);
    return newest === undefined
      ? []
      : [{ name: peer.name, version: versionIn(newest), path: join(folder, newest, 'usr/bin', peer.binary) }];
  });
}

/**
 * The folders of one peer, of any completeness, oldest first.
 * @param {import('./table.mjs').Peer} peer
 * @param {readonly string[]} folders
 * @returns {string[]}
 */
export function foldersOf(peer, folders) {
  return folders
    .filter((name) => name.startsWith(`${peer.name}_`) && hasMajor(versionIn(name), peer.major))
    .sort((a, b) => compareVersions(versionIn(a), versionIn(b)));
}

/** apt writes the colon of an epoch as `%3a` in file names; so do the folders, because a colon ends an entry of PATH. */
function versionIn(folderName) {
  return folderName.slice(folderName.indexOf('_') + 1).replace(/%3a/gi, ':');
}

function isComplete(peer, folder) {
  return (
    existsSync(join(folder, 'usr/bin', peer.binary)) && (!peer.libraries || existsSync(join(folder, 'usr/bin', `${peer.binary}.unwrapped`)))
  );
}

/**
 * @param {string} version a Debian version, perhaps with an epoch
 * @param {string} major
 * @returns {boolean}
 */
export function hasMajor(version, major) {
  return /^(?:\d+:)?(\d+)/.exec(version)?.[1] === major;
}

/** Debian's order for what occurs here: numbers by value, a tilde before everything (Debian policy, 5.6.12). */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => `${version.includes(':') ? '' : '0:'}${version}`.match(/\d+|\D/g) ?? []);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = weight(left[i]) - weight(right[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function weight(part) {
  if (part === undefined) return 0;
  if (part === '~') return -1;
  return /\d/.test(part) ? Number(part) : part.charCodeAt(0);
}

/**
 * Whether Debian's packages can be had here. Its derivatives have other versions under the same names.
 * @returns {boolean}
 */
export function isDebian() {
  return osRelease().ID === 'debian' && existsSync('/usr/bin/apt-get');
}

/**
 * @returns {Record<string, string>} the fields of os-release (5)
 */
export function osRelease() {
  const file = '/etc/os-release';
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return Object.fromEntries(lines.flatMap((line) => (/^(\w+)="?([^"]*)"?$/.exec(line) ? [[RegExp.$1, RegExp.$2]] : [])));
}

/**
 * Whether a missing peer is no failure, on Debian too.
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {boolean}
 */
export function missingAllowed(environment = process.env) {
  return environment.ASSAY_ALLOW_MISSING_PEERS === '1';
}
