// The second registry: Debian's docker-registry, which has no referrers API; where it is not, a registry in this process that has none either.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/**
 * @typedef {object} Mirror
 * @property {string} name
 * @property {string} host
 * @property {() => Promise<void>} close
 */

const ATTEMPTS = 3;

/**
 * @param {{ folder: string, testing: typeof import('../../src/testing/index.ts') }} base
 * @param {{ version: string, path: string } | undefined} peer
 * @returns {Promise<Mirror>}
 */
export async function startMirror({ folder, testing }, peer) {
  if (peer === undefined) {
    const { host, close } = await testing.startRegistry({ referrers: false });
    return { name: 'a registry without the referrers API, in this process', host, close };
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const host = `127.0.0.1:${await freePort()}`;
    const child = spawn(peer.path, ['serve', configuration(folder, host)], { stdio: 'ignore' });
    const kill = () => child.kill();
    process.once('exit', kill);
    const close = async () => {
      process.off('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, 'exit');
    };
    child.on('error', () => {});
    if (await answers(child, host)) return { name: `docker-registry ${peer.version}`, host, close };
    await close();
  }
  throw new Error('docker-registry does not start');
}

// YAML, of which JSON is a part.
function configuration(folder, host) {
  const file = join(folder, 'mirror.yml');
  const log = { level: 'error', accesslog: { disabled: true } };
  writeFileSync(
    file,
    JSON.stringify({ version: 0.1, log, storage: { filesystem: { rootdirectory: join(folder, 'mirror') } }, http: { addr: host } }),
  );
  return file;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// It does not say when it is ready.
async function answers(child, host) {
  for (let n = 0; n < 400 && child.exitCode === null && child.pid !== undefined; n++) {
    const ok = await fetch(`http://${host}/v2/`).then(
      (r) => r.ok,
      () => false,
    );
    if (ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}
