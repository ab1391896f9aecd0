// The executable: two CommonJS files whose modules are evaluated when they are first imported. Every start reads the first; the second has what few
// commands need. No module is in both: each file asks the other for what it has.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { replaceFile } from './files.mjs';
import { buildVendored, vendored, withoutSubprocesses } from './vendor.mjs';

/** What the start program and the making of the code cache find. */
const ENTRY = `export { run, start } from './src/cli/main.ts';`;

/** What stands in for the command line as long as there is none. */
const PLACEHOLDER = `export function start() { process.stderr.write('the command line is not written yet\\n'); process.exitCode = 4; }`;

/**
 * Modules that are loaded by `import()` and begin the second file, with all that only they need: policies, Notation, OpenPGP, SLSA, revocation, signing,
 * key services.
 * What else is loaded by `import()` stays in the first.
 */
const RARE = new RegExp(
  `^src/(?:${[
    '(?:policy|engines)/.*',
    'cli/commands/(?:policy|slsa|trust|initialize|completion).*',
    'cli/commands/(?:sign|attest|attach|push|pull|copy|save|load|clean|repair|generate|bundle|keys|import-key|public-key|login|logout).*',
    'cli/attest/.*',
    'trust/kms/.*',
    '(?:sign|mint)/.*',
    'cli/(?:sign|attach|attached|bundle|copy)/.*',
    'crypto/private-keys',
    'cli/keys/(?:password|terminal)',
    'oci/(?:registry/writable-store|layout/writable-layout)',
    'cli/verify/(?:judge|policies|policy-.*|attestation-policy|trust-policy|notation-blob|simple-signatures|kubernetes|dockerfile)',
    'signature/notation/decode',
    'trust/revocation/.*',
    'verify/(?:by-notation|by-openpgp|kept-signatures|signed-referrer)',
  ].join('|')})\\.ts$`,
);

/** What no verification runs, and a gap in the list above would put before every start. The flags that `verify` has for it are declared at the start. */
const NEVER_FIRST = /^src\/(?:sign|mint|oci\/copy|trust\/kms|cli\/(?:sign|attest|attach))\/(?!.*\boptions\.ts$)/;

/** Before the name of a module that is in the other file. */
const OTHER = 'assay:';

/**
 * Bundles `src/cli/main.ts` into `dist/assay.cjs` and `dist/assay-rare.cjs`.
 *
 * Without splitting, esbuild turns `import()` into a deferred initialiser, so a command that does not run costs nothing but bytes on
 * disk. Lines are kept, names are not: a stack trace under `--debug` says where, and a start reads a fifth less.
 * @param {string} root folder of the project
 * @param {string} version
 * @returns {Promise<string>} the path of the first file
 */
export async function buildExecutable(root, version) {
  const entry = existsSync(join(root, 'src/cli/main.ts')) ? ENTRY : PLACEHOLDER;
  const libraries = new Set();
  const bundle = (contents, other) => bundled(root, version, contents, [other, vendored(libraries), withoutSubprocesses()]);

  const rare = new Set();
  const isRare = (path, kind) => kind === 'dynamic-import' && RARE.test(path);
  const trial = await bundle(entry, elsewhere(root, isRare, rare));
  const shared = new Set();
  const second = await bundle(
    tableOf(rare),
    elsewhere(root, (path) => trial.inputs.has(path), shared),
  );
  const pinned = `export const rare = ${JSON.stringify(digestOf(second.code))};`;
  const first = await bundle(`${entry}${tableOf(shared)}${pinned}`, elsewhere(root, isRare, rare));

  const twice = [...second.inputs].filter((path) => path !== 'entry.mjs' && first.inputs.has(path));
  if (twice.length > 0) throw new Error(`in both files of the bundle: ${twice.join(', ')}`);
  const strays = [...first.inputs].filter((path) => NEVER_FIRST.test(path));
  if (strays.length > 0) throw new Error(`only signing and moving need what is in the first file of the bundle: ${strays.join(', ')}`);
  await buildVendored(root, libraries);
  replaceFile(join(root, 'dist/assay-rare.cjs'), sealed(second.code));
  const file = join(root, 'dist/assay.cjs');
  replaceFile(file, sealed(first.code));
  return file;
}

async function bundled(root, version, contents, plugins) {
  // Vendors' libraries that users install beside Assay.
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const result = await build({
    stdin: { contents, resolveDir: root, sourcefile: 'entry.mjs', loader: 'js' },
    absWorkingDir: root,
    bundle: true,
    external: Object.keys(peerDependencies),
    write: false,
    metafile: true,
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
    plugins,
    logLevel: 'warning',
  });
  const code = result.outputFiles[0].text;
  const url = code.includes('__assay_url') ? `const __assay_url = require('node:url').pathToFileURL(__filename).href;` : '';
  return { code: `${url}${code}`, inputs: new Set(Object.keys(result.metafile.inputs)) };
}

/** What the other file may ask for, by name. */
function tableOf(paths) {
  const entries = [...paths].sort().map((path) => `${JSON.stringify(OTHER + path)}: () => require(${JSON.stringify(`./${path}`)})`);
  return `export const modules = { ${entries.join(', ')} };`;
}

/** An esbuild plugin that leaves modules to the other file, and collects which. */
function elsewhere(root, isElsewhere, wanted) {
  return {
    name: 'elsewhere',
    setup(builder) {
      builder.onResolve({ filter: /^[^:]*$/ }, async ({ path, pluginData, kind, importer, resolveDir }) => {
        if (pluginData === OTHER || importer.endsWith('entry.mjs') || /^\.\.\/dist\//.test(path)) return undefined;
        const found = await builder.resolve(path, { kind, importer, resolveDir, pluginData: OTHER });
        if (found.external || found.errors.length > 0 || found.namespace !== 'file') return found;
        const name = relative(root, found.path);
        if (!isElsewhere(name, kind)) return found;
        wanted.add(name);
        return { path: OTHER + name, external: true };
      });
    },
  };
}

/** The function that the start program calls, headed by the digest that ties the code cache to it. */
function sealed(code) {
  return `// ${digestOf(code)}\n(function (exports, require, module, __filename, __dirname) {${code}\n})`;
}

function digestOf(code) {
  return createHash('sha256').update(code).digest('hex');
}
