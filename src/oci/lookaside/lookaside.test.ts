import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../limits.ts';
import { parseDigest } from '../digest.ts';
import { createRegistryClient } from '../registry/index.ts';
import { lookasideFor, parseRegistriesD, readLookaside, readSignaturesExtension } from './index.ts';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const PLACE = `ns/app@sha256=${'a'.repeat(64)}`;

const client = createRegistryClient({ retryPauseMs: 1 });
afterAll(() => client.close());

async function all(list: AsyncIterable<Uint8Array>): Promise<string[]> {
  const texts: string[] = [];
  for await (const bytes of list) texts.push(Buffer.from(bytes).toString());
  return texts;
}

describe('registries.d', () => {
  const config = parseRegistriesD([
    { name: 'a.yaml', text: 'default-docker:\n  lookaside: https://everywhere.example\n' },
    {
      name: 'b.yaml',
      text: [
        'docker:',
        '  registry.example: {lookaside: "https://host.example"}',
        '  registry.example/ns: {use-sigstore-attachments: true}',
        '  registry.example/ns/app: {sigstore: "file:///srv/app", lookaside-staging: "file:///srv/staging"}',
        '  registry.example/ns/app:v2: {lookaside: "file:///srv/v2"}',
        '  "*.wild.example": {lookaside: "https://wild.example"}',
      ].join('\n'),
    },
    { name: 'empty.yaml', text: '' },
  ]);
  test.each([
    ['registry.example/ns/app', ':v2', 'file:///srv/v2'],
    ['registry.example/ns/app', ':v1', 'file:///srv/app'],
    ['registry.example/ns/app', `@${DIGEST}`, 'file:///srv/app'],
    ['registry.example/ns/other', ':v1', 'https://host.example'],
    ['registry.example:5000/ns/app', ':v1', 'https://everywhere.example'],
    ['a.wild.example/x', ':v1', 'https://wild.example'],
    ['a.b.wild.example:1/x', ':v1', 'https://wild.example'],
    ['docker.io/library/busybox', ':latest', 'https://everywhere.example'],
  ])('%s%s', (name, end, place) => {
    expect(lookasideFor(config, name, end)).toBe(place);
  });
  test('without a configuration there is none', () => {
    expect(lookasideFor(parseRegistriesD([]), 'a.example/b', ':c')).toBeUndefined();
  });
  test.each([
    ['a misspelt field', 'docker:\n  a.example: {lokaside: "https://a"}'],
    ['an unknown section', 'dockers: {}'],
    ['a list', '- a'],
    ['another scheme', 'docker:\n  a.example: {lookaside: "ftp://a"}'],
    ['a name twice', 'docker:\n  a: {}\n  a: {}'],
    ['broken YAML', 'docker: {'],
  ])('%s is refused', (_, text) => {
    expect(() => parseRegistriesD([{ name: 'x.yaml', text }])).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  });
  test('what two files say is refused', () => {
    const twice = (text: string) => () =>
      parseRegistriesD([
        { name: 'x.yaml', text },
        { name: 'y.yaml', text },
      ]);
    expect(twice('default-docker: {}')).toThrow(expect.objectContaining({ code: 'input-invalid' }));
    expect(twice('docker:\n  a.example: {}')).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  });
});

