import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { describe, expect, test } from 'vitest';
import { isAssayError } from '../errors.ts';
import {
  type HashName,
  hash,
  importPrivateKey,
  importPublicKey,
  schemeThatVerifies,
  signWith,
  subjectPublicKeyBits,
  verifyEd25519ph,
  verifyPrehashed,
  verifySignature,
} from './index.ts';

const message = Buffer.from('what is signed');

function pair(kind: 'P-256' | 'P-384' | 'P-521' | 'rsa' | 'ed25519') {
  const made =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : kind === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: kind });
  return { privateKey: made.privateKey, key: importPublicKey(made.publicKey.export({ type: 'spki', format: 'der' })) };
}

const digests = new Map<HashName, Buffer>((['sha256', 'sha384', 'sha512'] as const).map((h) => [h, hash(h, message)]));

describe('signatures of every kind of key', () => {
  test.each([
    ['P-256', 'sha256'],
    ['P-384', 'sha384'],
    ['P-384', 'sha256'],
    ['P-521', 'sha512'],
    ['P-521', 'sha256'],
  ] as const)('ECDSA on %s with %s, DER and raw, whole and prehashed', async (curve, alg) => {
    const { privateKey, key } = pair(curve);
    const der = sign(alg, message, privateKey);
    const raw = sign(alg, message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(schemeThatVerifies(key, message, der)).toEqual({ hash: alg });
    expect(verifySignature(key, message, raw)).toBe(false);
    expect(verifySignature(key, message, raw, { raw: true })).toBe(true);
    expect(await verifyPrehashed(key, digests, der)).toBe(true);
    expect(verifySignature(key, Buffer.from('other'), der)).toBe(false);
    expect(await verifyPrehashed(key, new Map([[alg, hash(alg, Buffer.from('other'))]]), der)).toBe(false);
    expect(verifySignature(key, message, Buffer.concat([der, Buffer.of(0)]))).toBe(false);
  });

  test.each(['sha256', 'sha384', 'sha512'] as const)('RSA PKCS#1 and PSS with %s, whole and prehashed', async (alg) => {
    const { privateKey, key } = pair('rsa');
    for (const padding of [constants.RSA_PKCS1_PADDING, constants.RSA_PKCS1_PSS_PADDING]) {
      const sig = sign(alg, message, {
        key: privateKey,
        padding,
        ...(padding === constants.RSA_PKCS1_PSS_PADDING ? { saltLength: 32 } : {}),
      });
      expect(schemeThatVerifies(key, message, sig)?.hash).toBe(alg);
      expect(await verifyPrehashed(key, digests, sig)).toBe(true);
      expect(await verifyPrehashed(key, new Map([[alg, hash(alg, Buffer.from('other'))]]), sig)).toBe(false);
      sig[10] = (sig[10] as number) ^ 1;
      expect(verifySignature(key, message, sig)).toBe(false);
      expect(await verifyPrehashed(key, digests, sig)).toBe(false);
    }
  });

  test('Ed25519 pure, and prehashed as noble signs it', async () => {
    const { privateKey, key } = pair('ed25519');
    expect(verifySignature(key, message, sign(null, message, privateKey))).toBe(true);
    const { secretKey, publicKey } = ed25519ph.keygen();
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
    const ph = importPublicKey(spki);
    expect(Buffer.from(subjectPublicKeyBits(spki))).toEqual(Buffer.from(publicKey));
    const sig = ed25519ph.sign(message, secretKey);
    expect(verifySignature(ph, message, sig)).toBe(false);
    expect(await verifyEd25519ph(ph, hash('sha512', message), sig)).toBe(true);
    expect(await verifyEd25519ph(ph, hash('sha512', Buffer.from('other')), sig)).toBe(false);
  });
  test('Ed25519ph signs as RFC 8032 §7.3 has it', async () => {
    const seed = '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42';
    const key = importPrivateKey(Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex'));
    const signature = await signWith(key, { hash: 'sha512', prehashed: true }, Buffer.from('abc'));
    expect(Buffer.from(signature).toString('hex')).toBe(
      '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
    );
    expect(await verifyEd25519ph(key.publicKey, hash('sha512', Buffer.from('abc')), signature)).toBe(true);
  });
});

describe('keys that are not accepted', () => {
  const code = (spki: Buffer) => {
    try {
      importPublicKey(spki);
    } catch (e) {
      return isAssayError(e) ? e.code : String(e);
    }
    return 'accepted';
  };
  test('small RSA, other curves, DSA, X25519', () => {
    const spki = (k: { publicKey: { export(o: { type: 'spki'; format: 'der' }): Buffer } }) =>
      k.publicKey.export({ type: 'spki', format: 'der' });
    expect(code(spki(generateKeyPairSync('rsa', { modulusLength: 1024 })))).toBe('algorithm-unsupported');
    expect(code(spki(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })))).toBe('algorithm-unsupported');
    expect(code(spki(generateKeyPairSync('x25519')))).toBe('algorithm-unsupported');
    expect(code(spki(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })))).toBe('algorithm-unsupported');
  });
  test('a point that is not on the curve, garbage, a tail', () => {
    const good = Buffer.from(pair('P-256').key.spki);
    const bent = Buffer.from(good);
    bent[80] = (bent[80] as number) ^ 1;
    expect(code(bent)).toBe('key-invalid');
    expect(code(Buffer.from('garbage'))).toBe('der-invalid');
    expect(code(Buffer.concat([good, Buffer.of(0)]))).toBe('der-invalid');
  });
});
