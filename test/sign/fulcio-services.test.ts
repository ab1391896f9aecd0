/** Keyless signing's first half against the served Sigstore, over https: sign in, then have a fresh key certified. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localSigner, privateKeyOf } from '../../src/crypto/index.ts';
import { fulcioService } from '../../src/sign/certificate-service/fulcio.ts';
import { namedToken } from '../../src/sign/identity-token/ambient.ts';
import { expectedIdentity } from '../../src/sign/identity-token/expected-identity.ts';
import { readSecretFile } from '../../src/sign/identity-token/files.ts';
import { browserToken, clientCredentialsToken, deviceToken } from '../../src/sign/identity-token/interactive/openid.ts';
import { parseIdentityToken } from '../../src/sign/identity-token/token.ts';
import { createVirtualSigstore } from '../../src/testing/authority/index.ts';
import { type Lie, type SigstoreServiceOptions, startSigstoreServices } from '../../src/testing/services/index.ts';
import { tlsFiles } from '../../src/testing/services/tls.ts';
import { altNamesOf, parseCertificate } from '../../src/trust/x509/index.ts';
import { client, closing, failure, json, serve, token } from './oidc-kit.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'assay-fulcio-'));
  closing(() => rm(path, { recursive: true }));
  return path;
}

const signer = () => localSigner(privateKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), 'fresh key');

async function started(options: SigstoreServiceOptions = {}) {
  const services = await startSigstoreServices(createVirtualSigstore({ now: new Date() }), { tls: true, ...options });
  closing(() => services.close());
  const SSL_CERT_FILE = join(await folder(), 'ca.pem');
  await writeFile(SSL_CERT_FILE, services.tlsAuthority ?? '');
  const http = client({ env: { SSL_CERT_FILE } });
  const flow = { issuer: services.issuer, clientId: 'sigstore', client: http, now: () => new Date() };
  const given = (claims: object) => parseIdentityToken(services.token({ ...claims }), 'the test', { now: new Date() });
  return { services, http, flow, given, fulcio: fulcioService({ url: services.url, client: http }) };
}

/** What a browser with no mind of its own does; the certificate of the server is nothing to it. */
function visit(page: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get(page, { rejectUnauthorized: false }, (answer) => {
      answer.resume();
      fetch(answer.headers.location ?? '').then(() => {}, reject);
      resolve(true);
    }).on('error', reject);
  });
}

test('a person signs in and is certified: browser, device code, client credentials', async () => {
  const { services, flow, fulcio } = await started({ clientSecret: 'the-secret-of-the-client' });
  const clientSecret = 'the-secret-of-the-client';
  const openBrowser = visit;
  const tokens = [
    await browserToken({ ...flow, clientSecret, say: () => {}, openBrowser }),
    await deviceToken({ ...flow, clientSecret, say: () => {} }),
    await clientCredentialsToken({ ...flow, clientSecret }),
  ];
  for (const found of tokens) {
    const [leaf] = await fulcio.certify(signer(), found);
    expect(altNamesOf(parseCertificate(leaf ?? Buffer.alloc(0)))).toEqual([{ kind: 'email', value: 'dev@example.test' }]);
  }
  services.login.consents = false;
  expect((await failure(browserToken({ ...flow, clientSecret, say: () => {}, openBrowser }))).code).toBe('service-refused');
  const denied = deviceToken({
    ...flow,
    clientSecret,
    say: (line) => void services.decide(/code (\S+)/.exec(line)?.[1] ?? '', false),
  });
  expect((await failure(denied)).code).toBe('service-refused');
});

test('the identity of a workload is certified as it was foreseen', async () => {
  const iss = 'https://token.actions.githubusercontent.com';
  const { given, fulcio } = await started({ issuers: [iss] });
  const workflow = given({
    iss,
    sub: 'repo:a/b:ref:refs/heads/x',
    job_workflow_ref: 'a/b/.github/workflows/r.yml@refs/heads/x',
    repository: 'a/b',
  });
  const [leaf] = await fulcio.certify(signer(), workflow);
  expect(altNamesOf(parseCertificate(leaf ?? Buffer.alloc(0)))[0]?.value).toBe(expectedIdentity(workflow).subject);
});

test.each<[Lie]>([['key'], ['identity'], ['detached-sct']])('a service that lies about the %s is found out', async (lie) => {
  const { services, fulcio, given } = await started();
  services.faults.add({ kind: 'lie', lie });
  expect((await failure(fulcio.certify(signer(), given({})))).code).toBe('service-lied');
});

test('a clock that is off is hinted at, whoever notices first', async () => {
  const { services, fulcio, given } = await started();
  services.faults.add({ kind: 'lie', lie: 'clock', ms: 300_000 });
  expect(await failure(fulcio.certify(signer(), given({})))).toMatchObject({
    code: 'service-lied',
    hint: expect.stringContaining('clock'),
  });
  services.faults.clear();
  services.faults.add({ kind: 'lie', lie: 'clock', ms: 3_600_000 });
  expect(await failure(fulcio.certify(signer(), given({})))).toMatchObject({
    code: 'service-refused',
    hint: expect.stringContaining('clock'),
  });
});

test('tokens that the service does not accept are refused, with its reason and without the token', async () => {
  const { fulcio, given } = await started();
  const error = await failure(fulcio.certify(signer(), given({ iss: 'https://unknown.test' })));
  expect(error.code).toBe('service-refused');
  expect(error.hint).toContain('https://unknown.test');
  expect(`${error.message}${error.hint}${String(error.cause)}`).not.toMatch(/eyJ/);
});

test('a server of an unknown authority is not believed', async () => {
  const { services, given } = await started();
  const error = await failure(fulcioService({ url: services.url, client: client() }).certify(signer(), given({})));
  expect(error.code).toBe('service-unavailable');
  expect(error.hint).toContain('SSL_CERT_FILE');
});

test('Kubernetes: the API server is asked for a token when that is wanted', async () => {
  const mounted = await folder();
  const files = tlsFiles();
  const own = token({ aud: 'https://kubernetes.default.svc', sub: 'system:serviceaccount:ns:sa', exp: Date.now() / 1000 + 60 });
  await writeFile(join(mounted, 'ca.crt'), files.authority ?? '');
  await writeFile(join(mounted, 'token'), own);
  const server = createServer({ cert: files.cert, key: files.key }, async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { spec } = JSON.parse(Buffer.concat(parts).toString());
    const right = request.headers.authorization === `Bearer ${own}` && request.url === '/api/v1/namespaces/ns/serviceaccounts/sa/token';
    if (!right) return json(response, { kind: 'Status', message: 'forbidden' }, 403);
    return json(response, { status: { token: token({ aud: spec.audiences, exp: Date.now() / 1000 + 60 }) } }, 201);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String((server.address() as AddressInfo).port) };
  const place = {
    env,
    client: client(),
    now: () => new Date(),
    readFile: readSecretFile,
    exists: async () => false,
    serviceAccountFolder: mounted,
  };
  expect((await namedToken('kubernetes', place, { audience: 'sigstore' })).source).toBe('Kubernetes service account');
});

test('an issuer may redirect reads within its origin only', async () => {
  const other = await serve((_, response) => json(response, {}));
  const url = await serve((_, response) => response.writeHead(302, { location: other }).end());
  const flow = { issuer: url, clientId: 'sigstore', client: client(), now: () => new Date(), say: () => {} };
  expect((await failure(deviceToken(flow))).code).toBe('redirect-refused');
});
