/** Services that flood, hang, redirect and lie while something is signed: an error in time, nothing written, no token anywhere. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { createVirtualSigstore, pushImage, registrySink, sharedKey } from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { type ServiceFault, type SigstoreServices, startSigstoreServices } from '../../src/testing/services/index.ts';
import { type Served, serve } from '../sign/log-lab.ts';

let home: string;
let registry: TestRegistry;
let services: SigstoreServices;
let stranger: Served;
const seen: string[] = [];
let count = 0;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-hostile-services-'));
  registry = await startRegistry();
  const sigstore = createVirtualSigstore({ now: new Date(Math.floor(Date.now() / 1000) * 1000) });
  services = await startSigstoreServices(sigstore);
  stranger = await serve((asked, body, request) => {
    seen.push(`${asked} ${JSON.stringify(request.headers)} ${body.toString()}`);
    return { status: 200, body: '{}' };
  });
  writeFileSync(join(home, 'root.json'), JSON.stringify(sigstore.trustedRoot()));
  for (const v of [1, 2] as const) writeFileSync(join(home, `v${v}.json`), JSON.stringify(services.signingConfig(v)));
  writeFileSync(join(home, 'a.key'), sharedKey('p256').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(home, 'blob'), 'a blob');
});

afterEach(() => {
  services.faults.clear();
  seen.splice(0);
});

afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await Promise.all([registry.close(), services.close(), stranger.close()]);
});

async function assay(...argv: readonly string[]): Promise<{ exit: number; stdout: string; stderr: string }> {
  const [out, err]: Buffer[][] = [[], []];
  const exit = await run(argv, {
    stdout: { write: (chunk) => out?.push(Buffer.from(chunk)) },
    stderr: { write: (chunk) => err?.push(Buffer.from(chunk)) },
    stdin: (async function* () {})(),
    env: {},
    cwd: home,
    home,
    isTTY: { stdout: true, stderr: true },
    columns: 120,
    now: () => new Date(),
  });
  return { exit, stdout: Buffer.concat(out ?? []).toString(), stderr: Buffer.concat(err ?? []).toString() };
}

function image(): string {
  const name = `image-${count++}`;
  return `${registry.host}/${name}@${pushImage(registrySink(registry.content, name), name).digest}`;
}

const BOMB = gzipSync(Buffer.alloc(20_000_000)).toString('latin1');
const ESCAPES = '\u001b]0;owned\u0007\u001b[2J\u202egnp.exe\u009b31m';

describe.each([
  ['Fulcio', '/api/v2/signingCert', 'v1'],
  ['Rekor v1', '/api/v1/log', 'v1'],
  ['Rekor v2', '/api/v2/log', 'v2'],
  ['the timestamp authority', 'timestamp', 'v2'],
] as const)('%s', (_, match, config) => {
  test.each<[string, (match: string) => ServiceFault]>([
    ['floods', (m) => ({ kind: 'flood', match: m })],
    ['hangs', (m) => ({ kind: 'hang', match: m })],
    ['breaks off', (m) => ({ kind: 'truncate', match: m })],
    ['says a wrong length', (m) => ({ kind: 'length', match: m, delta: 10 })],
    ['sends to another host', (m) => ({ kind: 'redirect', match: m, to: `${stranger.url}/steal`, status: 307 })],
    ['answers with a page', (m) => ({ kind: 'status', match: m, status: 200, body: '<html>log in</html>' })],
    ['answers with nothing', (m) => ({ kind: 'status', match: m, status: 200, body: '' })],
    ['answers with a bomb', (m) => ({ kind: 'status', match: m, status: 200, body: BOMB, headers: { 'Content-Encoding': 'gzip' } })],
    ['answers with null', (m) => ({ kind: 'status', match: m, status: 201, body: 'null' })],
    ['answers with deep JSON', (m) => ({ kind: 'status', match: m, status: 201, body: '['.repeat(100_000) })],
    ['refuses with escapes', (m) => ({ kind: 'status', match: m, status: 400, body: JSON.stringify({ code: 3, message: ESCAPES }) })],
    ['refuses with a thousand lines', (m) => ({ kind: 'status', match: m, status: 400, body: 'no\n'.repeat(20_000) })],
  ])('%s', async (__, fault) => {
    const token = services.token();
    services.faults.add(fault(match));
    const before = registry.log.length;
    const argv = ['sign', '--identity-token', token, '--trusted-root', 'root.json', '--signing-config', `${config}.json`];
    const began = performance.now();
    const ran = await assay(...argv, image(), '--timeout', '3s');
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(ran.exit, ran.stdout + ran.stderr).toBeGreaterThan(0);
    expect(ran.stdout + ran.stderr).not.toContain('internal');
    expect(registry.log.slice(before).filter((e) => /^(?:PUT|POST|PATCH)$/.test(e.method))).toEqual([]);
    expect(seen).toEqual([]);
    const all = ran.stdout + ran.stderr;
    for (const part of token.split('.')) expect(all).not.toContain(part);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(all.replace(/\u001b\[[\d;]*[mK]/g, '')).not.toMatch(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(all.length).toBeLessThan(5_000);
  });
});

test.each([
  ['an hour ahead, Rekor v1', 'v1', 3_600_000, 'api/v1/log'],
  ['an hour behind, Rekor v1', 'v1', -3_600_000, 'api/v1/log'],
  ['a day ahead, the timestamp authority', 'v2', 86_400_000, 'timestamp'],
  ['a day behind, the timestamp authority', 'v2', -86_400_000, 'timestamp'],
  ['a day ahead, Fulcio', 'v1', 86_400_000, 'signingCert'],
  ['a day behind, Fulcio', 'v1', -86_400_000, 'signingCert'],
] as const)('a clock that is off: %s', async (_, config, ms, match) => {
  services.faults.add({ kind: 'lie', lie: 'clock', ms, match });
  const before = registry.log.length;
  const argv = ['sign', '--identity-token', services.token(), '--trusted-root', 'root.json', '--signing-config', `${config}.json`];
  const ran = await assay(...argv, image());
  expect(ran.exit, ran.stdout).toBeGreaterThan(0);
  expect(registry.log.slice(before).filter((e) => /^(?:PUT|POST|PATCH)$/.test(e.method))).toEqual([]);
});

test.each(['inclusion-proof', 'another-entry', 'checkpoint', 'imprint', 'nonce', 'signature'] as const)(
  'a file is not left with evidence that a lie about the %s went into',
  async (lie) => {
    services.faults.add({ kind: 'lie', lie });
    const argv = ['sign-blob', '--key', 'a.key', '--trusted-root', 'root.json', '--signing-config', 'v2.json', 'blob'];
    const ran = await assay(...argv);
    expect(ran.exit, ran.stdout).toBe(1);
    expect(readdirSync(home).filter((n) => n.startsWith('blob'))).toEqual(['blob']);
  },
);

test('a check of the own result that is left out is said', async () => {
  const argv = ['sign', '--identity-token', services.token(), '--trusted-root', 'root.json', '--signing-config', 'v1.json'];
  const ran = await assay(...argv, '--insecure-skip-verify', image());
  expect(ran.exit, ran.stdout).toBe(0);
  expect(ran.stderr).toContain('--insecure-skip-verify');
});
