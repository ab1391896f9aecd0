import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeHex, utf8 } from '../../bytes/index.ts';
import { preAuthEncoding } from '../../codec/dsse.ts';
import { hash, KEY_ALGORITHMS, type KeyAlgorithm, localSigner, privateKeyOf, type Signer } from '../../crypto/index.ts';
import { type EntryContent, type EntryKind, entryBody, entryBytes, entryRequest } from '../../mint/index.ts';
import { fulcioService } from '../../sign/certificate-service/fulcio.ts';
import { parseIdentityToken } from '../../sign/identity-token/token.ts';
import { rekorV1, rekorV2 } from '../../sign/log/index.ts';
import type { LogSubmission } from '../../sign/services.ts';
import { timestampService } from '../../sign/timestamp/index.ts';
import { rootFromProof } from '../../trust/index.ts';
import { createServiceClient } from '../../trust/service-client/client.ts';
import { createVirtualSigstore, leafHash, newKey, type SigningKey, sign, signEnvelope } from '../authority/index.ts';
import { type Lie, type SigstoreServices, startSigstoreServices } from './index.ts';

const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const sigstore = createVirtualSigstore({ name: 'served', now });
const client = createServiceClient({ env: {} });
let services: SigstoreServices;

beforeAll(async () => {
  services = await startSigstoreServices(sigstore, { issuers: ['https://token.actions.example'] });
});
afterAll(() => services.close());
afterEach(() => {
  services.faults.clear();
  services.login.consents = true;
  services.login.clientSecret = undefined;
});

const lie = (told: Lie): void => services.faults.add({ kind: 'lie', lie: told });
const post = (path: string, body: object | string | URLSearchParams, headers: Record<string, string> = {}): Promise<Response> => {
  const form = body instanceof URLSearchParams;
  return fetch(new URL(path, services.url), {
    method: 'POST',
    headers: { 'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json', ...headers },
    body: form || typeof body === 'string' ? body : JSON.stringify(body),
    redirect: 'manual',
  });
};

function signer(key = newKey('p256')): Signer {
  return localSigner(privateKeyOf(key.privateKey), 'test');
}

function algorithm(details: string): KeyAlgorithm {
  const found = KEY_ALGORITHMS.find((a) => a.details === details);
  if (found === undefined) throw new Error(details);
  return found;
}

describe('Fulcio', () => {
  const certify = (claims: Record<string, unknown> = {}, of = signer()) => {
    const token = parseIdentityToken(services.token(claims), 'test', { now: new Date() });
    return fulcioService({ url: services.url, client }).certify(of, token);
  };

  test('certifies the key of whoever shows a token', async () => {
    const [leaf, ...chain] = await certify();
    const certificate = new X509Certificate(leaf ?? '');
    expect(certificate.subjectAltName).toBe('email:dev@example.test');
    expect(certificate.verify(new X509Certificate(chain[0] ?? '').publicKey)).toBe(true);
    expect(chain).toHaveLength(2);
  });

  test.each([
    [{ sub: 'spiffe://acme.example/ci' }, 'URI:spiffe://acme.example/ci'],
    [
      { sub: 'repo:acme/app:ref:refs/heads/main', job_workflow_ref: 'acme/app/.github/workflows/r.yml@refs/heads/main' },
      'URI:https://github.com/acme/app/.github/workflows/r.yml@refs/heads/main',
    ],
    [{ sub: 'system:serviceaccount:prod:ci' }, 'URI:https://kubernetes.io/namespaces/prod/serviceaccounts/ci'],
  ])('names %j as Fulcio does', async (claims, name) => {
    const key = newKey('p256');
    const proof = sign(key, utf8(claims.sub)).toString('base64');
    const answer = await post('/api/v2/signingCert', {
      credentials: { oidcIdentityToken: services.token(claims) },
      publicKeyRequest: { publicKey: { algorithm: 'ECDSA', content: key.spkiPem }, proofOfPossession: proof },
    });
    const { signedCertificateEmbeddedSct } = (await answer.json()) as {
      signedCertificateEmbeddedSct: { chain: { certificates: string[] } };
    };
    expect(new X509Certificate(signedCertificateEmbeddedSct.chain.certificates[0] ?? '').subjectAltName).toBe(name);
  });

  const asks = (over: { token?: string; proof?: string; key?: SigningKey }) => {
    const key = over.key ?? newKey('p256');
    const proof = over.proof ?? sign(key, utf8('dev@example.test')).toString('base64');
    return post('/api/v2/signingCert', {
      credentials: { oidcIdentityToken: over.token ?? services.token() },
      publicKeyRequest: { publicKey: { content: key.spkiPem }, proofOfPossession: proof },
    });
  };
  const past = Math.floor(now.getTime() / 1000) - 60;
  test.each([
    ['an expired token', () => asks({ token: services.token({ exp: past }) }), 'expired'],
    ['a token for somebody else', () => asks({ token: services.token({ aud: 'other' }) }), 'audience'],
    ['a token of a strange issuer', () => asks({ token: services.token({ iss: 'https://strange.example' }) }), 'unsupported issuer'],
    ['a token that was changed', () => asks({ token: services.token().replace(/\.[^.]{4}/, '.eyJh') }), 'identity token'],
    [
      'an address that is not verified',
      () => asks({ token: services.token({ email: 'x@y.example', email_verified: false }) }),
      'email_verified',
    ],
    [
      'a proof by another key',
      () => asks({ proof: sign(newKey('p256'), utf8('dev@example.test')).toString('base64') }),
      'could not be verified',
    ],
    ['a weak key', () => asks({ key: newKey('rsa1024') }), 'public key'],
    ['no body', () => post('/api/v2/signingCert', 'x'), 'invalid character'],
  ])('refuses %s', async (_, ask, why) => {
    const answer = await ask();
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 3, message: expect.stringContaining(why) });
  });

  test('accepts the tokens of issuers that it was told of', async () => {
    expect((await asks({ token: services.token({ iss: 'https://token.actions.example' }) })).status).toBe(200);
  });

  test.each(['key', 'identity', 'detached-sct'] as const)('lies about the %s, and its client notices', async (told) => {
    lie(told);
    await expect(certify()).rejects.toMatchObject({ code: 'service-lied' });
  });
});

