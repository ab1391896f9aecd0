import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyWith } from '../../src/crypto/index.ts';
import { createKey, openKey } from '../../src/trust/keys/index.ts';
import { crc32c } from '../../src/trust/kms/gcp/checksum.ts';
import { context, withVariables } from './backend.ts';
import { type GcpServer, startGcpKms } from './gcp-server.ts';
import { serviceKey } from './key-store.ts';

const RING = 'projects/acme/locations/global/keyRings/signing';
const MESSAGE = Buffer.from('what is signed');
const KEYS = {
  p256: { algorithm: 'EC_SIGN_P256_SHA256', kind: 'p256' },
  p384: { algorithm: 'EC_SIGN_P384_SHA384', kind: 'p384' },
  rsa: { algorithm: 'RSA_SIGN_PKCS1_3072_SHA256', kind: 'rsa3072' },
  wide: { algorithm: 'RSA_SIGN_PKCS1_4096_SHA512', kind: 'rsa4096' },
  pss: { algorithm: 'RSA_SIGN_PSS_2048_SHA256', kind: 'rsa2048' },
  ed25519: { algorithm: 'EC_SIGN_ED25519', kind: 'ed25519' },
} as const;

describe('keys of Google Cloud KMS, by its library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-gcp-'));
  let server: GcpServer;
  const set = withVariables();

  beforeAll(async () => {
    server = await startGcpKms({
      ...KEYS,
      versions: { ...KEYS.p256, versions: ['ENABLED', 'ENABLED', 'DISABLED'] },
      gone: { ...KEYS.p256, versions: ['DESTROYED'] },
      sealing: { algorithm: 'RSA_DECRYPT_OAEP_2048_SHA256', kind: 'rsa2048' },
    });
    writeFileSync(join(folder, 'account.json'), server.account);
    writeFileSync(join(folder, 'stranger.json'), server.stranger);
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() =>
    set({
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS: server.url,
      GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'account.json'),
      GOOGLE_CLOUD_PROJECT: 'acme',
    }),
  );
  afterEach(() => {
    server.bend = undefined;
  });

  test.each(Object.entries(KEYS))('%s signs in the scheme that it is made for', async (name, { kind }) => {
    const handle = await openKey(`gcpkms://${RING}/cryptoKeys/${name}`, context);
    const key = await handle.publicKey();
    expect(Buffer.from(key.spki)).toEqual(serviceKey(kind, `${RING}/cryptoKeys/${name} 1`).spki);
    const signer = await handle.signer();
    expect(signer.schemes).toHaveLength(1);
    for (const scheme of signer.schemes) expect(verifyWith(key, scheme, MESSAGE, await signer.sign(MESSAGE, scheme))).toBe(true);
  });

  test('of several versions the newest enabled one signs, and a named one where one is named', async () => {
    const id = async (suffix: string): Promise<string> =>
      (await (await openKey(`gcpkms://${RING}/cryptoKeys/versions${suffix}`, context)).publicKey()).keyId;
    expect(await id('')).toBe(await id('/versions/2'));
    expect(await id('/cryptoKeyVersions/1')).not.toBe(await id('/versions/2'));
    await expect(id('/versions/3')).rejects.toMatchObject({ code: 'key-refused' });
  });

  test('the newest version is found on whichever page it stands, and pages without end are not looked through', async () => {
    const at = `gcpkms://${RING}/cryptoKeys/versions`;
    const id = async (reference: string): Promise<string> => (await (await openKey(reference, context)).publicKey()).keyId;
    const newest = await id(`${at}/versions/2`);
    let pages = 0;
    const only = (answer: Readonly<Record<string, unknown>>, page: number): unknown =>
      (answer.cryptoKeyVersions as readonly unknown[]).slice(page, page + 1);
    server.bend = (call, answer) => {
      if (call !== 'listCryptoKeyVersions') return answer;
      const page = pages++;
      return { cryptoKeyVersions: only(answer, page), ...(page === 0 ? { nextPageToken: 'more' } : {}) };
    };
    expect(await id(at)).toBe(newest);
    expect(pages).toBe(2);
    server.bend = (call, answer) => (call === 'listCryptoKeyVersions' ? { ...answer, nextPageToken: 'more' } : answer);
    await expect(id(at)).rejects.toMatchObject({ code: 'limit' });
  });

  test('a public key that cannot be read is said of the key by its name', async () => {
    const pem = '-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n';
    server.bend = (call, answer) => (call === 'getPublicKey' ? { ...answer, pem, pemCrc32c: String(crc32c(Buffer.from(pem))) } : answer);
    const error = await openKey(`gcpkms://${RING}/cryptoKeys/p256`, context)
      .then((h) => h.publicKey())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'key-unavailable', message: expect.stringContaining('cryptoKeys/p256') });
  });

  test('a new key can be used at once', async () => {
    const reference = 'gcpkms://projects/acme/locations/global/keyRings/fresh/cryptoKeys/k';
    const made = await createKey(reference, 'ecdsa-sha2-384-nistp384', context);
    expect(made.curve).toBe('P-384');
    await expect(createKey(reference, undefined, context)).rejects.toMatchObject({ code: 'key-refused' });
  });

  test('an account that the service does not know is refused, and its key stands in no message', async () => {
    set({ GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'stranger.json') });
    const error = await openKey(`gcpkms://${RING}/cryptoKeys/p256`, context)
      .then((h) => h.publicKey())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'key-refused' });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain('PRIVATE KEY');
    expect(server.calls.at(-1)).toMatchObject({ call: 'refused', status: 401 });
  });

  test.each([
    ['no version that is enabled', `gcpkms://${RING}/cryptoKeys/gone`, 'key-refused'],
    ['no such key', `gcpkms://${RING}/cryptoKeys/absent`, 'key-refused'],
    ['a key that does not sign', `gcpkms://${RING}/cryptoKeys/sealing`, 'key-invalid'],
    ['half a name', `gcpkms://${RING}`, 'key-invalid'],
  ])('%s', async (_, reference, code) => {
    await expect(openKey(reference, context).then((h) => h.signer())).rejects.toMatchObject({ code });
  });

  test('damage on the way, a lie, a failure and silence give no signature', async () => {
    const signer = await (await openKey(`gcpkms://${RING}/cryptoKeys/p256`, context)).signer();
    const bent = (change: Record<string, unknown>): void => {
      server.bend = (call, answer) => (call === 'asymmetricSign' ? { ...answer, ...change } : answer);
    };
    bent({ verifiedDigestCrc32c: false });
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'key-unavailable' });
    bent({ signatureCrc32c: '1' });
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'key-unavailable' });
    const forged = Buffer.alloc(70, 1);
    bent({ signature: forged.toString('base64'), signatureCrc32c: String(crc32c(forged)) });
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'service-lied' });
    server.bend = () => 'hang';
    await expect(signer.sign(MESSAGE, { hash: 'sha256' }, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      code: 'key-unavailable',
    });
  });

  test('the checksum is the one of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  });
});
