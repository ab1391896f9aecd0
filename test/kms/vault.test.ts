import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { verifyWith } from '../../src/crypto/index.ts';
import { AssayError } from '../../src/errors.ts';
import { createKey, type KeyContext, openKey } from '../../src/trust/keys/index.ts';
import { context } from './backend.ts';
import { certifiedFor } from './certified.ts';
import { type ServiceKeyKind, serviceKey, signDigest, signMessage } from './key-store.ts';

const TOKEN = 'hvs.only-vault-knows-this';
const MESSAGE = Buffer.from('what is signed');
const TYPES: Readonly<Record<string, ServiceKeyKind>> = {
  'ecdsa-p256': 'p256',
  'ecdsa-p384': 'p384',
  'ecdsa-p521': 'p521',
  'rsa-2048': 'rsa2048',
  'rsa-4096': 'rsa4096',
  ed25519: 'ed25519',
};
const HASHES = { 'sha2-256': 'sha256', 'sha2-384': 'sha384', 'sha2-512': 'sha512' } as const;

/** The transit engine's API (developer.hashicorp.com/vault/api-docs/secret/transit), mounted at `transit`; keys have two versions. */
async function startVault(): Promise<{
  server: Server;
  url: string;
  bend: { answer: ((path: string, data: object) => object | number | 'hang') | undefined };
}> {
  const keys = new Map<string, string>(Object.keys(TYPES).map((type) => [`k-${type}`, type]));
  const bend = { answer: undefined as ((path: string, data: object) => object | number | 'hang') | undefined };
  const server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const answer = (status: number, body: object): void =>
        void response.writeHead(status, { 'Content-Type': 'application/json' }).end(status === 204 ? undefined : JSON.stringify(body));
      if (request.headers['x-vault-token'] !== TOKEN) return answer(403, { errors: ['permission denied'] });
      const path = request.url?.replace('/v1/transit/', '') ?? '';
      const body = bytes.length === 0 ? {} : (JSON.parse(bytes.toString()) as Record<string, string>);
      const [verb, name = '', hash] = path.split('/');
      if (verb === 'keys' && request.method === 'POST') {
        if (!keys.has(name)) keys.set(name, body.type ?? '');
        return answer(204, {});
      }
      const type = keys.get(name);
      if (type === undefined) return answer(404, { errors: [] });
      const data = verb === 'keys' ? describeKey(name, type) : sign(name, type, hash as keyof typeof HASHES, body);
      const bent = bend.answer?.(path, data) ?? data;
      if (bent === 'hang') return;
      if (typeof bent === 'number') return answer(bent, { errors: ['bent'] });
      return answer(200, { data: bent });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bend };
}

function describeKey(name: string, type: string): object {
  const kind = TYPES[type] as ServiceKeyKind;
  const of = (version: number): object => {
    const key = serviceKey(kind, `${name} ${version}`);
    return { name: type, public_key: type === 'ed25519' ? key.spki.subarray(-32).toString('base64') : key.spkiPem };
  };
  return { type, latest_version: 2, keys: { 1: of(1), 2: of(2) } };
}

function sign(name: string, type: string, hash: keyof typeof HASHES, body: Record<string, unknown>): object {
  const key = serviceKey(TYPES[type] as ServiceKeyKind, `${name} ${body.key_version}`);
  const input = Buffer.from(String(body.input), 'base64');
  const padding = body.signature_algorithm === 'pss' ? 'pss' : 'pkcs1';
  const made = type === 'ed25519' ? signMessage(key, input) : signDigest(key, input, HASHES[hash], padding);
  return { signature: `vault:v${body.key_version}:${made.toString('base64')}` };
}

