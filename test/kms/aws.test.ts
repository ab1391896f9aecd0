import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sameScheme, verifySignature, verifyWith } from '../../src/crypto/index.ts';
import { createKey, openKey } from '../../src/trust/keys/index.ts';
import { ACCESS_KEY, type AwsServer, SECRET, startAwsKms } from './aws-server.ts';
import { context, withVariables } from './backend.ts';
import { isPrehashed, type ServiceKeyKind, serviceKey } from './key-store.ts';

const KINDS: readonly ServiceKeyKind[] = ['p256', 'p384', 'p521', 'rsa2048', 'rsa3072', 'rsa4096', 'ed25519'];
const MESSAGE = Buffer.from('what is signed');
/** SubjectPublicKeyInfo of Ed448 up to its 57 bytes. */
const ED448 = Buffer.from('3043300506032b6571033a00', 'hex');

describe('keys of AWS KMS, by its SDK', () => {
  let server: AwsServer;
  const set = withVariables();

  beforeAll(async () => {
    server = await startAwsKms(new Map(KINDS.map((kind) => [`alias/${kind}`, serviceKey(kind)])));
  });
  afterAll(() => server.close());
  beforeEach(() =>
    set({
      AWS_ENDPOINT_URL_KMS: server.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_PROFILE: undefined,
      AWS_SESSION_TOKEN: undefined,
    }),
  );
  afterEach(() => {
    server.bend = undefined;
  });

  test.each(KINDS)('%s signs in every scheme that the service has for it', async (kind) => {
    const handle = await openKey(`awskms:///alias/${kind}`, context);
    const key = await handle.publicKey();
    expect(Buffer.from(key.spki)).toEqual(serviceKey(kind).spki);
    const signer = await handle.signer();
    expect(signer.schemes).toHaveLength(kind.startsWith('rsa') ? 6 : kind === 'ed25519' ? 2 : 1);
    for (const scheme of signer.schemes) {
      const signature = await signer.sign(MESSAGE, scheme);
      const good =
        scheme.prehashed === true ? isPrehashed(serviceKey(kind), MESSAGE, signature) : verifyWith(key, scheme, MESSAGE, signature);
      expect(good).toBe(true);
    }
    const first = signer.schemes[0];
    expect(first).toBeDefined();
    if (kind === 'p384') expect(sameScheme(first ?? { hash: 'sha256' }, { hash: 'sha384' })).toBe(true);
  });

  test('the form of two numbers is made of what the service gives, and content that is not held is hashed on its way', async () => {
    const signer = await (await openKey('awskms:///alias/p521', context)).signer();
    const raw = await signer.sign(MESSAGE, { hash: 'sha512', raw: true });
    expect(raw).toHaveLength(132);
    expect(verifyWith(signer.publicKey, { hash: 'sha512', raw: true }, MESSAGE, raw)).toBe(true);
    const pieces = {
      async *chunks() {
        yield MESSAGE.subarray(0, 4);
        yield MESSAGE.subarray(4);
      },
    };
    expect(verifySignature(signer.publicKey, MESSAGE, await signer.sign(pieces, { hash: 'sha512' }))).toBe(true);
  });

  test('a new key has the alias that was asked for, and the old one is not replaced', async () => {
    const made = await createKey('awskms:///alias/new', 'ecdsa-sha2-384-nistp384', context);
    expect(made.curve).toBe('P-384');
    expect((await (await openKey('awskms:///alias/new', context)).publicKey()).keyId).toBe(made.keyId);
    await expect(createKey('awskms:///alias/new', undefined, context)).rejects.toMatchObject({ code: 'key-refused' });
  });

  test('a wrong secret is refused by the service, and stands in no message', async () => {
    set({ AWS_SECRET_ACCESS_KEY: 'another/secret' });
    const error = await openKey('awskms:///alias/p256', context)
      .then((h) => h.publicKey())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'key-refused', retryable: false });
    expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toMatch(/another\/secret|Signature=/);
    expect(server.calls.at(-1)).toMatchObject({ status: 403 });
  });

  test.each([
    ['no such key', 'awskms:///alias/absent', 'key-refused'],
    ['no reference', 'awskms://alias', 'key-invalid'],
    ['an address in the place of a key', 'awskms:///https://evil.example/', 'key-invalid'],
  ])('%s', async (_, reference, code) => {
    await expect(openKey(reference, context).then((h) => h.signer())).rejects.toMatchObject({ code });
  });

  test('without a region it is said what to set', async () => {
    set({ AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined });
    const handle = await openKey('awskms:///alias/p256', context);
    await expect(handle.publicKey()).rejects.toMatchObject({ code: 'key-invalid', hint: expect.stringContaining('AWS_REGION') });
  });

  test('a service that lies, breaks or hangs gives no signature', async () => {
    const signer = await (await openKey('awskms:///alias/p256', context)).signer();
    server.bend = (call, answer) => (call === 'Sign' ? { ...answer, Signature: Buffer.alloc(70, 1).toString('base64') } : answer);
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'service-lied' });
    server.bend = () => 500;
    await expect(signer.sign(MESSAGE, { hash: 'sha256' })).rejects.toMatchObject({ code: 'key-unavailable' });
    server.bend = () => 'hang';
    await expect(signer.sign(MESSAGE, { hash: 'sha256' }, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      code: 'key-unavailable',
    });
  });

  test('too much at once is no refusal, although AWS answers it with the status of a mistake', async () => {
    const handle = await openKey('awskms:///alias/p256', context);
    server.bend = () => ({ failure: [400, { __type: 'ThrottlingException', message: 'You have exceeded the rate' }] });
    await expect(handle.publicKey()).rejects.toMatchObject({ code: 'key-unavailable', retryable: true });
    server.bend = () => ({ failure: [400, { __type: 'DisabledException', message: 'it is disabled' }] });
    await expect(handle.publicKey()).rejects.toMatchObject({ code: 'key-refused', retryable: false });
  });

  test.each([
    ['no key', { PublicKey: Buffer.from('garbage').toString('base64') }, 'key-unavailable'],
    ['a key of another kind', { PublicKey: Buffer.concat([ED448, Buffer.alloc(57)]).toString('base64') }, 'key-invalid'],
    ['a key that signs in nothing', { SigningAlgorithms: [] }, 'key-invalid'],
    ['a key that signs in what its kind has not', { SigningAlgorithms: ['RSASSA_PSS_SHA_256'] }, 'key-invalid'],
  ])('%s in the answer is said of the key by its name', async (_, change, code) => {
    server.bend = (call, answer) => (call === 'GetPublicKey' ? { ...answer, ...change } : answer);
    const error = await openKey('awskms:///alias/p256', context)
      .then((h) => h.signer())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code, message: expect.stringContaining('awskms:///alias/p256') });
  });

  test('a scheme that the key has not is refused before anything is asked', async () => {
    const signer = await (await openKey('awskms:///alias/p256', context)).signer();
    const before = server.calls.length;
    await expect(signer.sign(MESSAGE, { hash: 'sha512' })).rejects.toMatchObject({ code: 'algorithm-unsupported' });
    expect(server.calls).toHaveLength(before);
  });
});
