// node warm.mjs BUNDLE CACHE: runs the bundle as a user would, then writes what V8 compiled.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { replaceFile } from './files.mjs';
import { serveSample, writeSample } from './sample.mjs';

const [bundle, cache] = process.argv.slice(2);
const source = readFileSync(bundle, 'latin1');
const script = new Script(source, { filename: bundle });
const bundled = { exports: {} };
script.runInThisContext()(bundled.exports, createRequire(bundle), bundled, bundle, dirname(bundle));

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
replaceFile(cache, Buffer.concat([Buffer.from(source.slice(3, 67), 'latin1'), script.createCachedData()]));
process.exit(0);

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
  const { run } = bundled.exports;
  if (run === undefined) return '';
  const code = await Promise.resolve(run(argv, io)).catch((error) => `threw ${error.stack}`);
  return code === 0 ? '' : `exit ${code}\n${text}`;

  function write(chunk) {
    text += chunk;
  }
}
