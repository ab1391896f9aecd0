import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bits, int, octets, oid, pem, seq, tagged } from '../codec/der/encode.ts';
import { AssayError } from '../errors.ts';
import { importPublicKey, KEY_ALGORITHMS, localSigner, type PrivateKey, privateKeyOf, verifySignature } from './index.ts';
import { algorithmNamed, encryptPrivateKey, generatePrivateKey, privateKeyFromPem } from './private-keys.ts';

const PASSWORD = Buffer.from('päss word ');
const nobody = async (): Promise<undefined> => {
  throw new Error('asked for a password');
};
const saying =
  (...answers: readonly string[]) =>
  async (attempt: number): Promise<Buffer | undefined> =>
    answers[attempt] === undefined ? undefined : Buffer.from(answers[attempt]);

const KINDS: readonly (readonly [string, KeyObject])[] = [
  ...['P-256', 'P-384', 'P-521'].map((c) => [c, generateKeyPairSync('ec', { namedCurve: c }).privateKey] as const),
  ...[2048, 3072, 4096].map((n) => [`RSA ${n}`, generateKeyPairSync('rsa', { modulusLength: n }).privateKey] as const),
  ['Ed25519', generateKeyPairSync('ed25519').privateKey],
];
const P256 = KINDS[0]?.[1] as KeyObject;
const ID = privateKeyOf(P256).publicKey.keyId;

test.each(KINDS.slice(0, 3))(
  '%s with its point compressed, as openssl -conv_form compressed writes it, is the same key',
  async (_name, handle) => {
    const { d = '', x = '', y = '' } = handle.export({ format: 'jwk' });
    const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');
    const point = Buffer.concat([Buffer.of((bytes(y).at(-1) ?? 0) % 2 === 0 ? 2 : 3), bytes(x)]);
    const curve = { prime256v1: '1.2.840.10045.3.1.7', secp384r1: '1.3.132.0.34', secp521r1: '1.3.132.0.35' };
    const named = oid(curve[handle.asymmetricKeyDetails?.namedCurve as 'prime256v1']);
    const sec1 = seq(int(1), octets(bytes(d)), tagged(1, bits(point)));
    const pkcs8 = seq(int(0), seq(oid('1.2.840.10045.2.1'), named), octets(sec1));
    const key = await privateKeyFromPem(pem('PRIVATE KEY', pkcs8), nobody);
    expect(key.publicKey.keyId).toBe(privateKeyOf(handle).publicKey.keyId);
  },
);

describe.each(KINDS)('%s', (_name, handle) => {
  const { keyId } = privateKeyOf(handle).publicKey;

  test('in the forms without a password', async () => {
    const types = handle.asymmetricKeyType === 'ec' ? (['sec1'] as const) : handle.asymmetricKeyType === 'rsa' ? (['pkcs1'] as const) : [];
    for (const type of ['pkcs8', ...types] as const) {
      const text = handle.export({ format: 'pem', type: type as 'pkcs8' }).toString();
      expect((await privateKeyFromPem(text, nobody)).publicKey.keyId).toBe(keyId);
      expect((await privateKeyFromPem(text.replaceAll('\n', '\r\n'), nobody)).publicKey.keyId).toBe(keyId);
    }
  });

  test('in the forms with one, and signs', async () => {
    const encrypted = (type: string): string =>
      handle.export({ format: 'pem', type: type as 'pkcs8', cipher: 'aes-256-cbc', passphrase: PASSWORD }).toString();
    const own = await encryptPrivateKey({ handle, publicKey: privateKeyOf(handle).publicKey }, PASSWORD);
    const old = handle.asymmetricKeyType === 'ec' ? [encrypted('sec1')] : handle.asymmetricKeyType === 'rsa' ? [encrypted('pkcs1')] : [];
    for (const text of [encrypted('pkcs8'), own, own.replaceAll('SIGSTORE', 'COSIGN'), ...old]) {
      const key = await privateKeyFromPem(text, async () => PASSWORD);
      expect(key.publicKey.keyId).toBe(keyId);
      const signer = localSigner(key, 'key');
      const [scheme] = signer.schemes;
      if (scheme === undefined) throw new Error('no scheme');
      expect(verifySignature(key.publicKey, Buffer.from('x'), await signer.sign(Buffer.from('x'), scheme))).toBe(true);
      await expect(privateKeyFromPem(text, saying('päss word'))).rejects.toMatchObject({ code: 'password-wrong' });
    }
  });
});

