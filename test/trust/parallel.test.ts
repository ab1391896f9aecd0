import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { initTrust, publicGoodRoot } from '../../src/trust/tuf/index.ts';
import { DAY, type Mirror, serveMirror, TufRepository } from './tuf-repository.ts';

let home: string;
let mirror: Mirror;
const repository = new TufRepository();

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-parallel-test-'));
  mirror = await serveMirror(repository.files);
  writeFileSync(join(home, 'root.json'), repository.root(1));
  await initTrust({ place: { env: {}, home }, mirror: mirror.url, root: join(home, 'root.json'), now: Date.now() });
});

afterAll(async () => {
  await mirror.close();
  rmSync(home, { recursive: true, force: true });
});

describe('the cache', () => {
  test('is whole whenever it is read, while processes refresh it at once', async () => {
    await bundle();
    const versions = Array.from({ length: 4 }, (_, i) => `{"root":${i}}`);
    for (const trustedRoot of versions) {
      repository.publish({ trustedRoot, timestampExpires: Date.now() + 60 * DAY });
      // Every one of them finds what is cached too old and refreshes it.
      const found = await Promise.all([1, 2, 3, 4].map(() => child()));
      expect(found).toEqual(Array.from({ length: 4 }, () => `tuf ${trustedRoot}`));
    }
    const left = readdirSync(join(home, '.local/share/assay/tuf', mirror.url.replace('http://', '').replace(':', '-')));
    expect(left.sort()).toEqual(['assay.jsonl', 'first-root.json']);
    const last = await publicGoodRoot({ env: {}, home, offline: true, now: Date.now() });
    expect(last).toMatchObject({ origin: 'tuf-cache', json: versions.at(-1) });
  });

  test('is served without a socket, offline and before it expires', async () => {
    const connect = vi.spyOn(Socket.prototype, 'connect');
    await publicGoodRoot({ env: {}, home, offline: true, now: Date.now() + 1000 * DAY });
    await publicGoodRoot({ env: {}, home, offline: false, now: Date.now() });
    await publicGoodRoot({ env: { XDG_DATA_HOME: join(home, 'empty') }, home, offline: true, now: Date.now() });
    expect(connect).not.toHaveBeenCalled();
    repository.publish({ timestampExpires: Date.now() + 90 * DAY });
    await publicGoodRoot({ env: {}, home, offline: false, now: Date.now() + 61 * DAY });
    // The spy sees a connection when there is one.
    expect(connect).toHaveBeenCalled();
    connect.mockRestore();
  });
});

const root = dirname(dirname(import.meta.dirname));

async function bundle(): Promise<void> {
  const entry = `import { publicGoodRoot } from './src/trust/tuf/index.ts';
    publicGoodRoot({ env: {}, home: process.argv[2], offline: false, now: Date.now() + 50, maxTrustAgeMs: 0 })
      .then((found) => process.stdout.write(found.origin + ' ' + found.json));`;
  await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    supported: { 'dynamic-import': false },
    outfile: join(home, 'child.cjs'),
    logLevel: 'error',
  });
}

function child(): Promise<string> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, [join(home, 'child.cjs'), home], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    process_.stdout.on('data', (part) => {
      out += String(part);
    });
    process_.on('error', reject);
    process_.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`exit ${code}: ${out}`))));
  });
}
