/** The two registries that everything is tried on: Debian's docker-registry without the referrers API, and the test registry with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { startRegistry } from '../../../src/testing/registry/index.ts';
import { requirePeer } from '../peers.ts';
import type { Workshop } from './workshop.ts';

/** A registry that runs. */
export interface LabRegistry {
  readonly name: string;
  readonly host: string;
  /** Where bundles are found in it. */
  readonly found: 'referrers' | 'fallback-tag';
  readonly close: () => Promise<void>;
}

/** Starts both. */
export function startBoth(workshop: Workshop): Promise<readonly LabRegistry[]> {
  return Promise.all([startDebian(workshop), startWithReferrers()]);
}

/** Starts the test registry, which has the referrers API. */
export async function startWithReferrers(): Promise<LabRegistry> {
  const { host, close } = await startRegistry();
  return { name: 'test registry', host, found: 'referrers', close };
}

/** Starts Debian's docker-registry in memory. Its configuration is YAML, of which JSON is a part. */
export async function startDebian(workshop: Workshop): Promise<LabRegistry> {
  const { path } = requirePeer({ skip: () => {} }, 'docker-registry');
  for (let n = 1; n <= 3; n++) {
    const host = `127.0.0.1:${await freePort()}`;
    const file = workshop.write(
      `registry-${n}.yml`,
      JSON.stringify({
        version: 0.1,
        log: { level: 'error', accesslog: { disabled: true } },
        storage: { inmemory: {}, delete: { enabled: true } },
        http: { addr: host },
      }),
    );
    const child = spawn(path, ['serve', file], { stdio: 'ignore' });
    if (await answers(child, host)) return { name: 'docker-registry', host, found: 'fallback-tag', close: () => stop(child) };
    await stop(child);
  }
  throw new Error('docker-registry does not start');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

// It does not say when it is ready; it takes 25 to 50 ms.
async function answers(child: ChildProcess, host: string): Promise<boolean> {
  for (let n = 0; n < 200 && child.exitCode === null; n++) {
    const ok = await fetch(`http://${host}/v2/`).then(
      (r) => r.ok,
      () => false,
    );
    if (ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
