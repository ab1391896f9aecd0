// The code of the threads in which policies are evaluated: one CommonJS file with everything that it needs.
import { join } from 'node:path';
import { build } from 'esbuild';
import { replaceFile } from './files.mjs';
import { WORKER } from './worker-file.mjs';

/**
 * Bundles `src/engines/worker.ts` into `dist/engines/worker.cjs`.
 * @param {string} root folder of the project
 */
export async function buildWorker(root) {
  const result = await build({
    entryPoints: [join(root, 'src/engines/worker.ts')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    charset: 'ascii',
    legalComments: 'eof',
    define: { __ASSAY_RULES_SWITCHABLE__: 'false' },
    logLevel: 'warning',
  });
  replaceFile(join(root, WORKER), result.outputFiles[0].contents);
}
