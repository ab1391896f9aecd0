import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * Imports a TypeScript file of the project, which Node 20 cannot do by itself.
 * @param {string} root folder of the project
 * @param {string} entry path of the file below it
 * @returns {Promise<any>} its exports
 */
export async function loadTypeScript(root, entry) {
  const outdir = join(root, '.cache/docs');
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: [join(root, entry)],
    outdir,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  return import(pathToFileURL(join(outdir, basename(entry).replace(/\.ts$/, '.mjs'))).href);
}
