import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashOfJose, type JoseAlgorithm, joseAlgorithmOf, verifyJose } from './jose.ts';
import { importPublicKey } from './public-key.ts';

const DATA = Buffer.from('signed bytes');

function rsa(modulusLength: number) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return { key: importPublicKey(publicKey.export({ type: 'spki', format: 'der' })), privateKey };
}

function ec(namedCurve: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return { key: importPublicKey(publicKey.export({ type: 'spki', format: 'der' })), privateKey };
}

const PSS = constants.RSA_PKCS1_PSS_PADDING;

describe('RSA', () => {
  const { key, privateKey } = rsa(2048);
  const made = (hash: string, saltLength: number, padding: number = PSS): Buffer =>
    sign(hash, DATA, { key: privateKey, padding, saltLength });

  test('PS256 with a salt as long as the digest, and with no other', () => {
    expect(joseAlgorithmOf(key)).toBe('PS256');
    expect(verifyJose(key, 'PS256', DATA, made('sha256', 32))).toBe(true);
    expect(verifyJose(key, 'PS256', DATA, made('sha256', 20))).toBe(false);
    expect(verifyJose(key, 'PS256', DATA, made('sha256', 0))).toBe(false);
  });

  test('another hash function, PKCS#1, an EC algorithm and other bytes are none', () => {
    expect(verifyJose(key, 'PS256', DATA, made('sha384', 48))).toBe(false);
    expect(verifyJose(key, 'PS256', DATA, sign('sha256', DATA, privateKey))).toBe(false);
    expect(verifyJose(key, 'ES256', DATA, made('sha256', 32))).toBe(false);
    expect(verifyJose(key, 'PS256', Buffer.from('other'), made('sha256', 32))).toBe(false);
    expect(verifyJose(key, 'PS256', DATA, Buffer.alloc(0))).toBe(false);
  });

  test('sizes that belong to no algorithm have none', () => {
    expect(joseAlgorithmOf(rsa(2056).key)).toBeUndefined();
    expect(joseAlgorithmOf(rsa(3072).key)).toBe('PS384');
  });
});

describe.each([
  ['prime256v1', 'ES256', 'sha256', 64],
  ['secp384r1', 'ES384', 'sha384', 96],
  ['secp521r1', 'ES512', 'sha512', 132],
] as const)('%s', (curve, algorithm: JoseAlgorithm, hash, length) => {
  const { key, privateKey } = ec(curve);
  const raw = sign(hash, DATA, { key: privateKey, dsaEncoding: 'ieee-p1363' });

  test('raw signatures of the right length', () => {
    expect(joseAlgorithmOf(key)).toBe(algorithm);
    expect(hashOfJose(algorithm)).toBe(hash);
    expect(raw.length).toBe(length);
    expect(verifyJose(key, algorithm, DATA, raw)).toBe(true);
  });

  test('DER, a byte more or less, and zeros are none', () => {
    expect(verifyJose(key, algorithm, DATA, sign(hash, DATA, privateKey))).toBe(false);
    expect(verifyJose(key, algorithm, DATA, raw.subarray(1))).toBe(false);
    expect(verifyJose(key, algorithm, DATA, Buffer.concat([raw, Buffer.of(0)]))).toBe(false);
    expect(verifyJose(key, algorithm, DATA, Buffer.alloc(length))).toBe(false);
    expect(verifyJose(key, 'PS256', DATA, raw)).toBe(false);
  });
});

test('Ed25519 signs nothing here', () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const key = importPublicKey(publicKey.export({ type: 'spki', format: 'der' }));
  expect(joseAlgorithmOf(key)).toBeUndefined();
  expect(verifyJose(key, 'ES256', DATA, Buffer.alloc(64))).toBe(false);
});
