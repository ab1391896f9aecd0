import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifySignature } from '../../src/crypto/index.ts';
import { createKey, type KeyContext, openKey } from '../../src/trust/keys/index.ts';
import { context, withVariables } from './backend.ts';
import { certifiedFor } from './certified.ts';
import { serviceKey } from './key-store.ts';

const TOKEN = 'only-this-user-has-it';
const MESSAGE = Buffer.from('what is signed');

describe('keys in Kubernetes Secrets, by the client library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-k8s-'));
  const secrets = new Map<string, { data: Record<string, string>; immutable?: boolean }>();
  let server: Server;
  let hang = false;
  const set = withVariables();

  beforeAll(async () => {
    const tls = certifiedFor([{ ip: [127, 0, 0, 1] }]);
    server = createServer(tls, (request, response) => {
      void (async () => {
        if (hang) return;
        const answer = (status: number, body: object): void =>
          void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
        const failure = (code: number, reason: string): void =>
          answer(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason });
        if (request.headers.authorization !== `Bearer ${TOKEN}`) return failure(401, 'Unauthorized');
        const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets(?:\/([^/?]+))?/.exec(request.url ?? '') ?? [];
        if (namespace === 'closed') return failure(403, 'Forbidden');
        if (request.method === 'GET') {
          const found = secrets.get(`${namespace}/${name}`);
          return found === undefined
            ? failure(404, 'NotFound')
            : answer(200, { kind: 'Secret', apiVersion: 'v1', metadata: { name }, ...found });
        }
        const made = (await json(request)) as { metadata: { name: string }; data: Record<string, string>; immutable?: boolean };
        if (secrets.has(`${namespace}/${made.metadata.name}`)) return failure(409, 'AlreadyExists');
        secrets.set(`${namespace}/${made.metadata.name}`, made);
        return answer(201, made);
      })();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    for (const [file, token] of [
      ['config', TOKEN],
      ['stranger', 'a-token-of-somebody-else'],
    ] as const)
      writeFileSync(join(folder, file), configFor(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, tls.ca, token));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const as = (file: string, more: Partial<KeyContext> = {}): KeyContext => ({
    ...context,
    env: { KUBECONFIG: join(folder, file) },
    ...more,
  });

  test('a key that is made there signs, its Secret has the names that cosign reads, and it is not replaced', async () => {
    const made = await createKey(
      'k8s://build/release',
      'ecdsa-sha2-384-nistp384',
      as('config', { password: async () => Buffer.from('a password') }),
    );
    expect(secrets.get('build/release')).toMatchObject({
      immutable: true,
      data: { 'cosign.password': Buffer.from('a password').toString('base64') },
    });
    expect(Buffer.from(secrets.get('build/release')?.data['cosign.key'] ?? '', 'base64').toString()).toContain(
      'ENCRYPTED SIGSTORE PRIVATE KEY',
    );
    const handle = await openKey('k8s://build/release', as('config'));
    expect((await handle.publicKey()).keyId).toBe(made.keyId);
    const signer = await handle.signer();
    expect(verifySignature(made, MESSAGE, await signer.sign(MESSAGE, { hash: 'sha384' }))).toBe(true);
    await expect(createKey('k8s://build/release', undefined, as('config'))).rejects.toMatchObject({ code: 'key-refused' });
  });

  test('KUBECONFIG lists files, of which those that are not there are left out and the first to name something stands', async () => {
    secrets.set('build/listed', { data: { 'cosign.pub': Buffer.from(serviceKey('p256').spkiPem).toString('base64') } });
    const of = (...files: string[]): Promise<unknown> =>
      openKey('k8s://build/listed', as('config', { env: { KUBECONFIG: files.map((f) => join(folder, f)).join(delimiter) } })).then((h) =>
        h.publicKey(),
      );
    writeFileSync(join(folder, 'nothing'), 'apiVersion: v1\nkind: Config\n');
    for (const files of [
      ['config', 'stranger'],
      ['absent', 'config'],
      ['nothing', 'config'],
    ])
      await expect(of(...files)).resolves.toMatchObject({ curve: 'P-256' });
    await expect(of('stranger', 'config')).rejects.toMatchObject({ code: 'key-refused' });
    await expect(of('absent', 'gone')).rejects.toMatchObject({ code: 'key-unavailable' });
  });

  test('a Secret with a public key alone verifies and does not sign', async () => {
    secrets.set('build/public', { data: { 'cosign.pub': Buffer.from(serviceKey('p256').spkiPem).toString('base64') } });
    const handle = await openKey('k8s://build/public', as('config'));
    expect(Buffer.from((await handle.publicKey()).spki)).toEqual(serviceKey('p256').spki);
    await expect(handle.signer()).rejects.toMatchObject({ code: 'key-invalid' });
  });

  test.each([
    ['no such Secret', 'k8s://build/absent', 'config', 'key-refused'],
    ['a namespace that this user may not see', 'k8s://closed/release', 'config', 'key-refused'],
    ['a token that the cluster does not know', 'k8s://build/release', 'stranger', 'key-refused'],
    ['no such configuration', 'k8s://build/release', 'absent', 'key-unavailable'],
    ['a name that is none', 'k8s://build/../release', 'config', 'key-invalid'],
  ])('%s', async (_, reference, file, code) => {
    const error = await openKey(reference, as(file))
      .then((h) => h.publicKey())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toMatch(/token-of-somebody|only-this-user/);
  });

  test('where no cluster is named anywhere, that is what is said', async () => {
    set({ HOME: folder, KUBECONFIG: undefined, KUBERNETES_SERVICE_HOST: undefined });
    await expect(openKey('k8s://build/release', { ...context, env: {} })).rejects.toMatchObject({
      code: 'key-unavailable',
      message: expect.stringContaining('no cluster'),
    });
  });

  test('a cluster that does not answer ends with the deadline', async () => {
    hang = true;
    const handle = await openKey('k8s://build/release', as('config', { signal: AbortSignal.timeout(200) }));
    await expect(handle.publicKey()).rejects.toMatchObject({ code: 'key-unavailable' });
    hang = false;
  });
});

function configFor(server: string, ca: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    clusters: [{ name: 'here', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'me', user: { token } }],
  });
}
