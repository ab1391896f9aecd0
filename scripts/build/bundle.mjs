// The executable: one CommonJS file whose modules are evaluated when they are first imported.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { replaceFile } from './files.mjs';
import { buildVendored, vendored, withoutSubprocesses } from './vendor.mjs';

/** What the start program and the making of the code cache find. */
const ENTRY = `export { run, start } from './src/cli/main.ts';`;

/** What stands in for the command line as long as there is none. */
const PLACEHOLDER = `export function start() { process.stderr.write('the command line is not written yet\\n'); process.exitCode = 4; }`;

/**
 * Bundles `src/cli/main.ts` into `dist/assay.cjs`.
 *
 * Without splitting, esbuild turns `import()` into a deferred initialiser, so a command that does not run costs nothing but bytes on
 * disk. Lines are kept, names are not: a stack trace under `--debug` says where, and a start reads a fifth less.
 * @param {string} root folder of the project
 * @param {string} version
 * @returns {Promise<string>} the path of the bundle
 */
export async function buildExecutable(root, version) {
  const main = join(root, 'src/cli/main.ts');
  const contents = existsSync(main) ? ENTRY : PLACEHOLDER;
  const libraries = new Set();
  const result = await build({
    stdin: { contents, resolveDir: root, sourcefile: 'entry.mjs', loader: 'js' },
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    // `import()` of a built-in module would ask for a loader that a vm.Script has not got
    supported: { 'dynamic-import': false },
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: true,
    lineLimit: 160,
    charset: 'ascii',
    legalComments: 'eof',
    define: {
      __ASSAY_RULES_SWITCHABLE__: 'false',
      __ASSAY_VERSION__: JSON.stringify(version),
      'import.meta.url': '__assay_url',
    },
    banner: { js: `const __assay_url = require('node:url').pathToFileURL(__filename).href;` },
    plugins: [vendored(libraries), withoutSubprocesses()],
    logLevel: 'warning',
  });
  await buildVendored(root, libraries);
  const file = join(root, 'dist/assay.cjs');
  replaceFile(file, sealed(result.outputFiles[0].text));
  return file;
}

/** The function that the start program calls, headed by the digest that ties the code cache to it. */
function sealed(code) {
  const digest = createHash('sha256').update(code).digest('hex');
  return `// ${digest}\n(function (exports, require, module, __filename, __dirname) {${code}\n})`;
}
