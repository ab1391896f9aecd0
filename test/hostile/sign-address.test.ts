/** A password in the address of a service is used, and shown nowhere. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createVirtualSigstore, sharedKey } from '../../src/testing/authority/index.ts';
import { type ServiceFault, type SigstoreServices, startSigstoreServices } from '../../src/testing/services/index.ts';
import { assay } from '../cli/harness.ts';

const PASSWORD = 'sesame-0123456789';

let home: string;
let services: SigstoreServices;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-address-'));
  const sigstore = createVirtualSigstore({ now: new Date('2026-11-21T12:00:00Z') });
  services = await startSigstoreServices(sigstore, { now: () => new Date('2026-11-21T12:00:00Z') });
  writeFileSync(join(home, 'root.json'), JSON.stringify(sigstore.trustedRoot()));
  writeFileSync(join(home, 'a.key'), sharedKey('p256').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(home, 'blob'), 'a blob');
});

afterEach(() => services.faults.clear());

afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await services.close();
});

function secret(url: string): string {
  return url.replace('://', `://robot:${PASSWORD}@`);
}

test.each<[string, ServiceFault | undefined]>([
  ['is well', undefined],
  ['lies', { kind: 'lie', lie: 'imprint' }],
  ['lies about the proof', { kind: 'lie', lie: 'inclusion-proof' }],
  ['is down', { kind: 'status', status: 503 }],
  ['refuses', { kind: 'status', status: 403, body: '{"message":"no"}' }],
  ['says nothing of use', { kind: 'status', status: 200, body: '[]' }],
  ['is not there any more', { kind: 'reset' }],
])('a service that %s', async (name, fault) => {
  if (fault !== undefined) services.faults.add(fault);
  const tsa = ['--timestamp-server-url', secret(services.timestampUrl)];
  const rekor = ['--rekor-url', secret(services.url)];
  for (const [flags, more] of [
    [[...tsa, '--tlog-upload=false'], ['--debug']],
    [rekor, ['--debug']],
    [
      [...tsa, ...rekor],
      ['--output', 'json'],
    ],
    [[...tsa, ...rekor], ['--offline']],
  ] as const) {
    const argv = ['sign-blob', '--key', 'a.key', '--trusted-root', 'root.json', '--force', ...flags, ...more, 'blob'];
    const ran = await assay(argv, { cwd: home, home });
    if (name === 'is well' && more[0] !== '--offline') expect(ran.exit, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout + ran.stderr).not.toContain(PASSWORD);
  }
});

test('a stranger, and one without an address', async () => {
  for (const url of [secret('ftp://tsa.example'), `https://robot:${PASSWORD}@`, secret('http://127.0.0.1:1')]) {
    for (const flag of ['--timestamp-server-url', '--rekor-url']) {
      const argv = ['sign-blob', '--key', 'a.key', '--trusted-root', 'root.json', flag, url, '--debug', 'blob'];
      const ran = await assay(argv, { cwd: home, home });
      expect(ran.exit).not.toBe(0);
      expect(ran.stdout + ran.stderr).not.toContain(PASSWORD);
    }
  }
});
