// node warm.mjs BUNDLE: runs the bundle as a user would, then writes what V8 compiled.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { cacheFile } from './cache.mjs';
import { replaceFile } from './files.mjs';
import { serveSample, writeSample } from './sample.mjs';

const [bundle] = process.argv.slice(2);
const scripts = new Map();
let rare;
const main = load('assay', ofRare);

const folder = mkdtempSync(join(tmpdir(), 'assay-warm-'));
const server = await serveSample(writeSample(folder));
try {
  const key = ['--key', join(folder, 'key.pub'), '--insecure-ignore-tlog'];
  for (const argv of [
    ['--version'],
    ['verify', ...key, `oci:${join(folder, 'layout')}:v1`],
    ['verify', ...key, '--output', 'json', `127.0.0.1:${server.address().port}/sample:v1`],
  ]) {
    const said = await runQuietly(argv);
    if (said !== '') process.stderr.write(`assay ${argv.join(' ')}: ${said}\n`);
  }
} finally {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
}
// nothing of the second file ran; its cache saves finding its functions
if (existsSync(join(dirname(bundle), 'assay-rare.cjs'))) rare ??= load('assay-rare', ofMain);
for (const [name, { source, script }] of scripts) writeCache(name, source, script);
process.exit(0);

function ofRare(name) {
  rare ??= load('assay-rare', ofMain);
  return rare.modules[name]();
}

function ofMain(name) {
  return main.modules[name]();
}

/** As the start program does. */
function load(name, other) {
  const filename = join(dirname(bundle), `${name}.cjs`);
  const source = readFileSync(filename, 'latin1');
  const script = new Script(source, { filename });
  scripts.set(name, { source, script });
  const require = createRequire(bundle);
  const bundled = { exports: {} };
  const requireAny = (asked) => (asked.startsWith('assay:') ? other(asked) : require(asked));
  script.runInThisContext()(bundled.exports, requireAny, bundled, filename, dirname(filename));
  return bundled.exports;
}

/** Headed by the digest of its file. */
function writeCache(name, source, script) {
  replaceFile(cacheFile(dirname(bundle), name), Buffer.concat([Buffer.from(source.slice(3, 67), 'latin1'), script.createCachedData()]));
}

/** @returns {Promise<string>} what went wrong; the cache is worth having all the same */
async function runQuietly(argv) {
  let text = '';
  const sink = { write };
  const io = {
    stdout: sink,
    stderr: sink,
    stdin: process.stdin,
    env: { HOME: folder, NO_COLOR: '1' },
    cwd: folder,
    home: folder,
    isTTY: { stdout: false, stderr: false },
    columns: 80,
    now: () => new Date(),
  };
  const { run } = main;
  if (run === undefined) return '';
  const code = await Promise.resolve(run(argv, io)).catch((error) => `threw ${error.stack}`);
  return code === 0 ? '' : `exit ${code}\n${text}`;

  function write(chunk) {
    text += chunk;
  }
}
