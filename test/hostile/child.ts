/** The command line as a process of its own: for what only a process has, such as its memory and its signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');

/** What a process did. */
export interface ChildRun {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The most memory that was resident at any time, in MiB; 0 when the process was killed before it could say. */
  readonly peakMiB: number;
  readonly ms: number;
}

/** What a process is started with. */
export interface ChildOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Called once the process runs. */
  readonly started?: (child: ChildProcess) => void;
}

/** The command line, built. */
export interface Program {
  run(argv: readonly string[], options: ChildOptions): Promise<ChildRun>;
  remove(): void;
}

/** Starts the program as `bin/assay.js` does, with V8's code cache: the first run that ends by itself leaves it to those after it. */
const START = `const { existsSync, readFileSync, renameSync, writeFileSync, writeSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');
const peak = () => {
  // On Linux maxRSS begins with what the parent had; the high-water mark is the process's own.
  try {
    return /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  } catch {
    return process.resourceUsage().maxRSS;
  }
};
const filename = join(__dirname, 'assay.cjs');
const cache = join(__dirname, 'assay.cache');
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
const script = new Script('(function (exports, require, module, __filename) {' + readFileSync(filename, 'latin1') + '\\n})', { filename, cachedData });
process.on('exit', () => {
  writeSync(3, String(peak()));
  if (cachedData !== undefined || existsSync(cache)) return;
  writeFileSync(cache + process.pid, script.createCachedData());
  renameSync(cache + process.pid, cache);
});
const bundled = { exports: {} };
script.runInThisContext()(bundled.exports, require, bundled, filename);
bundled.exports.start();
`;

/** Builds the command line from its source, so that nothing depends on what `dist` holds. */
export async function buildProgram(): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-program-'));
  const main = join(folder, 'assay.cjs');
  await build({
    stdin: { contents: `export { start } from './src/cli/main.ts';`, resolveDir: ROOT, loader: 'js' },
    absWorkingDir: ROOT,
    bundle: true,
    outfile: main,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    charset: 'ascii',
    // A vm.Script has no loader for it.
    supported: { 'dynamic-import': false },
    external: ['@aws-sdk/client-kms', '@google-cloud/kms', '@azure/*', 'pkcs11js', '@kubernetes/client-node'],
    define: { __ASSAY_RULES_SWITCHABLE__: 'false', __ASSAY_VERSION__: '"test"', 'import.meta.url': '__assay_url' },
    banner: { js: `const __assay_url = require('node:url').pathToFileURL(__filename).href;` },
    logLevel: 'error',
  });
  const start = join(folder, 'start.cjs');
  writeFileSync(start, START);
  return { run: (argv, options) => runProgram(start, argv, options), remove: () => rmSync(folder, { recursive: true }) };
}

function runProgram(start: string, argv: readonly string[], options: ChildOptions): Promise<ChildRun> {
  const began = performance.now();
  const child = spawn(process.execPath, [start, ...argv], {
    cwd: options.home,
    env: { HOME: options.home, PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const [stdout, stderr, used] = [collected(child.stdio[1]), collected(child.stdio[2]), collected(child.stdio[3])];
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  options.started?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit, signal) =>
      resolve({
        exit,
        signal,
        stdout: stdout(),
        stderr: stderr(),
        peakMiB: Math.round(Number(used() || 0) / 1024),
        ms: Math.round(performance.now() - began),
      }),
    );
  });
}

function collected(stream: unknown): () => string {
  const parts: Buffer[] = [];
  (stream as NodeJS.ReadableStream).on('data', (part: Buffer) => parts.push(part));
  return () => Buffer.concat(parts).toString('utf8');
}