describe('passwords', () => {
  const text = P256.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'right' }).toString();

  test('are asked for three times, and then no more', async () => {
    expect((await privateKeyFromPem(text, saying('a', 'b', 'right'))).publicKey.keyId).toBe(ID);
    const asked: number[] = [];
    const wrong = async (attempt: number): Promise<Buffer> => {
      asked.push(attempt);
      return Buffer.from('hunter2');
    };
    await expect(privateKeyFromPem(text, wrong)).rejects.toMatchObject({ code: 'password-wrong' });
    expect(asked).toEqual([0, 1, 2]);
    await expect(privateKeyFromPem(text, saying())).rejects.toMatchObject({ code: 'password-wrong' });
  });

  test('never stand in an error, nor does the key', async () => {
    const secret = 'correct-horse-battery';
    const own = await encryptPrivateKey(privateKeyOf(P256), Buffer.from('other'));
    const plain = P256.export({ format: 'pem', type: 'pkcs8' }).toString();
    const body = plain.split('\n')[1] ?? '';
    const broken = plain.replace(body, `${body.slice(0, -4)}####`);
    for (const [input, password] of [
      [text, secret],
      [own, secret],
      [broken, secret],
      [plain.replace('PRIVATE KEY', 'RSA PRIVATE KEY').replace('END PRIVATE', 'END RSA PRIVATE'), secret],
    ] as const) {
      const error = await privateKeyFromPem(input, saying(password)).catch((e: unknown) => e);
      for (let e = error; e instanceof Error; e = e.cause) {
        const shown = `${e.message} ${e.stack} ${JSON.stringify(e)}`;
        expect(shown).not.toContain(secret);
        expect(shown).not.toContain(body.slice(0, 20));
      }
      expect(error).toBeInstanceOf(Error);
    }
  });

  test('may be empty', async () => {
    const empty = await encryptPrivateKey(privateKeyOf(P256), Buffer.alloc(0));
    expect((await privateKeyFromPem(empty, saying(''))).publicKey.keyId).toBe(ID);
    await expect(privateKeyFromPem(empty, saying(' '))).rejects.toMatchObject({ code: 'password-wrong' });
  });
});