describe('a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay lookaside-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const base = `${pathToFileURL(folder).href}/`;
  test('gives the signatures up to the first that is not there', async () => {
    expect(await all(readLookaside(base, 'ns/app', DIGEST, { client }))).toEqual([]);
    mkdirSync(join(folder, PLACE), { recursive: true });
    for (const n of [1, 2, 4]) writeFileSync(join(folder, PLACE, `signature-${n}`), `content ${n}`);
    expect(await all(readLookaside(base, 'ns/app', DIGEST, { client }))).toEqual(['content 1', 'content 2']);
  });
  test('that holds too much, or what cannot be read, is an error', async () => {
    writeFileSync(join(folder, PLACE, 'signature-1'), Buffer.alloc(LIMITS.lookasideSignatureBytes + 1));
    await expect(all(readLookaside(base, 'ns/app', DIGEST, { client }))).rejects.toMatchObject({ code: 'limit' });
    rmSync(join(folder, PLACE, 'signature-1'));
    mkdirSync(join(folder, PLACE, 'signature-1'));
    await expect(all(readLookaside(base, 'ns/app', DIGEST, { client }))).rejects.toMatchObject({ code: 'registry-error' });
    rmSync(join(folder, PLACE), { recursive: true });
    mkdirSync(join(folder, PLACE));
    for (let n = 1; n <= LIMITS.lookasideSignatures + 1; n++) writeFileSync(join(folder, PLACE, `signature-${n}`), '');
    await expect(all(readLookaside(base, 'ns/app', DIGEST, { client }))).rejects.toMatchObject({ code: 'limit' });
  });
});

describe('over HTTP', () => {
  let server: Server;
  let host: string;
  const answers = new Map<string, { readonly status?: number; readonly body?: string; readonly headers?: Record<string, string> }>();
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const { status = 404, body = '', headers = {} } = answers.get(request.url ?? '') ?? {};
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(() => {
    answers.clear();
    asked.length = 0;
  });

  test('a lookaside gives the signatures up to the first 404', async () => {
    answers.set(`/base/${PLACE}/signature-1`, { status: 200, body: 'one' });
    answers.set(`/base/${PLACE}/signature-2`, { status: 200, body: 'two' });
    expect(await all(readLookaside(`http://${host}/base`, 'ns/app', DIGEST, { client }))).toEqual(['one', 'two']);
    expect(asked.map((a) => a.split('/').at(-1))).toEqual(['signature-1', 'signature-2', 'signature-3']);
  });
  test.each([
    [403, 'registry-forbidden'],
    [500, 'registry-error'],
    [204, 'registry-protocol'],
  ])('a lookaside that answers %i may have some', async (status, code) => {
    answers.set(`/${PLACE}/signature-1`, { status });
    await expect(all(readLookaside(`http://${host}`, 'ns/app', DIGEST, { client }))).rejects.toMatchObject({ code });
  });

  const repository = () => ({ client, registry: host, name: 'ns/app' });
  const extension = `/extensions/v2/ns/app/signatures/${DIGEST}`;
  const supported = { status: 200, headers: { 'X-Registry-Supports-Signatures': '1' } };
  test('a registry without the extension keeps none itself', async () => {
    answers.set('/v2/', { status: 200 });
    expect(await readSignaturesExtension(repository(), DIGEST)).toBeUndefined();
    expect(asked).toEqual(['/v2/']);
  });
  test('a registry with the extension gives those of the known kind', async () => {
    answers.set('/v2/', supported);
    const content = Buffer.from('one').toString('base64');
    const signatures = [
      { schemaVersion: 2, name: `${DIGEST}@1`, type: 'atomic', content },
      { schemaVersion: 3, name: `${DIGEST}@2`, type: 'atomic', content },
      { schemaVersion: 2, name: `${DIGEST}@3`, type: 'other', content },
    ];
    answers.set(extension, { status: 200, body: JSON.stringify({ signatures }) });
    expect((await readSignaturesExtension(repository(), DIGEST))?.map((b) => Buffer.from(b).toString())).toEqual(['one']);
  });
  test.each([
    [{ status: 404 }, 'not-found'],
    [{ status: 200, body: '{' }, 'registry-protocol'],
    [{ status: 200, body: '{"signatures":1}' }, 'registry-protocol'],
    [{ status: 200, body: '{"signatures":[{"schemaVersion":2,"type":"atomic","content":"?"}]}' }, 'registry-protocol'],
    [{ status: 200, body: `{"signatures":[${Array(LIMITS.lookasideSignatures + 1).fill('{}')}]}` }, 'limit'],
  ])('an extension that answers %o is no empty list', async (answer, code) => {
    answers.set('/v2/', supported);
    answers.set(extension, answer);
    await expect(readSignaturesExtension(repository(), DIGEST)).rejects.toMatchObject({ code });
  });
});
