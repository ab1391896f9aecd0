import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  keyring,
  type PgpKey,
  type Pushed,
  pgpMessage,
  pushImage,
  registrySink,
  sharedKey,
  simpleSigningPayload,
} from '../../src/testing/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from './harness.ts';

const KEY: PgpKey = { key: sharedKey('p256', 'cli'), created: new Date('2026-01-01T00:00:00Z') };

let registry: TestRegistry;
let lookaside: Server;
let base: string;
let home: string;
let image: Pushed;
const asked: string[] = [];
/** How the lookaside answers what it does not have. */
let otherwise = 404;

beforeAll(async () => {
  registry = await startRegistry();
  image = pushImage(registrySink(registry.content, 'ns/app'), 'app', { tag: 'v1' });
  const payload = simpleSigningPayload(image.digest, {
    type: 'atomic container signature',
    reference: `${registry.host}/ns/app:v1`,
    optional: {},
  });
  const signature = pgpMessage(KEY, payload, { created: new Date('2026-06-01T00:00:00Z') });
  lookaside = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? 'nobody'}`);
    const there = request.url === `/sigs/ns/app@${image.digest.replace(':', '=')}/signature-1`;
    response.writeHead(there ? 200 : otherwise).end(there ? signature : '');
  });
  await new Promise<void>((resolve) => lookaside.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(lookaside.address() as AddressInfo).port}/sigs`;
  home = mkdtempSync(join(tmpdir(), 'assay-simple-'));
  mkdirSync(join(home, '.config/containers/registries.d'), { recursive: true });
  writeFileSync(join(home, 'ring.gpg'), keyring({ key: KEY }));
  writeFileSync(join(home, 'policy.json'), JSON.stringify({ default: [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: 'ring.gpg' }] }));
});
afterAll(async () => {
  await registry.close();
  lookaside.closeAllConnections();
  lookaside.close();
  rmSync(home, { recursive: true });
});

async function verify(config: string, argv: readonly string[] = []): Promise<{ exit: number; outcome: string; codes: readonly string[] }> {
  asked.length = 0;
  writeFileSync(join(home, '.config/containers/registries.d/default.yaml'), config);
  const line = ['verify', '--policy', join(home, 'policy.json'), '--output', 'json', ...argv, `${registry.host}/ns/app:v1`];
  // A login for every host: none is the lookaside's business.
  const { exit, stdout } = await assay([...line, '--registry-username', 'me', '--registry-password', 'secret'], { home, cwd: home });
  const { images = [] } = JSON.parse(stdout.toString()) as { images?: { outcome: string; errors: { code: string }[] }[] };
  return { exit, outcome: images[0]?.outcome ?? 'none', codes: (images[0]?.errors ?? []).map((e) => e.code) };
}

test('a lookaside is asked without credentials, up to the first 404', async () => {
  otherwise = 404;
  expect(await verify(`default-docker: {lookaside: "${base}"}`)).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  expect(asked.map((a) => a.replace(/.*\//, ''))).toEqual(['signature-1 nobody', 'signature-2 nobody']);
});
test('what lay in a lookaside is called a file in JSON, as the contract has it, and no file to people', async () => {
  writeFileSync(join(home, '.config/containers/registries.d/default.yaml'), `default-docker: {lookaside: "${base}"}`);
  const ask = (output: string): ReturnType<typeof assay> =>
    assay(['verify', '--policy', join(home, 'policy.json'), '--verbose', '--output', output, `${registry.host}/ns/app:v1`], {
      home,
      cwd: home,
    });
  expect(JSON.parse((await ask('json')).stdout.toString()).images[0].evidence).toMatchObject([{ format: 'simple-signing', found: 'file' }]);
  expect((await ask('text')).stdout.toString()).toMatch(/found by the place of simple signatures/);
});
test('the lookaside of another scope is not asked', async () => {
  const home = mkdtempSync(join(tmpdir(), 'assay-empty-'));
  const config = `default-docker: {lookaside: "${base}"}\ndocker: {"${registry.host}/ns": {lookaside: "file://${home}"}}`;
  expect(await verify(config)).toEqual({ exit: 1, outcome: 'unsigned', codes: [] });
  expect(asked).toEqual([]);
  rmSync(home, { recursive: true });
});
test('a lookaside that fails is inconclusive', async () => {
  otherwise = 403;
  const config = `docker: {"${registry.host}": {lookaside: "${base.replace('/sigs', '/others')}"}}`;
  expect(await verify(config)).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['registry-forbidden'] });
});
test('--offline does not ask another host', async () => {
  expect(await verify(`default-docker: {lookaside: "${base}"}`, ['--offline'])).toEqual({
    exit: 3,
    outcome: 'inconclusive',
    codes: ['offline'],
  });
  expect(asked).toEqual([]);
});
test('a mistake in registries.d is no empty lookaside', async () => {
  expect(await verify('default-docker: {lokaside: "https://a.example"}')).toEqual({
    exit: 3,
    outcome: 'inconclusive',
    codes: ['input-invalid'],
  });
});
