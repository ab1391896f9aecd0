// Everything that a bare clone needs before its tests or its demo: packages, build, policy engines, peers. Plain Node until `npm ci` has run.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isBuilt } from './build/stamp.mjs';
import { capture, stream } from './command.mjs';
import { ensureEngines } from './engines.mjs';
import { ensurePeers } from './peers/ensure.mjs';
import { isDebian, missingAllowed, peersFolder } from './peers/folder.mjs';
import { ensureServers } from './servers/build.mjs';

const root = dirname(import.meta.dirname);

/** What the tests and the demo call, and the Debian package that has it. */
const PROGRAMS = { openssl: ['version'], git: ['--version'], tar: ['--version'] };

const NOT_READY = { ready: false, lacking: [], peers: [] };

/**
 * Sets the project up; what is there already costs nothing.
 * @param {{ peers?: boolean, servers?: boolean, build?: boolean, nativeEngines?: boolean }} [options] parts that are not wanted; whether the engines are also
 *   built natively, to be compared with
 * @returns {Promise<{ ready: boolean, lacking: string[], peers: { name: string, version: string, path: string }[] }>} whether anything can run at
 *   all; which required programs and peers are not there; complaints go to stderr
 */
export async function setUp(options = {}) {
  const peers = options.peers === false ? { found: [], missing: [], warnings: [] } : ensurePeers(peersFolder(), say);
  const engines = ensureEngines({ native: options.nativeEngines === true });
  // The engines' compiler has both cores first.
  const servers = options.servers === true && isDebian() ? engines.then(() => ensureServers(say)) : [];
  const programs = await checkPrograms();
  if (!isInstalled() && !(await succeeds('npm', ['ci', '--no-audit', '--no-fund']))) return NOT_READY;
  if (options.build !== false && !isBuilt(root) && !(await succeeds(process.execPath, ['scripts/build.mjs', '--no-types', '--no-engines'])))
    return NOT_READY;
  const { found, missing, warnings } = await peers;
  const engineTrouble = await engines;
  const serversMissing = await servers;
  if (engineTrouble) say(engineTrouble);
  for (const warning of warnings) say(`warning: ${warning}`);
  for (const sentence of missing) say(`peer missing: ${sentence}`);
  for (const sentence of serversMissing) say(`server missing: ${sentence}`);
  return {
    ready: true,
    lacking: [...programs, ...(missingAllowed() ? [] : [...missing, ...serversMissing, ...(engineTrouble ? [engineTrouble] : [])])],
    peers: found,
  };
}

/** Compared by content: the times of the two lock files say nothing after a checkout. */
function isInstalled() {
  const hidden = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = packagesOf(hidden);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { version, optional, link }]) => path === '' || optional || link || installed[path]?.version === version,
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

async function succeeds(program, args) {
  say(`> ${program === process.execPath ? 'node' : program} ${args.join(' ')}`);
  const { code, stderr } = await stream(program, args, { cwd: root });
  if (code === 127) say(stderr.trim());
  return code === 0;
}

async function checkPrograms() {
  const results = await Promise.all(Object.entries(PROGRAMS).map(async ([name, args]) => ({ name, ...(await capture(name, args)) })));
  const absent = results.filter(({ code }) => code === 127);
  for (const { name } of absent) say(`${name} is needed and not installed`);
  return absent.map(({ name }) => `${name} is not installed`);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const { ready, lacking } = await setUp({ peers: !process.argv.includes('--no-peers') });
  process.exitCode = ready && lacking.length === 0 ? 0 : 1;
}
