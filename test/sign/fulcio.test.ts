import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { localSigner, privateKeyOf } from '../../src/crypto/index.ts';
import { fulcioService } from '../../src/sign/certificate-service/fulcio.ts';
import { parseIdentityToken } from '../../src/sign/identity-token/token.ts';
import { createVirtualSigstore, type LeafOptions, newKey, type SigningKey } from '../../src/testing/authority/index.ts';
import { client, failure, json, NOW, type Received, serve, token } from './oidc-kit.ts';

const sigstore = createVirtualSigstore({ now: NOW });
const EMAIL = { email: 'a@b.c', email_verified: true };

function newSigner(kind: 'p256' | 'p384' | 'ed25519' = 'p256') {
  const { privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: kind === 'p256' ? 'P-256' : 'P-384' });
  return localSigner(privateKeyOf(privateKey), 'fresh key');
}

/** A Fulcio that checks the proof of possession, and whose leaf can be bent. */
async function fulcio(leaf: LeafOptions = {}, answer?: (chain: readonly string[]) => unknown) {
  const seen: Received[] = [];
  const url = await serve((request, response) => {
    seen.push(request);
    const { credentials, publicKeyRequest } = JSON.parse(request.body);
    const claims = JSON.parse(Buffer.from(credentials.oidcIdentityToken.split('.')[1], 'base64url').toString());
    const publicKey = createPublicKey(publicKeyRequest.publicKey.content);
    const hash = { prime256v1: 'sha256', secp384r1: 'sha384' }[publicKey.asymmetricKeyDetails?.namedCurve ?? ''];
    const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
    if (!verify(hash, Buffer.from(claims.email ?? claims.sub), publicKey, proof))
      return json(response, { code: 3, message: 'The signature supplied in the request could not be verified' }, 400);
    const key = { ...newKey(), publicKey, spki: publicKey.export({ type: 'spki', format: 'der' }) } as SigningKey;
    const made = sigstore.issue({
      key,
      issuer: claims.iss,
      sans: [{ email: claims.email }],
      notBefore: NOW,
      claims: new Map([[24, claims.sub]]),
      ...leaf,
    });
    const chain = [made, ...sigstore.ca.chain].map((c) => c.pem);
    return json(response, answer?.(chain) ?? { signedCertificateEmbeddedSct: { chain: { certificates: chain } } });
  });
  return { service: fulcioService({ url, client: client(), now: () => NOW }), seen };
}

const identity = (claims: object = EMAIL) => parseIdentityToken(token(claims), 'the test', { now: NOW });

test.each(['p256', 'p384', 'ed25519'] as const)('a fresh %s key is certified, leaf first', async (kind) => {
  const { service, seen } = await fulcio();
  const chain = await service.certify(newSigner(kind), identity());
  expect(chain.length).toBe(1 + sigstore.ca.chain.length);
  expect(chain[1]).toEqual(sigstore.ca.chain[0]?.der);
  expect(seen[0]).toMatchObject({ method: 'POST', path: '/api/v2/signingCert' });
});

test.each<[string, LeafOptions, object?]>([
  ['another key', { key: newKey() }],
  ['another identity', { sans: [{ email: 'x@y.z' }] }],
  ['two identities', { sans: [{ email: 'a@b.c' }, { email: 'x@y.z' }] }],
  ['no identity', { sans: [] }],
  ['another issuer', { issuer: 'https://other.test' }],
  ['no issuer', { issuer: null }],
  ['another subject', { claims: new Map([[24, 'other']]) }],
  ['a workload that nothing binds to the token', { sans: [{ uri: 'https://github.com/x' }], claims: new Map() }],
  ['the past', { notBefore: new Date(NOW.getTime() - 3_600_000) }],
  ['the future', { notBefore: new Date(NOW.getTime() + 3_600_000) }],
])('a certificate for %s is refused', async (_, leaf) => {
  const { service } = await fulcio(leaf);
  const error = await failure(service.certify(newSigner(), identity()));
  expect(error.code).toBe('service-lied');
  expect(error.message).not.toContain('eyJ');
});

test('a clock that is off is hinted at', async () => {
  const { service } = await fulcio({ notBefore: new Date(NOW.getTime() + 3_600_000) });
  expect((await failure(service.certify(newSigner(), identity()))).hint).toContain('clock');
});

test('a workload that a private Fulcio names by its own rules is accepted when the token is bound', async () => {
  const { service } = await fulcio({ sans: [{ uri: 'https://git.corp.test/a/b' }] });
  expect((await service.certify(newSigner(), identity({}))).length).toBeGreaterThan(1);
});

test('user names with a domain are accepted', async () => {
  const { service } = await fulcio({ sans: [{ other: 'someone!corp.test' }] });
  expect((await service.certify(newSigner(), identity({}))).length).toBeGreaterThan(1);
});

test.each([
  ['a detached SCT', (c: readonly string[]) => ({ signedCertificateDetachedSct: { chain: { certificates: c } } })],
  ['nothing', () => ({})],
  ['an empty chain', () => ({ signedCertificateEmbeddedSct: { chain: { certificates: [] } } })],
  ['what is no chain', () => ({ signedCertificateEmbeddedSct: { chain: { certificates: [1] } } })],
  ['what is no certificate', () => ({ signedCertificateEmbeddedSct: { chain: { certificates: ['x'] } } })],
])('an answer with %s is refused', async (_, answer) => {
  const { service } = await fulcio({}, answer);
  expect((await failure(service.certify(newSigner(), identity()))).code).toBe('service-lied');
});

test('a refusal says why and when the token expires, and not the token', async () => {
  const url = await serve((request, response) =>
    json(response, { code: 16, message: `There was an error processing the identity token ${request.body}` }, 401),
  );
  const error = await failure(fulcioService({ url, client: client(), now: () => NOW }).certify(newSigner(), identity()));
  expect(error.code).toBe('service-refused');
  expect(error.message).toContain('error processing');
  expect(error.hint).toContain('600 s');
  expect(`${error.message}${error.hint}`).not.toMatch(/eyJ/);
});

test('a service that is down is unavailable; a token never goes over plain http', async () => {
  const down = fulcioService({ url: 'http://127.0.0.1:1', client: client() });
  expect((await failure(down.certify(newSigner(), identity()))).code).toBe('service-unavailable');
  const plain = fulcioService({ url: 'http://fulcio.example.com', client: client() });
  expect((await failure(plain.certify(newSigner(), identity()))).code).toBe('usage-invalid');
});
