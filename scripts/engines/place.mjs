// Where the engines are built and kept: one folder for each state of their sources, and beside them what they are built from.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { GO_PREFIX, PACKAGES } from './packages.mjs';

const root = dirname(dirname(import.meta.dirname));

/** The sources of the program. */
export const SOURCES = join(root, 'engines');

/**
 * `ASSAY_ENGINES_CACHE`, else `assay/engines` in the user's cache folder.
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {string}
 */
export function cacheFolder(environment = process.env) {
  return environment.ASSAY_ENGINES_CACHE || join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assay', 'engines');
}

/**
 * Where the program in its present state is or will be built: the name is a digest of everything that it is made from.
 * @param {'debian' | 'go'} from
 * @returns {string} a folder, which may not exist
 */
export function builtFolder(from) {
  const hash = createHash('sha256').update(`${from}\n`);
  const recipe = readdirSync(import.meta.dirname).filter((name) => /^(?:build|packages|licences)\./.test(name));
  for (const path of [...recipe.map((name) => join(import.meta.dirname, name)), ...sourceFiles().map((name) => join(SOURCES, name))]) {
    hash
      .update(`${path.slice(root.length)}\n`)
      .update(readFileSync(path))
      .update('\n');
  }
  return join(cacheFolder(), `${from}-${hash.digest('hex').slice(0, 16)}`);
}

/**
 * The unpacked packages.
 * @returns {string} a folder, which may not exist
 */
export function packagesFolder() {
  const digest = createHash('sha256')
    .update([GO_PREFIX, ...PACKAGES].join('\n'))
    .digest('hex');
  return join(cacheFolder(), `packages-${digest.slice(0, 16)}`);
}

/**
 * The programs as they were last built from the sources as they are now.
 * @param {readonly ('wasm' | 'native')[]} wanted that have to be there
 * @param {readonly ('debian' | 'go')[]} [sources] whose builds count
 * @returns {{ wasm: string, native: string, thirdParty: string, versions: Readonly<Record<string, string>> } | undefined} paths
 */
export function builtEngines(wanted, sources = ['debian', 'go']) {
  for (const from of sources) {
    const folder = builtFolder(from);
    const paths = {
      wasm: join(folder, 'engines.wasm'),
      native: join(folder, 'engines-native'),
      thirdParty: join(folder, 'THIRD-PARTY.txt'),
    };
    const versions = join(folder, 'versions.json');
    if (existsSync(versions) && wanted.every((name) => existsSync(paths[name])))
      return { ...paths, versions: JSON.parse(readFileSync(versions, 'utf8')) };
  }
  return undefined;
}

/** What is compiled, sorted. */
function sourceFiles() {
  return readdirSync(SOURCES, { recursive: true })
    .filter((name) => /\.go$|^go\.(?:mod|sum)$/.test(name))
    .sort();
}
