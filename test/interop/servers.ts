/** The real servers that judge what Assay writes: Rekor v2 (rekor-tiles) and timestamp-authority, built from Debian's sources, required on Debian, skipped elsewhere. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDebian, missingAllowed } from '../../scripts/peers/folder.mjs';
import { foundServers } from '../../scripts/servers/folder.mjs';
import { encodeBase64 } from '../../src/bytes/index.ts';
import {
  type AuthorityJson,
  type KeyKind,
  keyDetailsOf,
  type LogInstanceJson,
  makeTimestampAuthority,
  newKey,
  noteKeyId,
} from '../../src/testing/index.ts';

/** A server that runs. */
export interface RealServer {
  /** What clients are given: `http://127.0.0.1:PORT`, with the path of the API for timestamps. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** A Rekor v2 that runs, as a trusted root names it. */
export interface RealRekor extends RealServer {
  readonly publicKeyPem: string;
  readonly instance: LogInstanceJson;
}

/** A timestamp authority that runs, as a trusted root names it. */
export interface RealTimestampServer extends RealServer {
  /** Leaf and root. */
  readonly chainPem: string;
  readonly instance: AuthorityJson;
}

/** For `describe.skipIf(…)`: false when the servers are there, and false when their absence has to fail. */
export function lacksServers(): boolean {
  const absent = ['rekor-server-posix', 'timestamp-server'].filter((name) => !foundServers().has(name));
  for (const name of absent) process.stderr.write(`server missing: ${name} (npm run servers)\n`);
  return absent.length > 0 && (!isDebian() || missingAllowed());
}

/** Starts a Rekor v2 with an empty log that publishes a checkpoint every tenth of a second. Throws when the program is not there. */
export async function startRekorV2(options: { readonly host?: string; readonly key?: KeyKind } = {}): Promise<RealRekor> {
  const { host = 'rekor.local', key: kind = 'p256' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'assay-rekor-'));
  const key = newKey(kind);
  writeFileSync(join(folder, 'rekor.key'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const server = await start('rekor-server-posix', folder, '/healthz', (ports) => [
    'serve',
    ...['--hostname', host, '--storage-dir', join(folder, 'store'), '--signer-filepath', join(folder, 'rekor.key')],
    ...['--http-port', String(ports[0]), '--grpc-port', String(ports[1]), '--http-metrics-port', String(ports[2])],
    ...['--checkpoint-interval', '100ms', '--batch-max-age', '10ms', '--log-level', 'warn'],
  ]);
  const id = noteKeyId({ name: host, key });
  return {
    ...server,
    publicKeyPem: key.spkiPem,
    instance: {
      baseUrl: `http://${host}`,
      hashAlgorithm: 'SHA2_256',
      publicKey: { rawBytes: encodeBase64(key.spki), keyDetails: keyDetailsOf(key), validFor: { start: '2024-01-01T00:00:00Z' } },
      logId: { keyId: encodeBase64(id) },
    },
  };
}

/** Starts a timestamp server with a chain of its own. Throws when the program is not there. */
export async function startTimestampServer(): Promise<RealTimestampServer> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-tsa-'));
  const tsa = makeTimestampAuthority({ now: new Date(), name: 'real tsa' });
  const chainPem = tsa.chain.map((c) => c.pem).join('');
  writeFileSync(join(folder, 'tsa.key'), tsa.leaf.key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(folder, 'chain.pem'), chainPem);
  const server = await start('timestamp-server', folder, '/ping', (ports) => [
    'serve',
    ...['--host', '127.0.0.1', '--port', String(ports[0]), '--timestamp-signer', 'file'],
    ...['--file-signer-key-path', join(folder, 'tsa.key'), '--certificate-chain-path', join(folder, 'chain.pem')],
    ...['--disable-ntp-monitoring', '--include-chain-in-response'],
  ]);
  return {
    ...server,
    url: `${server.url}/api/v1/timestamp`,
    chainPem,
    instance: {
      subject: { organization: 'test', commonName: 'real tsa' },
      uri: `${server.url}/api/v1/timestamp`,
      certChain: { certificates: tsa.chain.map((c) => ({ rawBytes: encodeBase64(c.der) })) },
      validFor: { start: '2024-01-01T00:00:00Z' },
    },
  };
}

async function start(
  name: string,
  folder: string,
  ready: string,
  args: (ports: readonly number[]) => readonly string[],
): Promise<RealServer> {
  const program = foundServers().get(name);
  if (program === undefined) throw new Error(`${name} is missing: run "npm run servers"`);
  // A port that was free may be taken before the server has it.
  for (let left = 3; ; left--) {
    const ports = await freePorts(3);
    const child = spawn(program, args(ports), { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    const url = `http://127.0.0.1:${ports[0]}`;
    if (await answers(child, `${url}${ready}`)) return { url, close: () => end(child, folder) };
    await end(child, left > 1 ? undefined : folder);
    if (left <= 1) throw new Error(`${name} does not start: ${Buffer.concat(said).toString().slice(-2000)}`);
  }
}

async function answers(child: ChildProcess, url: string): Promise<boolean> {
  const until = performance.now() + 20_000;
  while (child.exitCode === null && performance.now() < until) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

async function end(child: ChildProcess, folder: string | undefined): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(timer);
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((s) => (s.address() as { port: number }).port);
  await Promise.all(servers.map((s) => new Promise((resolve) => s.close(resolve))));
  return ports;
}