describe('what is no private key that signs', () => {
  const publicPem = pem('PUBLIC KEY', privateKeyOf(P256).publicKey.spki);
  const plain = P256.export({ format: 'pem', type: 'pkcs8' }).toString();
  test.each([
    ['a public key', publicPem, 'key-invalid'],
    ['a certificate', pem('CERTIFICATE', Buffer.of(0x30, 0)), 'key-invalid'],
    ["OpenSSH's form", pem('OPENSSH PRIVATE KEY', Buffer.from('openssh-key-v1\0')), 'key-invalid'],
    ['two keys', plain + plain, 'key-invalid'],
    ['no DER', pem('PRIVATE KEY', Buffer.from('no')), 'key-invalid'],
    ['no PEM', 'secret', 'pem-invalid'],
    ['an old cipher', plain.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,0011223344556677\n\n'), 'key-invalid'],
    ['X25519', generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'algorithm-unsupported'],
    [
      'a curve of others',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      'algorithm-unsupported',
    ],
    [
      'RSA of 1024 bits',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      'algorithm-unsupported',
    ],
  ])('%s', async (_what, text, code) => {
    await expect(privateKeyFromPem(text, nobody)).rejects.toMatchObject({ code });
  });

  test('halves that do not belong together', async () => {
    const [mine, other] = [P256, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey].map((k) => k.export({ format: 'jwk' }));
    const der = P256.export({ format: 'der', type: 'sec1' });
    const point = (j: typeof mine): Buffer => Buffer.concat([Buffer.from(j?.x ?? '', 'base64url'), Buffer.from(j?.y ?? '', 'base64url')]);
    const at = der.indexOf(point(mine));
    point(other).copy(der, at);
    await expect(privateKeyFromPem(pem('EC PRIVATE KEY', der), nobody)).rejects.toMatchObject({ code: 'key-invalid' });
  });

  test('a curve named before the key is no second key', async () => {
    const text = pem('EC PARAMETERS', oid('1.2.840.10045.3.1.7')) + P256.export({ format: 'pem', type: 'sec1' }).toString();
    expect((await privateKeyFromPem(text, nobody)).publicKey.keyId).toBe(ID);
  });
});

describe('encryptions that ask for too much work', () => {
  const AES = seq(oid('2.16.840.1.101.3.4.1.42'), octets(Buffer.alloc(16)));
  const pbes2 = (kdf: Buffer, cipher = AES): string =>
    pem('ENCRYPTED PRIVATE KEY', seq(seq(oid('1.2.840.113549.1.5.13'), seq(kdf, cipher)), octets(Buffer.alloc(48))));
  const pbkdf2 = (...rest: readonly Buffer[]): Buffer => seq(oid('1.2.840.113549.1.5.12'), seq(octets(Buffer.alloc(8)), ...rest));
  const scrypt = (...cost: readonly number[]): Buffer =>
    seq(oid('1.3.6.1.4.1.11591.4.11'), seq(octets(Buffer.alloc(8)), ...cost.map((n) => int(n))));
  const cosign = (kdf: object, cipher: object = { name: 'nacl/secretbox', nonce: Buffer.alloc(24).toString('base64') }): string =>
    pem('ENCRYPTED SIGSTORE PRIVATE KEY', Buffer.from(JSON.stringify({ kdf, cipher, ciphertext: 'AAAA' })));
  const params = (N: unknown, r: unknown = 8, p: unknown = 1): object => ({ name: 'scrypt', params: { N, r, p }, salt: 'AAAA' });

  test.each([
    ['two thousand million iterations', pbes2(pbkdf2(int(2_000_000_000))), 'limit'],
    ['no iteration', pbes2(pbkdf2(int(0))), 'key-invalid'],
    ['scrypt in a gigabyte', pbes2(scrypt(1 << 20, 8, 1)), 'limit'],
    ['scrypt side by side', pbes2(scrypt(1024, 8, 4096)), 'limit'],
    ['scrypt of a cost that its blocks cannot have', pbes2(scrypt(1 << 16, 1, 1)), 'key-invalid'],
    ['scrypt of no power of two', pbes2(scrypt(1000, 8, 1)), 'key-invalid'],
    ['an unknown cipher', pbes2(pbkdf2(int(1)), seq(oid('1.2.3'), octets(Buffer.alloc(16)))), 'key-invalid'],
    ['an unknown derivation', pbes2(seq(oid('1.2.3'), seq(octets(Buffer.alloc(8))))), 'key-invalid'],
    ['a short initialisation vector', pbes2(pbkdf2(int(1)), seq(oid('2.16.840.1.101.3.4.1.42'), octets(Buffer.alloc(8)))), 'key-invalid'],
    ['another scheme', pem('ENCRYPTED PRIVATE KEY', seq(seq(oid('1.2.840.113549.1.5.3'), seq()), octets(Buffer.alloc(8)))), 'key-invalid'],
    ["cosign's form with another cost", cosign(params(1_048_576)), 'key-invalid'],
    ["cosign's form with another cost of r", cosign(params(32_768, 16)), 'key-invalid'],
    ["cosign's form with another cost of p", cosign(params(32_768, 8, 2)), 'key-invalid'],
    ["cosign's form with a cost that is no number", cosign(params('32768')), 'key-invalid'],
    ["cosign's form with another derivation", cosign({ ...params(32_768), name: 'argon2' }), 'key-invalid'],
    ["cosign's form with another cipher", cosign(params(32_768), { name: 'aes', nonce: 'AAAA' }), 'key-invalid'],
    ["cosign's form with a short nonce", cosign(params(32_768), { name: 'nacl/secretbox', nonce: 'AAAA' }), 'key-invalid'],
    ["cosign's form that is no JSON", pem('ENCRYPTED COSIGN PRIVATE KEY', Buffer.from('{')), 'key-invalid'],
  ])('%s', async (_what, text, code) => {
    const started = process.hrtime.bigint();
    await expect(privateKeyFromPem(text, saying('x'))).rejects.toMatchObject({ code });
    expect(process.hrtime.bigint() - started).toBeLessThan(2_000_000_000n);
  });

  test("cosign's three costs are borne", async () => {
    for (const N of [32_768, 65_536, 131_072])
      await expect(privateKeyFromPem(cosign(params(N)), saying('x'))).rejects.toMatchObject({ code: 'password-wrong' });
  });
});

// Making a large RSA key takes as long as it takes.
test('every algorithm that cosign names makes a key that it fits', { timeout: 120_000 }, async () => {
  const kinds = new Map<string, PrivateKey>();
  for (const algorithm of KEY_ALGORITHMS) {
    const kind = /nistp\d+|\d{4}|ed25519/.exec(algorithm.name)?.[0] ?? '';
    const key = kinds.get(kind) ?? (await generatePrivateKey(algorithmNamed(algorithm.name.toUpperCase())));
    kinds.set(kind, key);
    expect(algorithm.fits(importPublicKey(key.publicKey.spki))).toBe(true);
  }
  expect(() => algorithmNamed('rsa-sign-pkcs1-1024-sha256')).toThrow(expect.objectContaining({ code: 'algorithm-unsupported' }));
  expect(createPrivateKey(kinds.get('ed25519')?.handle.export({ format: 'pem', type: 'pkcs8' }) ?? '').asymmetricKeyType).toBe('ed25519');
});

test('whatever stands in a key, it is opened or refused with a code', { timeout: 120_000 }, async () => {
  // A linear congruential generator: the same mutations in each run.
  let state = 1;
  const chance = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
  const forms: readonly (readonly [string, Buffer])[] = [
    ['PRIVATE KEY', P256.export({ format: 'der', type: 'pkcs8' })],
    ['EC PRIVATE KEY', P256.export({ format: 'der', type: 'sec1' })],
    ['RSA PRIVATE KEY', KINDS[3]?.[1].export({ format: 'der', type: 'pkcs1' }) ?? Buffer.alloc(0)],
    ['PRIVATE KEY', KINDS[6]?.[1].export({ format: 'der', type: 'pkcs8' }) ?? Buffer.alloc(0)],
    ['ENCRYPTED PRIVATE KEY', P256.export({ format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })],
  ];
  for (let i = 0; i < 400; i++) {
    const [label, der] = forms[i % forms.length] as (typeof forms)[number];
    const bytes = Buffer.from(der.subarray(0, chance(8) === 0 ? chance(der.length) : der.length));
    for (let n = chance(3); n >= 0 && bytes.length > 0; n--) bytes[chance(Math.min(bytes.length, 120))] = chance(256);
    const error: unknown = await privateKeyFromPem(pem(label, bytes), saying('x')).then(
      () => undefined,
      (e: unknown) => e,
    );
    if (error !== undefined) expect(error, `${label} ${bytes.toString('hex')}`).toBeInstanceOf(AssayError);
  }
});
