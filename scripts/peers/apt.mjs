// One Debian suite, read through apt-get with state of its own: nothing of the system is changed and no rights are needed.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../command.mjs';
import { hasMajor, osRelease } from './folder.mjs';

const KEYRINGS = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];
const UPDATE_MS = 180_000;
const DOWNLOAD_MS = 300_000;

/**
 * Fetches the package lists of a suite.
 * @param {string} suite `system` for the release that runs here
 * @param {string} folder an empty folder for apt's state
 * @returns {Promise<Suite>}
 * @throws {Error} when the lists cannot be had
 */
export async function openSuite(suite, folder) {
  const name = suite === 'system' ? osRelease().VERSION_CODENAME || 'sid' : suite;
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'sources.list'), `deb ${keyring()}${mirror()} ${name} main\n`);
  writeFileSync(join(folder, 'status'), '');
  const opened = new Suite(name, aptOptions(folder));
  await twice(() => opened.apt('apt-get', ['-q', 'update', '--error-on=any'], UPDATE_MS), `the package lists of Debian ${name}`);
  return opened;
}

/** A suite whose lists have been fetched. */
export class Suite {
  #options;

  /**
   * @param {string} name
   * @param {readonly string[]} options of every apt command
   */
  constructor(name, options) {
    this.name = name;
    this.#options = options;
  }

  /**
   * The newest version of a package within a major version.
   * @param {string} name
   * @param {string} major
   * @returns {Promise<string | undefined>}
   */
  async version(name, major) {
    const { stdout } = await this.apt('apt-cache', ['madison', name], UPDATE_MS);
    const versions = stdout.split('\n').map((line) => line.split('|')[1]?.trim() ?? '');
    return versions.find((version) => hasMajor(version, major));
  }

  /**
   * The shared libraries among a package's dependencies (theirs too) that a bare system has not got, or has too old.
   * @param {string} name
   * @returns {Promise<string[]>}
   */
  async libraries(name) {
    const { stdout } = await this.apt('apt-cache', ['depends', '--recurse', '--important', name], UPDATE_MS);
    const found = stdout.match(/^lib(?:gpgme|assuan|gpg-error|devmapper|subid|btrfs|ostree|sqlite3)[\w.+-]*|^libc6$/gm) ?? [];
    return [...new Set(found)];
  }

  /**
   * Downloads packages.
   * @param {readonly string[]} packages `NAME` or `NAME=VERSION`
   * @param {string} folder
   * @returns {Promise<string[]>} paths of the .deb files
   * @throws {Error}
   */
  async download(packages, folder) {
    mkdirSync(folder, { recursive: true });
    await twice(
      () => this.apt('apt-get', ['-q', 'download', ...packages], DOWNLOAD_MS, folder),
      `${packages.join(', ')} from Debian ${this.name}`,
    );
    return readdirSync(folder)
      .filter((file) => file.endsWith('.deb'))
      .map((file) => join(folder, file));
  }

  /**
   * @param {'apt-get' | 'apt-cache'} program
   * @param {readonly string[]} args
   * @param {number} timeoutMs
   * @param {string} [cwd]
   */
  apt(program, args, timeoutMs, cwd) {
    return capture(program, [...this.#options, ...args], { timeoutMs, cwd, env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' } });
  }
}

async function twice(attempt, what) {
  let result = await attempt();
  if (result.code !== 0) result = await attempt();
  if (result.code !== 0) throw new Error(`could not fetch ${what}:\n${(result.stderr || result.stdout).trim()}`);
  return result;
}

function aptOptions(folder) {
  const options = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferences': '-',
    'Dir::Etc::preferencesparts': '-',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    // the unprivileged download user of apt may not be able to read a private folder
    'APT::Sandbox::User': 'root',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function keyring() {
  const file = KEYRINGS.find((path) => existsSync(path));
  if (file === undefined) throw new Error('the archive keyring is missing: install the Debian package debian-archive-keyring');
  return `[signed-by=${file}] `;
}

/** The mirror that the system itself uses, so that a proxy or a local mirror is used here too. */
function mirror() {
  for (const file of sourceFiles()) {
    const text = readFileSync(file, 'utf8');
    const found = file.endsWith('.sources') ? /^URIs:\s*(\S+)/m.exec(text) : /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s/m.exec(text);
    if (found?.[1] !== undefined && /debian\/?$|debian\.list$/.test(found[1])) return found[1];
  }
  throw new Error('no Debian mirror in /etc/apt/sources.list or /etc/apt/sources.list.d');
}

function sourceFiles() {
  const parts = '/etc/apt/sources.list.d';
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const files = names.filter((name) => /\.(?:sources|list)$/.test(name)).map((name) => join(parts, name));
  return [...files.filter((file) => file.includes('debian')), '/etc/apt/sources.list', ...files].filter((file) => existsSync(file));
}
