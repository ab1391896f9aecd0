import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyWith } from '../../src/crypto/index.ts';
import { createKey, openKey } from '../../src/trust/keys/index.ts';
import { findPeer, lacksPeers } from '../interop/peers.ts';
import { context, withVariables } from './backend.ts';
import { serviceKey } from './key-store.ts';

const MESSAGE = Buffer.from('what is signed');
const PIN = '1234';

describe.skipIf(lacksPeers(['softhsm2'], ['opensc']))('keys on a PKCS #11 token: SoftHSM', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-hsm-'));
  const util = findPeer('softhsm2')?.path ?? '';
  const module = join(dirname(dirname(util)), 'lib/softhsm/libsofthsm2.so');
  const set = withVariables();
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { env: { ...process.env, SOFTHSM2_CONF: join(folder, 'softhsm2.conf') }, stdio: 'pipe' }).toString();
  const tool = (...args: string[]): string =>
    run(findPeer('opensc')?.path ?? '', '--module', module, '--token-label', 'signer', '--login', '--pin', PIN, ...args);

  beforeAll(() => {
    mkdirSync(join(folder, 'tokens'));
    writeFileSync(
      join(folder, 'softhsm2.conf'),
      `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
    );
    for (const label of ['signer', 'second', 'third'])
      run(util, '--module', module, '--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', '5678');
    tool('--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'k1', '--id', '01', '--usage-sign');
    tool('--keypairgen', '--key-type', 'EC:secp384r1', '--label', 'k3', '--id', '03', '--usage-sign');
    tool('--keypairgen', '--key-type', 'rsa:3072', '--label', 'r1', '--id', '02', '--usage-sign');
    for (const id of ['08', '09']) tool('--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'twice', '--id', id, '--usage-sign');
    writeFileSync(join(folder, 'imported.pem'), serviceKey('p521', 'hsm').privateKey.export({ type: 'pkcs8', format: 'pem' }));
    run(
      util,
      '--module',
      module,
      '--import',
      join(folder, 'imported.pem'),
      '--token',
      'signer',
      '--label',
      'imported',
      '--id',
      '05',
      '--pin',
      PIN,
    );
    writeFileSync(join(folder, 'pin'), `${PIN}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => set({ SOFTHSM2_CONF: join(folder, 'softhsm2.conf'), COSIGN_PKCS11_MODULE_PATH: module, COSIGN_PKCS11_PIN: PIN }));

  test.each([
    ['pkcs11:token=signer;object=k1', 1],
    ['pkcs11:token=signer;id=%03', 1],
    ['pkcs11:token=signer;object=r1;id=%02', 6],
    ['pkcs11:token=signer;object=imported', 1],
  ])('%s signs in %i schemes', async (reference, schemes) => {
    const signer = await (await openKey(reference, { ...context, env: process.env })).signer();
    // P-521's schemes are two hash functions, which a token does not see
    expect(signer.schemes.length).toBeGreaterThanOrEqual(schemes);
    for (const scheme of signer.schemes) {
      expect(verifyWith(signer.publicKey, scheme, MESSAGE, await signer.sign(MESSAGE, scheme))).toBe(true);
    }
  });

  test('one session signs for several at the same time', async () => {
    const signer = await (await openKey('pkcs11:token=signer;object=r1;id=%02', { ...context, env: process.env })).signer();
    const [scheme = { hash: 'sha256' as const }] = signer.schemes;
    const messages = Array.from({ length: 16 }, (_, i) => Buffer.from(`message ${i}`));
    const signatures = await Promise.all(messages.map((message) => signer.sign(message, scheme)));
    for (const [i, message] of messages.entries())
      expect(verifyWith(signer.publicKey, scheme, message, signatures[i] ?? message)).toBe(true);
  });

  test('the public key is the one that was put there, and needs no PIN', async () => {
    set({ COSIGN_PKCS11_PIN: undefined });
    const key = await (await openKey('pkcs11:token=signer;object=imported', { ...context, env: process.env })).publicKey();
    expect(Buffer.from(key.spki)).toEqual(serviceKey('p521', 'hsm').spki);
  });

  test('a PIN comes from a file or from a person, and not from the reference', async () => {
    set({ COSIGN_PKCS11_PIN: undefined });
    const reads = {
      ...context,
      env: process.env,
      readFile: async (path: string) => (path === 'my-pin' ? Buffer.from(`${PIN}\n`) : Buffer.alloc(0)),
    };
    const signer = await (await openKey('pkcs11:token=second;object=k9?pin-source=file:my-pin', reads)).signer().catch((e: unknown) => e);
    // the PIN was right: what is missing is the key
    expect(signer).toMatchObject({ code: 'key-refused' });
    await expect(openKey(`pkcs11:token=signer;object=k1?pin-value=${PIN}`, reads)).rejects.toMatchObject({ code: 'key-invalid' });
  });

  test('a key that is made stays on the token, and none is replaced', async () => {
    const reference = 'pkcs11:token=signer;object=made;id=%0a';
    const made = await createKey(reference, 'ecdsa-sha2-384-nistp384', { ...context, env: process.env });
    expect(made.curve).toBe('P-384');
    const shown = tool('--list-objects', '--type', 'privkey');
    expect(shown).toMatch(/label:\s+made\s+ID:\s+0a[\s\S]*?never extractable/);
    await expect(createKey(reference, undefined, { ...context, env: process.env })).rejects.toMatchObject({ code: 'key-refused' });
  });

  test.each([
    ['no such token', 'pkcs11:token=absent;object=k1', 'key-refused'],
    ['no such key', 'pkcs11:token=signer;object=absent', 'key-refused'],
    ['two keys of one name', 'pkcs11:token=signer;object=twice', 'key-invalid'],
    ['two tokens that may be meant', 'pkcs11:object=k1', 'key-invalid'],
    ['another slot', 'pkcs11:token=signer;object=k1;slot-description=elsewhere', 'key-refused'],
    ["another slot's maker", 'pkcs11:token=signer;object=k1;slot-manufacturer=nobody', 'key-refused'],
    ['an unknown part', 'pkcs11:token=signer;colour=blue;object=k1', 'key-invalid'],
    ['a part that stands there twice', 'pkcs11:token=signer;token=second;object=k1', 'key-invalid'],
    ['no key at all', 'pkcs11:token=signer', 'key-invalid'],
    ['no such module', 'pkcs11:token=signer;object=k1?module-path=/nonexistent.so', 'key-unavailable'],
  ])('%s', async (_, reference, code) => {
    await expect(openKey(reference, { ...context, env: process.env }).then((h) => h.signer())).rejects.toMatchObject({ code });
  });

  test('the slot may be named', async () => {
    const key = await openKey('pkcs11:token=signer;object=k1;slot-manufacturer=SoftHSM%20project', { ...context, env: process.env }).then(
      (h) => h.publicKey(),
    );
    expect(key.curve).toBe('P-256');
  });

  test('a PIN that is empty is not tried: who is at the terminal is asked, and somebody has to be', async () => {
    set({ COSIGN_PKCS11_PIN: '' });
    const signer = (more: object): Promise<unknown> =>
      openKey('pkcs11:token=signer;object=k1', { ...context, env: process.env, ...more }).then((h) => h.signer());
    await expect(signer({})).rejects.toMatchObject({ code: 'password-wrong', message: expect.stringContaining('no terminal') });
    await expect(signer({ pin: async () => Buffer.from(PIN) })).resolves.toBeDefined();
    const empty = openKey('pkcs11:token=signer;object=k1?pin-source=empty', {
      ...context,
      env: process.env,
      readFile: async () => Buffer.from('\n'),
    });
    await expect(empty.then((h) => h.signer())).rejects.toMatchObject({
      code: 'password-wrong',
      message: expect.stringContaining('empty'),
    });
  });

  test('a wrong PIN is tried once and said', async () => {
    set({ COSIGN_PKCS11_PIN: '9999' });
    await expect(openKey('pkcs11:token=third;object=k1', { ...context, env: process.env }).then((h) => h.signer())).rejects.toMatchObject({
      code: 'password-wrong',
    });
  });
});
