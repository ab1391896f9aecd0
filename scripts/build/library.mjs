// The library: one ES module for each subpath export, shared code in chunks, dependencies left to npm; declarations by tsc.
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { capture } from '../command.mjs';

const ENTRIES = {
  index: 'src/index.ts',
  oci: 'src/oci/index.ts',
  verify: 'src/verify/index.ts',
  trust: 'src/trust/index.ts',
  policy: 'src/policy/index.ts',
  engines: 'src/engines/index.ts',
  sign: 'src/sign/index.ts',
  testing: 'src/testing/index.ts',
};

/**
 * Bundles the entry points that exist into `dist/*.js`.
 * @param {string} root
 * @param {string} version
 * @returns {Promise<string[]>} the names of the entry points built
 */
export async function buildLibrary(root, version) {
  const entries = Object.entries(ENTRIES).filter(([, file]) => existsSync(join(root, file)));
  if (entries.length === 0) return [];
  const result = await build({
    entryPoints: Object.fromEntries(entries),
    absWorkingDir: root,
    outdir: 'dist',
    chunkNames: 'chunks/[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    minifySyntax: true,
    define: { __ASSAY_RULES_SWITCHABLE__: 'false', __ASSAY_VERSION__: JSON.stringify(version) },
    metafile: true,
    logLevel: 'warning',
  });
  sweepChunks(root, new Set(Object.keys(result.metafile.outputs).map((path) => basename(path))));
  return entries.map(([name]) => name);
}

function sweepChunks(root, current) {
  const folder = join(root, 'dist/chunks');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (!current.has(name)) rmSync(join(folder, name));
}

/**
 * Writes the declarations to `dist/types`.
 * @param {string} root
 * @returns {Promise<string>} the compiler's complaints; empty when there are none
 */
export async function buildTypes(root) {
  const fresh = mkdtempSync(join(root, 'dist/types-'));
  try {
    const args = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh];
    const { code, stdout, stderr } = await capture(process.execPath, args, { cwd: root });
    const types = join(root, 'dist/types');
    rmSync(types, { recursive: true, force: true });
    chmodSync(fresh, 0o755);
    renameSync(fresh, types);
    return code === 0 ? '' : `${stdout}${stderr}`;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
