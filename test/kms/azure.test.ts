import { Agent } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyWith } from '../../src/crypto/index.ts';
import { createKey, openKey } from '../../src/trust/keys/index.ts';
import { type AzureServer, CLIENT, CLIENT_SECRET, DIRECTORY, startAzureVault, TENANT, VAULT } from './azure-server.ts';
import { context, withVariables } from './backend.ts';
import { type ServiceKeyKind, serviceKey } from './key-store.ts';

const KINDS: readonly ServiceKeyKind[] = ['p256', 'p384', 'p521', 'rsa2048', 'rsa4096'];
const MESSAGE = Buffer.from('what is signed');

describe('keys of Azure Key Vault, by its libraries', () => {
  let server: AzureServer;
  const set = withVariables();
  // The libraries open connections of their own: here two names are this machine, and one authority is known.
  const agent = Agent.prototype as unknown as { createConnection: (this: Agent, options: object, ...more: unknown[]) => unknown };
  const { createConnection } = agent;

  beforeAll(async () => {
    server = await startAzureVault(new Map(KINDS.map((kind) => [kind, serviceKey(kind)])));
    const lookup = (_: string, options: { all?: boolean }, found: (...args: unknown[]) => void): void =>
      options.all === true ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);
    agent.createConnection = function (options, ...more) {
      return createConnection.call(this, { ...options, ca: server.ca, lookup }, ...more);
    };
  });
  afterAll(async () => {
    agent.createConnection = createConnection;
    await server.close();
  });
  beforeEach(() =>
    set({
      AZURE_AUTHORITY_HOST: `https://${DIRECTORY}:${server.port}`,
      AZURE_TENANT_ID: TENANT,
      AZURE_CLIENT_ID: CLIENT,
      AZURE_CLIENT_SECRET: CLIENT_SECRET,
      AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential',
    }),
  );
  afterEach(() => {
    server.bend = undefined;
  });
  const reference = (name: string): string => `azurekms://${VAULT}:${server.port}/${name}`;

  test.each(KINDS)('%s signs in every scheme that the vault has for it', async (kind) => {
    const handle = await openKey(reference(kind), context);
    const key = await handle.publicKey();
    expect(Buffer.from(key.spki)).toEqual(serviceKey(kind).spki);
    const signer = await handle.signer();
    expect(signer.schemes).toHaveLength(kind.startsWith('rsa') ? 6 : 1);
    for (const scheme of signer.schemes) expect(verifyWith(key, scheme, MESSAGE, await signer.sign(MESSAGE, scheme))).toBe(true);
  });

  test('a new key can be used at once', async () => {
    const made = await createKey(reference('fresh'), 'ecdsa-sha2-384-nistp384', context);
    expect(made.curve).toBe('P-384');
    expect((await (await openKey(reference('fresh'), context)).publicKey()).keyId).toBe(made.keyId);
  });

  test('a wrong secret is refused by the directory, and stands in no message', async () => {
    set({ AZURE_CLIENT_SECRET: 'another-secret' });
    const error = await openKey(reference('p256'), context)
      .then((h) => h.publicKey())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'key-refused' });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain('another-secret');
    expect(server.calls.at(-1)).toMatchObject({ call: 'token', status: 401 });
  });

  test.each([
    ['no such key', 'absent', 'key-refused'],
    ['no name of a key', 'a/b/c', 'key-invalid'],
  ])('%s', async (_, name, code) => {
    await expect(openKey(reference(name), context).then((h) => h.signer())).rejects.toMatchObject({ code });
  });

  test('a vault that names the key of another one gets no token sent there', async () => {
    server.bend = (call, answer) =>
      call === 'get'
        ? { ...answer, key: { ...(answer.key as object), kid: 'https://evil.vault.test/keys/p256/0123456789abcdef0123456789abcdef' } }
        : answer;
    await expect(openKey(reference('p256'), context).then((h) => h.signer())).rejects.toMatchObject({ code: 'service-lied' });
  });

  test('the host is the same in any case of letters', async () => {
    const signer = await (await openKey(reference('p256').replace('acme', 'Acme'), context)).signer();
    expect(verifyWith(signer.publicKey, { hash: 'sha256' }, MESSAGE, await signer.sign(MESSAGE, { hash: 'sha256' }))).toBe(true);
  });

  test.each([0, 63, 65, 128])('a signature of %i bytes on P-256 is none', async (length) => {
    const signer = await (await openKey(reference('p256'), context)).signer();
    server.bend = (call, answer) => (call === 'sign' ? { ...answer, value: Buffer.alloc(length, 1).toString('base64url') } : answer);
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'service-lied' });
    server.bend = () => ({});
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'service-lied' });
  });

  test('a vault that lies or hangs gives no signature', async () => {
    const signer = await (await openKey(reference('p256'), context)).signer();
    server.bend = (call, answer) => (call === 'sign' ? { ...answer, value: Buffer.alloc(64, 1).toString('base64url') } : answer);
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'service-lied' });
    server.bend = () => 'hang';
    await expect(signer.sign(MESSAGE, { hash: 'sha256' }, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      code: 'key-unavailable',
    });
  });
});
