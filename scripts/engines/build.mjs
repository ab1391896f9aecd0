// Builds the engines: as WebAssembly, which is published, and natively, for the tests that compare the two.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { capture } from '../command.mjs';
import { fetchPackages } from './debian.mjs';
import { debianNotices, linked, moduleNotices, thirdPartyText } from './licences.mjs';
import { ENGINES, PACKAGES } from './packages.mjs';
import { builtEngines, builtFolder, cacheFolder, packagesFolder, SOURCES } from './place.mjs';

const BUILD_MS = 900_000;

/** What was not used for so long is swept from the cache folder. */
const UNUSED_MS = 14 * 24 * 3600 * 1000;
const LOGRUS = 'github.com/sirupsen/logrus';

/** What differs between the two programs. */
const TARGETS = {
  wasm: { file: 'engines.wasm', env: { GOOS: 'wasip1', GOARCH: 'wasm' }, flags: ['-buildmode=c-shared'] },
  native: { file: 'engines-native', env: { CGO_ENABLED: '0' }, flags: [] },
};

/**
 * @typedef {object} Toolchain
 * @property {string} go the compiler
 * @property {string} sources where it is run
 * @property {Record<string, string>} env for it
 * @property {string} logrus the folder of that module
 * @property {Readonly<Record<string, string>>} versions of the compiler and the engines
 * @property {() => Promise<import('./licences.mjs').Notice[]>} notices the licences of what is linked
 */

/**
 * The engines, built unless they are there.
 * @param {{ from?: 'debian' | 'go', native?: boolean, say: (line: string) => void }} options `from`: whose compiler and sources, by default
 *   Debian's; `native`: the native program too
 * @returns {Promise<{ wasm: string, native: string, thirdParty: string, versions: Readonly<Record<string, string>> }>} paths
 * @throws {Error} saying what is missing or does not compile
 */
export async function buildEngines({ from, native = false, say }) {
  const targets = native ? ['wasm', 'native'] : ['wasm'];
  const present = from === undefined ? builtEngines(targets) : undefined;
  if (present !== undefined) return present;
  const source = from ?? 'debian';
  const folder = builtFolder(source);
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, '.build-'));
  try {
    const toolchain = source === 'debian' ? await debianToolchain(say) : await goToolchain(join(scratch, 'sources'), say);
    const overlay = join(scratch, 'overlay.json');
    const missingFile = join(toolchain.logrus, 'terminal_check_wasip1.go');
    writeFileSync(overlay, JSON.stringify({ Replace: { [missingFile]: join(SOURCES, 'overlay/terminal_check_wasip1.go') } }));
    for (const name of targets.filter((target) => !existsSync(join(folder, TARGETS[target].file)))) {
      const { file, env, flags } = TARGETS[name];
      say(`compiling the policy engines (${name}; a minute or two the first time)`);
      const args = ['build', ...flags, '-overlay', overlay, '-trimpath', '-ldflags=-s -w', '-o', join(scratch, file), '.'];
      const { code, stderr } = await capture(toolchain.go, args, {
        cwd: toolchain.sources,
        env: { ...toolchain.env, ...env },
        timeoutMs: BUILD_MS,
      });
      if (code !== 0) throw new Error(`the policy engines do not compile (${name}):\n${stderr.trim()}`);
      renameSync(join(scratch, file), join(folder, file));
    }
    writeFileSync(join(folder, 'THIRD-PARTY.txt'), thirdPartyText(await toolchain.notices()));
    writeFileSync(join(folder, 'versions.json'), `${JSON.stringify(toolchain.versions, null, 2)}\n`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  sweep([basename(folder), basename(packagesFolder())]);
  return builtEngines(targets, [source]);
}

/** @returns {Promise<Toolchain>} */
async function debianToolchain(say) {
  const { folder, go, versions } = await fetchPackages(packagesFolder(), {
    packages: PACKAGES,
    what: 'CUE, OPA and what they import (60 MB)',
    say,
  }).catch((error) => {
    throw new Error(`${error.message}; with Go and a network, "node scripts/engines.mjs --from go" builds them`);
  });
  const root = join(folder, `usr/lib/go-${go}`);
  const path = join(folder, 'usr/share/gocode');
  const env = {
    GOROOT: root,
    GOPATH: path,
    GO111MODULE: 'off',
    GOTOOLCHAIN: 'local',
    GOFLAGS: '',
    GOCACHE: join(cacheFolder(), 'go-build'),
  };
  const engines = Object.entries(ENGINES).map(([name, pkg]) => [name, versions[pkg]]);
  const compiler = { go: join(root, 'bin/go'), sources: SOURCES, env };
  return {
    ...compiler,
    notices: async () => debianNotices(folder, go, versions, await linked(compiler, '{{.ImportPath}}')),
    logrus: join(path, 'src', LOGRUS),
    versions: { go, ...Object.fromEntries(engines) },
  };
}

/**
 * Go writes into the files that name its modules, so it works on a copy.
 * @param {string} sources a folder to make
 * @param {(line: string) => void} say
 * @returns {Promise<Toolchain>}
 */
async function goToolchain(sources, say) {
  cpSync(SOURCES, sources, { recursive: true });
  const env = { GO111MODULE: 'on', GOFLAGS: '-mod=mod' };
  const run = async (...args) => {
    const { code, stdout, stderr } = await capture('go', args, { cwd: sources, env, timeoutMs: BUILD_MS });
    if (code === 127) throw new Error('the program go is not installed (1.25 or newer)');
    if (code !== 0) throw new Error(`go ${args.join(' ')}:\n${stderr.trim()}`);
    return stdout.trim();
  };
  const go = (await run('env', 'GOVERSION')).replace(/^go/, '');
  say('fetching the modules that engines/go.mod names');
  await run('mod', 'tidy');
  const of = (what, module) => run('list', '-m', '-f', `{{.${what}}}`, module);
  const compiler = { go: 'go', sources, env };
  const notices = async () => {
    const lines = await linked(compiler, '{{with .Module}}{{.Path}} {{.Version}} {{.Dir}}{{end}}');
    const modules = lines.map((line) => {
      const [path, version, ...where] = line.split(' ');
      return { path, version, folder: where.join(' ') };
    });
    return moduleNotices([{ path: 'Go', version: go, folder: await run('env', 'GOROOT') }, ...modules]);
  };
  return {
    ...compiler,
    notices,
    logrus: await of('Dir', LOGRUS),
    versions: { go, cue: await of('Version', 'cuelang.org/go'), opa: await of('Version', 'github.com/open-policy-agent/opa') },
  };
}

/** Builds and packages of older sources, and what a run that was killed left behind. Other checkouts share the folder. */
function sweep(current) {
  for (const name of readdirSync(cacheFolder())) {
    const path = join(cacheFolder(), name);
    if (current.includes(name)) utimesSync(path, new Date(), new Date());
    else if (/^(?:debian|go|packages)-[0-9a-f]{16}$|^\.fetch-/.test(name) && Date.now() - statSync(path).mtimeMs > UNUSED_MS)
      rmSync(path, { recursive: true, force: true });
  }
}
