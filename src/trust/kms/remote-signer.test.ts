import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { localSigner, privateKeyOf, type SigningScheme, verifyWith } from '../../crypto/index.ts';
import { remoteSigner } from './remote-signer.ts';

const MESSAGE = Buffer.from('what is signed');
const local = localSigner(privateKeyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), 'local');
const PKCS1: SigningScheme = { hash: 'sha256', padding: 'pkcs1' };
const PSS: SigningScheme = { hash: 'sha256', padding: 'pss' };
const PKCS1_SHA512: SigningScheme = { hash: 'sha512', padding: 'pkcs1' };

describe('a key in a service', () => {
  test.each([
    ['another scheme of the key', PSS],
    ['another hash function', PKCS1_SHA512],
  ])('a signature in %s than was asked for is none', async (_, answered) => {
    const signer = remoteSigner({
      name: 'remote',
      publicKey: local.publicKey,
      schemes: [PKCS1],
      signDigest: () => local.sign(MESSAGE, answered),
    });
    await expect(signer.sign(MESSAGE, PKCS1)).rejects.toMatchObject({ code: 'service-lied' });
  });

  test.each([
    ['pkcs1', PKCS1],
    ['pss', PSS],
  ])('what was asked for is given away: %s', async (_, scheme) => {
    const signer = remoteSigner({
      name: 'remote',
      publicKey: local.publicKey,
      schemes: [scheme],
      signDigest: () => local.sign(MESSAGE, scheme),
    });
    expect(verifyWith(local.publicKey, scheme, MESSAGE, await signer.sign(MESSAGE, scheme))).toBe(true);
  });
});
