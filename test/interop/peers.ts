/** The real tools that judge Assay in tests: found in the cache folder, required on Debian, skipped elsewhere. */
import { type FoundPeer, foundPeers, isDebian, missingAllowed, peersFolder } from '../../scripts/peers/folder.mjs';

/** A real tool, unpacked. */
export type Peer = FoundPeer;

/** What `requirePeer` needs of a test or hook: vitest's test context has it. */
export interface Skippable {
  readonly skip: (note?: string) => void;
}

/**
 * Finds a peer.
 * @param name of its Debian package, such as `cosign`
 * @param version what its version begins with, such as `3` or `2.5`; without it the newest
 * @returns `undefined` when it is not there
 */
export function findPeer(name: string, version = ''): Peer | undefined {
  return foundPeers(peersFolder()).find((peer) => peer.name === name && beginsWith(peer.version, version));
}

/**
 * Gives the peer, or ends the test: skipped where peers are not to be had, failed on Debian unless `ASSAY_ALLOW_MISSING_PEERS=1`.
 * @param test vitest's test context
 * @throws {Error} on Debian, when the peer is missing
 */
export function requirePeer(test: Skippable, name: string, version = ''): Peer {
  const peer = findPeer(name, version);
  if (peer !== undefined) return peer;
  if (!missingMayPass()) throw new Error(`${label(name, version)} is missing: run "npm run peers"`);
  test.skip(`needs the peer ${label(name, version)}`);
  throw new Error('unreachable: the test has been skipped');
}

/**
 * For `describe.skipIf(…)` of a file whose set-up needs peers: false when they are there, and false when their absence has to fail.
 */
export function lacksPeers(...wanted: readonly (readonly [name: string, version?: string])[]): boolean {
  const absent = wanted.filter(([name, version]) => findPeer(name, version) === undefined);
  for (const [name, version] of absent) process.stderr.write(`peer missing: ${label(name, version ?? '')}\n`);
  return absent.length > 0 && missingMayPass();
}

function missingMayPass(): boolean {
  return !isDebian() || missingAllowed();
}

function beginsWith(version: string, wanted: string): boolean {
  return wanted === '' || version === wanted || (version.startsWith(wanted) && /^[.+~-]/.test(version.slice(wanted.length)));
}

function label(name: string, version: string): string {
  return version === '' ? name : `${name} ${version}`;
}