describe('logs', () => {
  const key = newKey('p256');
  const p256 = algorithm('PKIX_ECDSA_P256_SHA_256');
  const submission = (text: string, by = key): LogSubmission & EntryContent => {
    const envelope = signEnvelope(by, utf8(text));
    const json = utf8(JSON.stringify(envelope));
    return {
      signature: Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64'),
      verifier: { kind: 'public-key', key: privateKeyOf(by.privateKey).publicKey, der: by.spki },
      algorithm: p256,
      digest: hash('sha256', preAuthEncoding(envelope.payloadType, utf8(text))),
      envelope: { json, payloadType: envelope.payloadType, payload: utf8(text) },
    };
  };

  test.each(['hashedrekord', 'dsse', 'intoto'] as const)('Rekor v1 enters %s, once', async (entryKind) => {
    const service = rekorV1({ url: services.url, client, entryKind });
    const entered = submission(`one ${entryKind}`);
    const first = await service.enter(entered);
    expect((await service.enter(entered)).logIndex).toBe(first.logIndex);
    const before = services.log.filter(({ status }) => status === 409);
    expect(before.length).toBeGreaterThan(0);
  });

  test('Rekor v1 gives an entry by name, by index, by digest and by proposal', async () => {
    const content = submission('looked up');
    const request = entryRequest('hashedrekord/0.0.1', content) as object;
    const made = await post('/api/v1/log/entries', request);
    const [name = ''] = Object.keys((await made.json()) as object);
    expect(name).toMatch(/^[0-9a-f]{80}$/);
    const entry = (await (await fetch(`${services.url}/api/v1/log/entries/${name.slice(16)}`)).json()) as Record<
      string,
      { logIndex: number }
    >;
    const index = entry[name]?.logIndex;
    expect(await (await fetch(`${services.url}/api/v1/log/entries?logIndex=${index}`)).json()).toEqual(entry);
    expect(await (await post('/api/v1/index/retrieve', { hash: `sha256:${encodeHex(content.digest)}` })).json()).toEqual([name]);
    for (const query of [{ entryUUIDs: [name] }, { logIndexes: [index] }, { entries: [request] }])
      expect(await (await post('/api/v1/log/entries/retrieve', query)).json()).toEqual([entry]);
    const known = await (await fetch(`${services.url}/api/v1/log/publicKey`)).text();
    expect(known).toBe(sigstore.rekor.key.spkiPem);
  });

  test('Rekor v2 enters digests, once, and shows them in its tiles', async () => {
    const service = rekorV2({ url: services.url, client });
    const entered = submission('two');
    const entry = await service.enter(entered);
    await expect(service.enter(entered)).rejects.toMatchObject({ code: 'service-refused' });
    const body = entryBytes(entryBody('hashedrekord/0.0.2', entered));
    const [, size = ''] = (await (await fetch(`${services.url}/api/v2/checkpoint`)).text()).split('\n');
    const tile = Buffer.from(await (await fetch(`${services.url}/tile/0/000.p/${size}`)).arrayBuffer());
    const at = Number(entry.logIndex) * 32;
    expect(tile.subarray(at, at + 32)).toEqual(leafHash(body));
    const bundle = Buffer.from(await (await fetch(`${services.url}/api/v2/tile/entries/000.p/${size}`)).arrayBuffer());
    expect(bundle.includes(Buffer.from(body))).toBe(true);
    expect((await fetch(`${services.url}/tile/0/000`)).status).toBe(404);
  });

  const forged = { ...submission('refused'), signature: sign(newKey('p256'), utf8('refused')) };
  const kinds: readonly EntryKind[] = ['hashedrekord/0.0.1', 'intoto/0.0.2'];
  test.each(kinds)('Rekor v1 refuses %s with a signature of another key', async (kind) => {
    const answer = await post('/api/v1/log/entries', entryRequest(kind, forged) as object);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 400, message: expect.stringMatching(/verif/) });
  });

  const entryKinds: readonly EntryKind[] = ['dsse/0.0.1', 'intoto/0.0.1'];
  test.each(entryKinds)('Rekor v1 refuses %s with the certificate of another key', async (kind) => {
    const content = { ...submission('refused'), verifier: { kind: 'public-key', der: newKey('p256').spki } as const };
    expect((await post('/api/v1/log/entries', entryRequest(kind, content) as object)).status).toBe(400);
  });

  test.each([
    ['a forged signature', entryRequest('hashedrekord/0.0.2', forged), 'invalid hashedrekord request'],
    ['an envelope', { dsseRequestV002: {} }, 'invalid type, must be hashedrekord'],
    [
      'pure Ed25519',
      entryRequest('hashedrekord/0.0.2', { ...forged, algorithm: algorithm('PKIX_ED25519') }),
      'invalid hashedrekord request',
    ],
  ])('Rekor v2 refuses %s', async (_, request, message) => {
    const answer = await post('/api/v2/log/entries', request as object);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ code: 3, message, details: [] });
  });

  test.each(['inclusion-proof', 'another-entry'] as const)('lie about %s, and their clients notice', async (told) => {
    lie(told);
    for (const service of [rekorV1({ url: services.url, client, entryKind: 'hashedrekord' }), rekorV2({ url: services.url, client })])
      await expect(service.enter(submission(`lied ${told}`))).rejects.toMatchObject({ code: 'service-lied' });
  });

  test('what was entered under a lie is in the log all the same', async () => {
    lie('inclusion-proof');
    const content = submission('under a lie');
    await post('/api/v2/log/entries', entryRequest('hashedrekord/0.0.2', content) as object);
    const body = entryBytes(entryBody('hashedrekord/0.0.2', content));
    const { tree, leaves } = sigstore.rekor2;
    const index = leaves.findIndex((leaf) => Buffer.compare(leaf, body) === 0);
    expect(rootFromProof(leafHash(body), BigInt(index), BigInt(tree.size), tree.path(index))).toEqual(tree.root());
  });
});

