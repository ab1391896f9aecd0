/** Where lists and answers come from: servers that misbehave, folders, notation's cache. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { der } from '../../../src/codec/der/index.ts';
import { LIMITS } from '../../../src/limits.ts';
import { pem, seq, tagged } from '../../../src/testing/authority/encode.ts';
import { encodeName } from '../../../src/testing/authority/names.ts';
import { type Certificate, parseCertificate } from '../../../src/trust/index.ts';
import {
  checkRevocation,
  combineRevocation,
  fileRevocation,
  networkRevocation,
  notationCrlCache,
  type RevocationSource,
} from '../../../src/trust/revocation/index.ts';
import { HOUR, makeAnswer, makeLeaf, makeList, makeRoot, NOW, points, REVOKED, responders } from './mint.ts';
import { memorySource, serve } from './sources.ts';

const root = makeRoot();
const LIST = 'http://lists.test/ca.crl';

async function status(certificate: { readonly der: Buffer }, source: RevocationSource, issuer = root) {
  const chain: readonly Certificate[] = [certificate, issuer].map((c) => parseCertificate(c.der));
  const [first] = await checkRevocation(chain, { source, now: NOW });
  return { status: first?.status, reason: first?.reason };
}

describe('the network', () => {
  const network = networkRevocation({ env: {} });
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  let server: Awaited<ReturnType<typeof serve>>;
  beforeEach(async () => {
    server = await serve((request, response) => handle(request, response));
  });
  afterEach(() => server.close());
  afterAll(() => network.close());

  test('what a server sends counts only as status 200', async () => {
    const leaf = makeLeaf(root, [points([[`${server.url}/ca.crl`]])]);
    for (const [code, expected] of [
      [200, 'good'],
      [203, 'unknown'],
      [404, 'unknown'],
      [500, 'unknown'],
    ] as const) {
      handle = (_, response) => response.writeHead(code).end(makeList({ by: root }));
      expect((await status(leaf, network)).status, String(code)).toBe(expected);
    }
  });

  test('the reason names the server and what was wrong', async () => {
    handle = (_, response) => response.writeHead(503).end();
    const found = await status(makeLeaf(root, [responders(`${server.url}/ocsp`), points([[`${server.url}/ca.crl`]])]), network);
    expect(found.reason).toBe(
      `${server.url}/ocsp: the server answers with status 503; ${server.url}/ca.crl: the server answers with status 503`,
    );
    const { url } = server;
    await server.close();
    expect((await status(makeLeaf(root, [points([[`${url}/ca.crl`]])]), network)).reason).toContain('refused');
    server = await serve(() => {});
  });

  test('a list or an answer that is too large is not read to its end', async () => {
    handle = (request, response) => {
      response.writeHead(200);
      const piece = Buffer.alloc(1024 * 1024);
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', more);
      };
      if (request.url === '/stated') response.end();
      else more();
    };
    await expect(network.ocsp(server.url, Buffer.from('x'))).rejects.toMatchObject({ code: 'limit' });
    await expect(network.crl(`${server.url}/ca.crl`)).rejects.toMatchObject({ code: 'limit' });
  });

  test('redirects are followed, not in a circle, and not to where credentials are', async () => {
    const list = makeList({ by: root });
    handle = (request, response) => {
      if (request.url === '/ca.crl') response.writeHead(302, { location: '/moved' }).end();
      else if (request.url === '/moved') response.writeHead(200).end(list);
      else if (request.url === '/circle') response.writeHead(302, { location: '/circle' }).end();
      else response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    };
    expect(Buffer.from(await network.crl(`${server.url}/ca.crl`)).equals(list)).toBe(true);
    await expect(network.crl(`${server.url}/circle`)).rejects.toMatchObject({ code: 'redirect-refused' });
    await expect(network.crl(`${server.url}/file`)).rejects.toMatchObject({ code: 'redirect-refused' });
  });

  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://metadata.google.internal/ca.crl',
    'http://[fe80::1]/ca.crl',
    'http://user:password@lists.test/ca.crl',
    'https://lists.test/ca.crl',
    'ftp://lists.test/ca.crl',
    'no address',
  ])('%s is not asked', async (url) => {
    await expect(network.crl(url)).rejects.toMatchObject({ code: 'revocation-unavailable' });
    await expect(network.ocsp(url, Buffer.from('x'))).rejects.toMatchObject({ code: 'revocation-unavailable' });
  });

  test('a server that says nothing is waited for as long as is said', async () => {
    const asked = new Promise<void>((resolve) => {
      handle = () => resolve();
    });
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      expect(ms).toBe(LIMITS.revocationMs);
      const abort = new AbortController();
      void asked.then(() => abort.abort(new DOMException('late', 'TimeoutError')));
      return abort.signal;
    });
    try {
      await expect(network.crl(`${server.url}/ca.crl`)).rejects.toMatchObject({
        code: 'revocation-unavailable',
        message: 'no answer within 5 s',
      });
    } finally {
      timeout.mockRestore();
    }
  });

  test('a list that many ask for is fetched once', async () => {
    let count = 0;
    handle = (_, response) => {
      count += 1;
      response.end(makeList({ by: root }));
    };
    const leaf = makeLeaf(root, [points([[`${server.url}/ca.crl`]])]);
    const found = await Promise.all(Array.from({ length: 20 }, () => status(leaf, network)));
    expect(found.every((f) => f.status === 'good')).toBe(true);
    expect(count).toBe(1);
  });

  test('short requests are in the address, long ones are posted', async () => {
    const seen: string[] = [];
    handle = (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? ''}`);
      response.end('x');
    };
    await network.ocsp(`${server.url}/ocsp/`, Buffer.from([0xfb, 0xff]));
    await network.ocsp(`${server.url}/ocsp/`, Buffer.alloc(200));
    expect(seen).toEqual(['GET /ocsp/%2B%2F8%3D ', 'POST /ocsp/ application/ocsp-request']);
  });

  test('who cancels gets an error', async () => {
    const abort = new AbortController();
    handle = () => abort.abort();
    await expect(network.crl(`${server.url}/ca.crl`, abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('folders', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-revocation-files-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let count = 0;
  function put(files: Readonly<Record<string, string | Uint8Array>>): string {
    const path = join(folder, String(count++));
    mkdirSync(path);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
    return path;
  }

  const leaf = makeLeaf(root, [points([[LIST]]), responders('http://ocsp.test')]);
  const list = makeList({ by: root });
  const revoking = makeList({ by: root, entries: [{ serial: leaf.serial }], thisUpdate: NOW - 2 * HOUR });
  const answer = makeAnswer({ signer: root, singles: [{ certificate: leaf, issuer: root }] });
  const indicator = { id: '2.5.29.27', critical: true, value: Buffer.from('020105', 'hex') };
  const freshest = points([['http://lists.test/delta.crl']], '2.5.29.46');

  test.each<[string, Readonly<Record<string, string | Uint8Array>>, string]>([
    ['a list', { 'a.crl': list }, 'good'],
    ['a list in PEM', { 'a.crl': pem('X509 CRL', list) }, 'good'],
    ['an answer', { 'a.ocsp': answer }, 'good'],
    ['files of others', { 'a.crl': makeList({ by: makeRoot('Other') }), 'readme.txt': 'x', 'b.crl': list }, 'good'],
    ['a list that revokes', { 'a.crl': revoking }, 'revoked'],
    ['a good answer and a list that revokes', { 'a.ocsp': answer, 'a.crl': revoking }, 'revoked'],
    ['an older list that revokes, and a newer one that has forgotten it', { 'a.crl': revoking, 'b.crl': list }, 'revoked'],
    [
      'an answer that revokes',
      { 'a.ocsp': makeAnswer({ signer: root, singles: [{ certificate: leaf, issuer: root, status: REVOKED }] }) },
      'revoked',
    ],
    [
      'a forged answer beside a list',
      { 'a.ocsp': makeAnswer({ signer: makeRoot(), singles: [{ certificate: leaf, issuer: root }] }), 'a.crl': list },
      'good',
    ],
    ['a forged answer alone', { 'a.ocsp': makeAnswer({ signer: makeRoot(), singles: [{ certificate: leaf, issuer: root }] }) }, 'unknown'],
    ['a list by another key', { 'a.crl': makeList({ by: makeRoot() }) }, 'unknown'],
    ['a list that has ended', { 'a.crl': makeList({ by: root, nextUpdate: NOW - HOUR }) }, 'unknown'],
    [
      'a list whose delta is there',
      { 'a.crl': makeList({ by: root, extensions: [freshest] }), 'b.crl': makeList({ by: root, number: 6, extensions: [indicator] }) },
      'good',
    ],
    [
      'a list whose delta revokes',
      { 'a.crl': list, 'b.crl': makeList({ by: root, number: 6, extensions: [indicator], entries: [{ serial: leaf.serial }] }) },
      'revoked',
    ],
    ['a list whose delta is missing', { 'a.crl': makeList({ by: root, extensions: [freshest] }) }, 'unknown'],
    ['a delta alone', { 'a.crl': makeList({ by: root, number: 6, extensions: [indicator] }) }, 'unknown'],
    ['nothing', {}, 'unknown'],
  ])('%s', async (_, files, expected) => {
    expect(await status(leaf, fileRevocation(put(files)))).toMatchObject({ status: expected });
  });

  test("the issuer's own list says nothing about a certificate that is on the list of another issuer", async () => {
    const point = seq(tagged(0, tagged(0, der(0x86, Buffer.from(LIST)))), tagged(2, tagged(4, encodeName([['CN', 'x']]))));
    const elsewhere = makeLeaf(root, [{ id: '2.5.29.31', value: seq(point) }]);
    const source = fileRevocation(put({ 'a.crl': list }));
    expect(await status(elsewhere, source)).toMatchObject({ status: 'unknown', reason: expect.stringContaining('indirect') });
  });

  test('a certificate without addresses is judged by what is there', async () => {
    const plain = makeLeaf(root);
    const source = fileRevocation(put({ 'a.crl': makeList({ by: root, entries: [{ serial: plain.serial }] }) }));
    expect(await status(plain, source)).toMatchObject({ status: 'revoked', reason: expect.stringContaining('a.crl') });
    expect(await status(plain, fileRevocation(put({})))).toMatchObject({ status: 'not-revocable' });
  });

  test.each<[string, Readonly<Record<string, string | Uint8Array>>, string]>([
    ['a list that is none', { 'a.crl': 'x' }, 'revocation-invalid'],
    ['a list that is cut off', { 'a.crl': list.subarray(0, -1) }, 'revocation-invalid'],
    ['a certificate in place of a list', { 'a.crl': pem('CERTIFICATE', root.der) }, 'revocation-invalid'],
    ['an answer that refuses', { 'a.ocsp': Buffer.from('30030a0106', 'hex') }, 'revocation-invalid'],
    ['an answer that is too large', { 'a.ocsp': Buffer.alloc(LIMITS.ocspBytes + 1) }, 'limit'],
  ])('%s is an error that names the file', (_, files, code) => {
    const path = put(files);
    expect(() => fileRevocation(path)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(join(path, 'a.')) }));
  });

  test('a folder that is not there, and a folder in place of a file', () => {
    expect(() => fileRevocation(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'file-unreadable' }));
    const path = put({});
    mkdirSync(join(path, 'a.crl'));
    expect(() => fileRevocation(path)).toThrow(expect.objectContaining({ code: 'file-unreadable' }));
  });

  test('files come before the network, which is asked when they do not say enough', async () => {
    const network = memorySource({ crl: { [LIST]: makeList({ by: root, entries: [{ serial: leaf.serial }] }) } });
    expect(await status(leaf, combineRevocation(fileRevocation(put({ 'a.crl': list })), network))).toMatchObject({ status: 'good' });
    expect(network.asked).toEqual([]);
    expect(await status(leaf, combineRevocation(fileRevocation(put({})), network))).toMatchObject({ status: 'revoked' });
    const down = memorySource({});
    expect((await status(leaf, combineRevocation(down, fileRevocation(put({}))))).reason).toContain('the server is down');
    expect(await status(leaf, combineRevocation())).toMatchObject({ status: 'unknown', reason: expect.stringContaining('no source') });
  });

  test('lists that notation keeps', async () => {
    const name = createHash('sha256').update(LIST).digest('hex');
    const kept = (value: object | string): string => put({ [name]: typeof value === 'string' ? value : JSON.stringify(value) });
    const base = { baseCRL: list.toString('base64') };
    expect(await status(leaf, notationCrlCache(kept(base)))).toMatchObject({ status: 'good', reason: expect.stringContaining(name) });
    const delta = makeList({ by: root, number: 6, extensions: [indicator], entries: [{ serial: leaf.serial }] });
    expect(await status(leaf, notationCrlCache(kept({ ...base, deltaCRL: delta.toString('base64') })))).toMatchObject({
      status: 'revoked',
    });
    expect(await status(makeLeaf(root, [points([['http://lists.test/b.crl']])]), notationCrlCache(kept(base)))).toMatchObject({
      status: 'unknown',
    });
    for (const bad of ['x', '[]', { baseCRL: 5 }, { baseCRL: '!' }, { baseCRL: 'AAAA' }, join(folder, 'none')])
      expect(await status(leaf, notationCrlCache(kept(bad)))).toMatchObject({ status: 'unknown' });
  });
});
