// Builds the real servers from Debian's Go packages. The sources are 1.7 GB and go away afterwards.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../command.mjs';
import { fetchPackages } from '../engines/debian.mjs';
import { builtServersFolder, foundServers, serversFolder } from './folder.mjs';
import { PACKAGES, SERVERS } from './packages.mjs';

const BUILD_MS = 900_000;

/** Where timestamp-authority listens for those who measure it: one port for the whole machine, on all its addresses, without a flag to change it. */
const METRICS = { file: 'github.com/sigstore/timestamp-authority/v2/pkg/server/prometheus.go', port: '":2112"', any: '"127.0.0.1:0"' };

/**
 * The servers, built unless they are there.
 * @param {(line: string) => void} say progress
 * @returns {Promise<string[]>} one sentence for each that cannot be had
 */
export async function ensureServers(say) {
  const absent = () => Object.keys(SERVERS).filter((name) => !foundServers().has(name));
  if (absent().length === 0) return [];
  mkdirSync(serversFolder(), { recursive: true });
  const scratch = mkdtempSync(join(serversFolder(), '.build-'));
  try {
    const sources = await fetchPackages(join(scratch, 'packages'), {
      packages: PACKAGES,
      what: 'Rekor v2, timestamp-authority and what they import (150 MB)',
      say,
    });
    for (const name of absent()) await build(name, sources, scratch, say);
    return [];
  } catch (error) {
    return absent().map((name) => `${name}: ${error.message}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function build(name, { folder, go }, scratch, say) {
  say(`compiling ${name}`);
  const root = join(folder, `usr/lib/go-${go}`);
  const env = {
    GOROOT: root,
    GOPATH: join(folder, 'usr/share/gocode'),
    GO111MODULE: 'off',
    GOTOOLCHAIN: 'local',
    GOFLAGS: '',
    CGO_ENABLED: '0',
    GOCACHE: join(scratch, 'go-build'),
  };
  const args = [
    'build',
    '-overlay',
    anyMetricsPort(env.GOPATH, scratch),
    '-trimpath',
    '-ldflags=-s -w',
    '-o',
    join(scratch, name),
    SERVERS[name],
  ];
  const { code, stderr } = await capture(join(root, 'bin/go'), args, { cwd: scratch, env, timeoutMs: BUILD_MS });
  if (code !== 0) throw new Error(`it does not compile:\n${stderr.trim().slice(0, 2000)}`);
  const target = builtServersFolder();
  mkdirSync(target, { recursive: true });
  if (!existsSync(join(target, name))) renameSync(join(scratch, name), join(target, name));
}

/** An overlay for the compiler under which several servers can run at the same time, and none but for this machine. */
function anyMetricsPort(gopath, scratch) {
  const source = join(gopath, 'src', METRICS.file);
  const text = readFileSync(source, 'utf8');
  if (!text.includes(METRICS.port)) throw new Error(`${METRICS.file} has another port for measurements than ${METRICS.port}`);
  const [changed, overlay] = [join(scratch, 'prometheus.go'), join(scratch, 'overlay.json')];
  writeFileSync(changed, text.replace(METRICS.port, METRICS.any));
  writeFileSync(overlay, JSON.stringify({ Replace: { [source]: changed } }));
  return overlay;
}
