// Fetches Debian's Go compiler and the sources of a program, with apt state of their own, and unpacks them into one folder.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { capture } from '../command.mjs';
import { openSuite } from '../peers/apt.mjs';
import { isDebian } from '../peers/folder.mjs';
import { GO_PREFIX, SUITES } from './packages.mjs';

/** In the unpacked folder, written last: a folder without it is not whole. */
const RECORD = 'packages.json';

/**
 * @typedef {object} Packages
 * @property {string} folder where they are unpacked
 * @property {string} go version of the compiler, as 1.27
 * @property {Readonly<Record<string, string>>} versions of the packages
 */

/**
 * The packages, fetched unless they are there.
 * @param {string} folder where they belong
 * @param {{ packages: readonly string[], what: string, say: (line: string) => void }} wanted what is fetched besides the compiler; progress
 * @returns {Promise<Packages>}
 * @throws {Error} naming the package that cannot be had, or what is missing here
 */
export async function fetchPackages(folder, { packages, what, say }) {
  if (existsSync(join(folder, RECORD))) return { folder, ...JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) };
  if (!isDebian()) throw new Error('this is no Debian system');
  mkdirSync(dirname(folder), { recursive: true });
  const scratch = mkdtempSync(join(dirname(folder), '.fetch-'));
  try {
    const troubles = [];
    for (const name of SUITES) {
      const fetched = await fromSuite(name, scratch, packages, what, say).catch((error) => {
        troubles.push(error.message);
        return undefined;
      });
      if (fetched === undefined) continue;
      writeFileSync(join(fetched.tree, RECORD), JSON.stringify({ go: fetched.go, versions: fetched.versions }, null, 2));
      rmSync(folder, { recursive: true, force: true });
      renameSync(fetched.tree, folder);
      return { folder, go: fetched.go, versions: fetched.versions };
    }
    throw new Error(troubles.join('; '));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function fromSuite(name, scratch, packages, what, say) {
  say(`reading the package lists of Debian ${name}`);
  const suite = await openSuite(name, join(scratch, `apt-${name}`));
  const go = await newestGo(suite);
  const versions = await versionsOf(suite, [...packages, `${GO_PREFIX}${go}-go`, `${GO_PREFIX}${go}-src`]);
  say(`fetching ${versions.size} packages from Debian ${name}: Go 1.${go}, ${what}`);
  const wanted = [...versions].map(([pkg, version]) => `${pkg}=${version}`);
  const debs = await suite.download(wanted, join(scratch, `deb-${name}`));
  const tree = join(scratch, `tree-${name}`);
  mkdirSync(tree);
  for (const deb of debs) {
    const { code, stderr } = await capture('dpkg', ['-x', deb, tree]);
    if (code !== 0) throw new Error(`could not unpack ${basename(deb)}: ${stderr.trim()}`);
  }
  return { tree, go: `1.${go}`, versions: Object.fromEntries(versions) };
}

/** @returns {Promise<number>} the minor version */
async function newestGo(suite) {
  const { stdout } = await suite.apt('apt-cache', ['pkgnames', GO_PREFIX], 60_000);
  const minors = stdout.split('\n').flatMap((name) => /^golang-1\.(\d+)-go$/.exec(name)?.[1] ?? []);
  if (minors.length === 0) throw new Error(`Debian ${suite.name} has no package ${GO_PREFIX}*-go`);
  return Math.max(...minors.map(Number));
}

/** @returns {Promise<Map<string, string>>} */
async function versionsOf(suite, names) {
  const { stdout } = await suite.apt('apt-cache', ['madison', ...names], 60_000);
  const versions = new Map();
  for (const line of stdout.split('\n')) {
    const [name, version, where] = line.split('|').map((part) => part.trim());
    if (version !== undefined && where?.endsWith('Packages') && !versions.has(name)) versions.set(name, version);
  }
  const missing = names.filter((name) => !versions.has(name));
  if (missing.length > 0) throw new Error(`Debian ${suite.name} has no package ${missing.join(', ')}`);
  return versions;
}
