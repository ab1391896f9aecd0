import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyWith } from '../../src/crypto/index.ts';
import { createKey, type KeyContext, openKey } from '../../src/trust/keys/index.ts';
import { context } from './backend.ts';
import { serviceKey } from './key-store.ts';

const MESSAGE = Buffer.from('what is signed');

/** A plugin of protocol v1: keys are files beside it; its behaviour follows from the key's name. */
const PLUGIN = `#!${process.execPath}
const { createPrivateKey, createPublicKey, createHash, sign, generateKeyPairSync } = require('node:crypto');
const fs = require('node:fs');
const { initOptions, methodName, ...args } = JSON.parse(process.argv[3]);
const say = (value) => process.stdout.write(JSON.stringify(value));
const key = initOptions.keyResourceID;
fs.appendFileSync(__dirname + '/asked', JSON.stringify({ version: process.argv[2], methodName, initOptions, secret: process.env.COSIGN_PASSWORD ?? null, token: process.env.MY_TOKEN ?? null }) + '\\n');
if (key === 'hang') setInterval(() => {}, 1000);
else if (key === 'flood') for (;;) fs.writeSync(1, Buffer.alloc(65536, 97));
else if (key === 'silent') process.exit(3);
else if (key === 'refuse') { say({ errorMessage: 'not with\\nthis account' }); process.exit(1); }
else if (key === 'tells') say({ errorMessage: 'no entry with ' + process.env.AWS_SECRET_ACCESS_KEY });
else if (key === 'odd') say({ publicKey: { publicKeyPEM: Buffer.from('-----BEGIN RSA PUBLIC KEY-----\\nAAAA\\n-----END RSA PUBLIC KEY-----\\n').toString('base64') } });
else if (key === 'unread') say({ publicKey: { publicKeyPEM: '!' } });
else {
  const file = __dirname + '/' + key + '.pem';
  if (methodName === 'defaultAlgorithm') say({ defaultAlgorithm: { defaultAlgorithm: 'ecdsa-p256' } });
  else if (methodName === 'createKey') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: args.createKey.algorithm === 'ecdsa-p256' ? 'P-256' : 'P-384' });
    fs.writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { flag: 'wx' });
    say({ createKey: { publicKeyPEM: Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64') } });
  } else {
    const priv = createPrivateKey(fs.readFileSync(file));
    if (methodName === 'publicKey') say({ publicKey: { publicKeyPEM: Buffer.from(createPublicKey(priv).export({ type: 'spki', format: 'pem' })).toString('base64') } });
    else {
      const message = fs.readFileSync(0);
      const hash = { 5: 'sha256', 6: 'sha384', 7: 'sha512' }[args.signMessage.signOptions.messageOptions.hashFunc];
      const signature = key.startsWith('liar') ? Buffer.alloc(70, 1) : sign(hash, message, priv);
      say({ signMessage: { signature: signature.toString('base64') } });
    }
  }
}
`;

describe('keys of sigstore-kms plugins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-plugin-'));
  const inPath: KeyContext = {
    ...context,
    env: { PATH: `relative:${folder}:${dirname(process.execPath)}`, COSIGN_PASSWORD: 'ours', MY_TOKEN: 'its own' },
  };

  beforeAll(() => {
    writeFileSync(join(folder, 'sigstore-kms-test'), PLUGIN);
    chmodSync(join(folder, 'sigstore-kms-test'), 0o755);
    for (const kind of ['p256', 'p384', 'rsa2048'] as const)
      writeFileSync(join(folder, `${kind}.pem`), serviceKey(kind).privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, 'liar.pem'), serviceKey('p256').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['p256', 'p384', 'rsa2048'] as const)('%s signs', async (kind) => {
    const handle = await openKey(`test://${kind}`, inPath);
    const key = await handle.publicKey();
    expect(Buffer.from(key.spki)).toEqual(serviceKey(kind).spki);
    const signer = await handle.signer();
    for (const scheme of signer.schemes) expect(verifyWith(key, scheme, MESSAGE, await signer.sign(MESSAGE, scheme))).toBe(true);
  });

  test('it is asked in the words of the protocol, with its own secrets and without ours', async () => {
    await (await openKey('test://p256', inPath)).publicKey();
    const asked = JSON.parse(readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(asked).toMatchObject({
      version: 'v1',
      methodName: 'publicKey',
      initOptions: { protocolVersion: 'v1', keyResourceID: 'p256', hashFunc: 5 },
      secret: null,
      token: 'its own',
    });
  });

  test('a new key is of the kind that was asked for, or that the plugin likes best', async () => {
    expect((await createKey('test://fresh', undefined, inPath)).curve).toBe('P-256');
    expect((await createKey('test://wider', 'ecdsa-sha2-384-nistp384', inPath)).curve).toBe('P-384');
  });

  test.each([
    ['one that refuses', 'test://refuse', 'key-refused'],
    ['one that says nothing', 'test://silent', 'key-unavailable'],
    ['one that floods', 'test://flood', 'key-unavailable'],
    ['one whose public key is none', 'test://odd', 'key-unavailable'],
    ['one whose answer is not base64', 'test://unread', 'service-lied'],
    ['one whose signature is none', 'test://liar', 'service-lied'],
    ['one that is not there', 'absent://key', 'key-unavailable'],
  ])('%s', async (_, reference, code) => {
    await expect(
      openKey(reference, inPath)
        .then((h) => h.signer())
        .then((s) => s.sign(MESSAGE, { hash: 'sha256' })),
    ).rejects.toMatchObject({ code });
  });

  test('one that says in its refusal what it signs in with is not repeated in that', async () => {
    const env = { ...inPath.env, AWS_SECRET_ACCESS_KEY: 'only/the+account=knows' };
    const error: unknown = await openKey('test://tells', { ...inPath, env })
      .then((h) => h.publicKey())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'key-refused', message: expect.stringContaining('[hidden]') });
    expect((error as Error).message).not.toContain('knows');
  });

  test('one that hangs ends with the deadline of the command', async () => {
    const handle = await openKey('test://hang', { ...inPath, signal: AbortSignal.timeout(300) });
    await expect(handle.publicKey()).rejects.toMatchObject({ code: 'cancelled' });
  });
});