describe('timestamps', () => {
  const stamp = (message = utf8('stamped')) => timestampService({ url: services.timestampUrl, client }).stamp(message, { hash: 'sha384' });

  test('are of the message, with the nonce', async () => {
    await expect(stamp()).resolves.toBeInstanceOf(Uint8Array);
  });

  test.each(['imprint', 'nonce'] as const)('lie about the %s, and their client notices', async (told) => {
    lie(told);
    await expect(stamp()).rejects.toMatchObject({ code: 'service-lied' });
  });

  test('are not given for what is no request', async () => {
    expect((await post('/api/v1/timestamp', 'x', { 'Content-Type': 'application/timestamp-query' })).status).toBe(400);
    expect((await post('/api/v1/timestamp', 'x')).status).toBe(415);
  });
});

describe('the issuer', () => {
  const verifier = 'a'.repeat(50);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const redirect = 'http://localhost:1/callback';
  const authorize = (more: Record<string, string> = {}) =>
    fetch(
      `${services.issuer}/auth?${new URLSearchParams({
        response_type: 'code',
        client_id: 'sigstore',
        redirect_uri: redirect,
        scope: 'openid email',
        state: 's',
        nonce: 'n',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...more,
      })}`,
      { redirect: 'manual' },
    );
  const redeem = (form: Record<string, string>) => post('/oidc/token', new URLSearchParams({ client_id: 'sigstore', ...form }));
  const codeIn = (answer: Response): URLSearchParams => new URL(answer.headers.get('location') ?? '').searchParams;

  test('publishes the key that its tokens verify with', async () => {
    const found = (await (await fetch(`${services.issuer}/.well-known/openid-configuration`)).json()) as {
      issuer: string;
      jwks_uri: string;
    };
    expect(found.issuer).toBe(services.issuer);
    const { keys } = (await (await fetch(found.jwks_uri)).json()) as { keys: [Record<string, string>] };
    const [header, payload, signature] = services.token().split('.');
    const key = createPublicKey({ key: { ...keys[0] }, format: 'jwk' });
    expect(verify('sha256', utf8(`${header}.${payload}`), key, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
  });

  test('gives a token for a code and its verifier, once', async () => {
    const back = codeIn(await authorize());
    expect(back.get('state')).toBe('s');
    const form = { grant_type: 'authorization_code', code: back.get('code') ?? '', redirect_uri: redirect, code_verifier: verifier };
    const { id_token } = (await (await redeem(form)).json()) as { id_token: string };
    expect(JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ nonce: 'n', aud: 'sigstore' });
    expect(await (await redeem(form)).json()).toMatchObject({ error: 'invalid_grant' });
  });

  test('gives nothing for a wrong verifier, and sends the refused back', async () => {
    const code = codeIn(await authorize()).get('code') ?? '';
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: 'b'.repeat(50) };
    expect((await redeem(form)).status).toBe(400);
    services.login.consents = false;
    expect(codeIn(await authorize()).get('error')).toBe('access_denied');
    expect((await authorize({ redirect_uri: 'https://elsewhere.example/' })).status).toBe(400);
    expect(codeIn(await authorize({ code_challenge_method: 'plain' })).get('error')).toBe('invalid_request');
  });

  test('gives a token for a device code when the user has agreed', async () => {
    services.login.consents = false;
    const start = await post('/oidc/device/code', new URLSearchParams({ client_id: 'sigstore', scope: 'openid' }));
    const { device_code, verification_uri_complete } = (await start.json()) as { device_code: string; verification_uri_complete: string };
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code };
    expect(await (await redeem(form)).json()).toMatchObject({ error: 'authorization_pending' });
    await fetch(verification_uri_complete);
    expect(await (await redeem(form)).json()).toMatchObject({ id_token: expect.any(String) });
  });

  test('wants the secret of a client that has one', async () => {
    services.login.clientSecret = 'known';
    expect((await redeem({ grant_type: 'client_credentials', client_secret: 'guessed' })).status).toBe(401);
    expect((await redeem({ grant_type: 'client_credentials', client_secret: 'known' })).status).toBe(200);
  });
});