describe('keys of the transit engine of Vault', () => {
  let vault: Awaited<ReturnType<typeof startVault>>;
  beforeAll(async () => {
    vault = await startVault();
  });
  afterAll(() => {
    vault.server.closeAllConnections();
    vault.server.close();
  });
  afterEach(() => {
    vault.bend.answer = undefined;
  });
  const as = (more: Record<string, string | undefined> = {}): KeyContext => ({
    ...context,
    env: { VAULT_ADDR: vault.url, VAULT_TOKEN: TOKEN, ...more },
  });

  test.each(Object.entries(TYPES))('%s signs with its newest version', async (type, kind) => {
    // Keys are made before the clock of a request runs: an RSA key takes as long as chance will have it.
    for (const version of [1, 2]) serviceKey(kind, `k-${type} ${version}`);
    const handle = await openKey(`hashivault://k-${type}`, as());
    const key = await handle.publicKey();
    expect(Buffer.from(key.spki)).toEqual(serviceKey(kind, `k-${type} 2`).spki);
    const signer = await handle.signer();
    for (const scheme of signer.schemes) expect(verifyWith(key, scheme, MESSAGE, await signer.sign(MESSAGE, scheme))).toBe(true);
  });

  test('OpenBao is asked in the same way, with its own variables, and the token may be in the home folder', async () => {
    const env = { BAO_ADDR: vault.url };
    const files: KeyContext = {
      ...context,
      env,
      home: '/home/me',
      readFile: async (path) => Buffer.from(path === '/home/me/.vault-token' ? `${TOKEN}\n` : ''),
    };
    expect((await (await openKey('openbao://k-ecdsa-p256', files)).publicKey()).curve).toBe('P-256');
  });

  test('a token in the home folder that cannot be read is not called missing', async () => {
    const unreadable = (code: string): KeyContext => ({
      ...context,
      env: { VAULT_ADDR: vault.url },
      home: '/home/me',
      readFile: async () => {
        throw new AssayError('file-unreadable', 'cannot read it', { cause: Object.assign(new Error(code), { code }) });
      },
    });
    const hintOf = async (code: string): Promise<string | undefined> => {
      const error = await openKey('hashivault://k-ecdsa-p256', unreadable(code))
        .then((h) => h.publicKey())
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'key-refused' });
      return (error as AssayError).hint;
    };
    expect(await hintOf('ENOENT')).toContain('vault login');
    expect(await hintOf('EACCES')).not.toContain('vault login');
  });

  test('a new key can be used at once, and one of another type is not taken for it', async () => {
    expect((await createKey('hashivault://fresh', 'ecdsa-sha2-384-nistp384', as())).curve).toBe('P-384');
    await expect(createKey('hashivault://fresh', 'ed25519', as())).rejects.toMatchObject({ code: 'key-refused' });
  });

  test.each([
    ['a token that Vault does not know', { VAULT_TOKEN: 'hvs.another-token' }, 'hashivault://k-ecdsa-p256', 'key-refused'],
    ['no token at all', { VAULT_TOKEN: undefined }, 'hashivault://k-ecdsa-p256', 'key-refused'],
    ['no such key', {}, 'hashivault://absent', 'key-refused'],
    ['no address', { VAULT_ADDR: undefined }, 'hashivault://k-ecdsa-p256', 'key-invalid'],
    ['a token in the clear to another machine', { VAULT_ADDR: 'http://vault.example:8200' }, 'hashivault://k-ecdsa-p256', 'key-invalid'],
    ['a path in the place of a key', {}, 'hashivault://../sys/seal', 'key-invalid'],
  ])('%s', async (_, env, reference, code) => {
    const error = await openKey(reference, as(env))
      .then((h) => h.publicKey())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toMatch(/hvs\./);
  });

  test("over TLS it is told apart by the authority that Vault's own variables name, and by no other", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-vault-'));
    const tls = certifiedFor([{ dns: 'vault.internal' }]);
    const secure = createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (request, response) => {
      shown.push((request.socket as TLSSocket).getPeerX509Certificate() !== undefined);
      void response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ data: describeKey('k', 'ecdsa-p256') }));
    }).listen(0, '127.0.0.1');
    const shown: boolean[] = [];
    await once(secure, 'listening');
    const [ca, cert, key] = (['ca', 'cert', 'key'] as const).map((part) => {
      writeFileSync(join(folder, part), tls[part]);
      return join(folder, part);
    });
    const asked = (env: Record<string, string | undefined>): Promise<unknown> => {
      const VAULT_ADDR = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
      return openKey('hashivault://k', as({ VAULT_ADDR, ...env })).then((h) => h.publicKey());
    };
    try {
      await expect(asked({ VAULT_TLS_SERVER_NAME: 'vault.internal' })).rejects.toMatchObject({ code: 'key-unavailable' });
      await expect(asked({ VAULT_CACERT: ca })).rejects.toMatchObject({ code: 'key-unavailable' });
      await expect(asked({ VAULT_CACERT: ca, VAULT_TLS_SERVER_NAME: 'vault.internal' })).resolves.toMatchObject({ curve: 'P-256' });
      const client = { BAO_CACERT: ca, BAO_TLS_SERVER_NAME: 'vault.internal', VAULT_CLIENT_CERT: cert, VAULT_CLIENT_KEY: key };
      await expect(asked(client)).resolves.toMatchObject({ curve: 'P-256' });
      await expect(asked({ ...client, VAULT_CLIENT_KEY: undefined })).rejects.toMatchObject({ code: 'key-invalid' });
      await expect(asked({ VAULT_CAPATH: folder })).rejects.toMatchObject({ code: 'key-invalid' });
      await expect(asked({ VAULT_CACERT: join(folder, 'absent') })).rejects.toMatchObject({ code: 'file-unreadable' });
      expect(shown).toEqual([false, true]);
    } finally {
      secure.closeAllConnections();
      secure.close();
      rmSync(folder, { recursive: true });
    }
  });

  test('a service that lies, breaks or hangs gives no signature', async () => {
    const signer = await (await openKey('hashivault://k-ecdsa-p256', as())).signer();
    vault.bend.answer = () => ({ signature: `vault:v2:${Buffer.alloc(70, 1).toString('base64')}` });
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'service-lied' });
    vault.bend.answer = () => ({});
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'service-lied' });
    vault.bend.answer = () => 500;
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'key-unavailable' });
    vault.bend.answer = () => 'hang';
    await expect(signer.sign(MESSAGE, { hash: 'sha256' }, { signal: AbortSignal.timeout(200) })).rejects.toThrow();
  });
});
