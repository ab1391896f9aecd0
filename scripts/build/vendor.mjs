// Libraries that few commands need stand in files of their own, so that every start reads and checks less.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Loaded on demand by one file each; everything else is in the bundle. */
const VENDORED = /^(?:undici|yaml|cborg|re2js|tuf-js|fzstd|ajv|@noble\/curves\/.*)$/;

/**
 * An esbuild plugin that leaves the libraries out of the bundle and collects which were asked for.
 * @param {Set<string>} wanted gets the names
 * @returns {import('esbuild').Plugin}
 */
export function vendored(wanted) {
  return {
    name: 'vendored',
    setup(builder) {
      builder.onResolve({ filter: VENDORED }, ({ path }) => {
        wanted.add(path);
        // from `bin/` as from `dist/`, whose `require` runs the bundle
        return { path: `../dist/vendor/${fileOf(path)}`, external: true };
      });
    },
  };
}

/**
 * An esbuild plugin: commander loads `node:child_process` (8 ms) for subcommands that are programs of their own, which Assay has none of.
 * @returns {import('esbuild').Plugin}
 */
export function withoutSubprocesses() {
  return {
    name: 'without-subprocesses',
    setup(builder) {
      builder.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
        /[\\/]commander[\\/]/.test(importer) ? { path: 'child_process', namespace: 'absent' } : undefined,
      );
      builder.onLoad({ filter: /^child_process$/, namespace: 'absent' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
    },
  };
}

/**
 * Writes the libraries into `dist/vendor`, each as one CommonJS file.
 * @param {string} root folder of the project
 * @param {Set<string>} wanted
 */
export async function buildVendored(root, wanted) {
  const folder = join(root, 'dist/vendor');
  mkdirSync(folder, { recursive: true });
  const files = new Set([...wanted].map(fileOf));
  for (const name of readdirSync(folder).filter((f) => !files.has(f))) rmSync(join(folder, name));
  await Promise.all(
    [...wanted].map((name) =>
      build({
        stdin: {
          contents: `export * from '${name}'; import * as all from '${name}'; export default all.default;`,
          resolveDir: root,
          loader: 'js',
        },
        absWorkingDir: root,
        bundle: true,
        outfile: join(folder, fileOf(name)),
        platform: 'node',
        target: 'node20.19',
        format: 'cjs',
        mainFields: ['module', 'main'],
        minifySyntax: true,
        minifyWhitespace: true,
        charset: 'ascii',
        legalComments: 'eof',
        logLevel: 'error',
      }),
    ),
  );
}

function fileOf(name) {
  return `${name
    .replace(/^@/, '')
    .replace(/\.js$/, '')
    .replaceAll(/[^a-z0-9]+/gi, '-')}.cjs`;
}