describe('faults', () => {
  test('are answered in the form of the services, and noted', async () => {
    services.faults.add({ kind: 'status', status: 503, match: '/api/v2/trustBundle', times: 1 });
    const ask = () => fetch(`${services.url}/api/v2/trustBundle`);
    const first = await ask();
    expect([first.status, await first.json()]).toEqual([503, { code: 14, message: 'injected 503', details: [] }]);
    expect((await ask()).status).toBe(200);
    expect(services.log.at(-2)).toMatchObject({ target: '/api/v2/trustBundle', status: 503, fault: 'status' });
  });

  test('cut connections, before the request is carried out and after', async () => {
    services.faults.add({ kind: 'reset', times: 1 }, { kind: 'truncate', bytes: 1, skip: 1 });
    await expect(fetch(`${services.url}/api/v2/trustBundle`)).rejects.toThrow();
    await expect(fetch(`${services.url}/api/v2/trustBundle`).then((a) => a.text())).rejects.toThrow();
  });

  test('a clock that is off', async () => {
    services.faults.add({ kind: 'lie', lie: 'clock', ms: -7_200_000 });
    const key = newKey('p256');
    const proof = sign(key, utf8('dev@example.test')).toString('base64');
    const answer = await post('/api/v2/signingCert', {
      credentials: { oidcIdentityToken: services.token() },
      publicKeyRequest: { publicKey: { content: key.spkiPem }, proofOfPossession: proof },
    });
    const pem = /-----BEGIN.*?END CERTIFICATE-----/.exec(await answer.text())?.[0] ?? '';
    expect(Date.parse(new X509Certificate(pem.replaceAll('\\n', '\n')).validTo)).toBeLessThan(Date.now());
  });

  test('https, with a certificate of its own authority', async () => {
    const secure = await startSigstoreServices(sigstore, { tls: true });
    const folder = mkdtempSync(join(tmpdir(), 'assay-services-'));
    writeFileSync(join(folder, 'ca.pem'), secure.tlsAuthority ?? '');
    const trusting = createServiceClient({ env: {}, tls: { ca: [join(folder, 'ca.pem')] } });
    const ask = (by: typeof client) => by.request({ method: 'GET', url: `${secure.url}/api/v2/trustBundle`, who: 'the service' });
    expect((await ask(trusting)).status).toBe(200);
    await expect(ask(client)).rejects.toMatchObject({ code: 'service-unavailable' });
    await secure.close();
    rmSync(folder, { recursive: true });
  });
});
