import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ambientToken, namedToken, PROVIDERS } from '../../src/sign/identity-token/ambient.ts';
import type { ProviderPlace } from '../../src/sign/identity-token/provider.ts';
import { fetchJwtSvid, workloadEndpoint } from '../../src/sign/identity-token/spiffe/workload-api.ts';
import { TOKEN_FILE } from '../../src/sign/identity-token/token-file.ts';
import { client, closing, failure, json, NOW, type Received, serve, token } from './oidc-kit.ts';

const WISH = { audience: 'sigstore' };
const POD = '/var/run/secrets/kubernetes.io/serviceaccount/token';

function place(env: Record<string, string>, files: Record<string, string> = {}, more: Partial<ProviderPlace> = {}): ProviderPlace {
  return {
    env,
    client: client(),
    now: () => NOW,
    readFile: async (path) => files[path],
    exists: async (path) => path in files,
    ...more,
  };
}

const sourceOf = async (at: ProviderPlace) => (await ambientToken(at, WISH)).token?.source;

test('where nothing is, every provider says why', async () => {
  const found = await ambientToken(place({}), WISH);
  if (found.token !== undefined) throw new Error('a token from nowhere');
  expect(found.lookedAt.length).toBe(PROVIDERS.length);
  for (const { because } of found.lookedAt) expect(because).toMatch(/\w/);
});

test("they are asked in cosign's order", async () => {
  expect(PROVIDERS.map((p) => p.name).slice(0, 7)).toEqual([
    'buildkite-agent',
    'envvar',
    'filesystem',
    'github-actions',
    'google-workload-identity',
    'google-impersonate',
    'spiffe',
  ]);
  expect(await sourceOf(place({ SIGSTORE_ID_TOKEN: token() }, { [TOKEN_FILE]: token() }))).toContain('SIGSTORE_ID_TOKEN');
  expect(await sourceOf(place({ SIGSTORE_ID_TOKEN: '' }, { [TOKEN_FILE]: `${token()}\n` }))).toContain(TOKEN_FILE);
});

test('a provider that is there and gives a bad token is an error, not passed over', async () => {
  const at = place({ SIGSTORE_ID_TOKEN: token({ exp: 1 }) }, { [TOKEN_FILE]: token() });
  expect((await failure(ambientToken(at, WISH))).code).toBe('token-invalid');
  expect((await failure(ambientToken(place({}, { [TOKEN_FILE]: '' }), WISH))).code).toBe('token-invalid');
});

test('one that is named is asked alone', async () => {
  const at = place({ SIGSTORE_ID_TOKEN: token({ exp: 1 }) }, { [TOKEN_FILE]: token() });
  expect((await namedToken('filesystem', at, WISH)).subject).toBe('someone');
  expect((await failure(namedToken('github-actions', at, WISH))).code).toBe('token-missing');
  expect((await failure(namedToken('nobody', at, WISH))).code).toBe('usage-invalid');
});

/** A service that gives `answer` to whoever has the right credentials. */
async function issuing(authorization: string, answer: (request: Received) => object) {
  const seen: Received[] = [];
  const url = await serve((request, response) => {
    seen.push(request);
    if (request.headers.authorization !== authorization) return json(response, { message: `no: ${request.headers.authorization}` }, 401);
    return json(response, answer(request));
  });
  return { url, seen };
}

test('GitHub Actions', async () => {
  const { url, seen } = await issuing('bearer runner-secret-token', () => ({ value: token() }));
  const env = { ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-secret-token' };
  expect(await sourceOf(place(env))).toBe('GitHub Actions');
  expect(seen[0]?.path).toBe('/token?api-version=2&audience=sigstore');
  const wrong = await failure(ambientToken(place({ ...env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'other-secret-token' }), WISH));
  expect(wrong.code).toBe('service-refused');
  expect(wrong.hint).toContain('--oidc-provider');
  expect(`${wrong.message}${wrong.stack}`).not.toContain('other-secret');
  const found = await ambientToken(place({ GITHUB_ACTIONS: 'true' }), WISH);
  expect(JSON.stringify(found)).toContain('id-token: write');
});

test('GitLab: whichever variable holds a token of this GitLab for the audience', async () => {
  const env = {
    GITLAB_CI: 'true',
    CI_SERVER_URL: 'https://gitlab.corp.test',
    VAULT: token({ iss: 'https://gitlab.corp.test', aud: 'vault' }),
  };
  expect(JSON.stringify(await ambientToken(place(env), WISH))).toContain('id_tokens');
  const mine = { ...env, MY_TOKEN: token({ iss: 'https://gitlab.corp.test' }), STRANGER: token({ iss: 'https://x.test' }) };
  expect((await ambientToken(place(mine), WISH)).token).toMatchObject({ source: 'GitLab CI', issuer: 'https://gitlab.corp.test' });
});

test('Buildkite', async () => {
  const { url, seen } = await issuing('Token agent-secret', () => ({ token: token() }));
  const env = { BUILDKITE_AGENT_ACCESS_TOKEN: 'agent-secret', BUILDKITE_AGENT_ENDPOINT: `${url}/v3/`, BUILDKITE_JOB_ID: 'job/1' };
  expect(await sourceOf(place(env))).toBe('Buildkite agent');
  expect(seen[0]).toMatchObject({ method: 'POST', path: '/v3/jobs/job%2F1/oidc/tokens', body: '{"audience":"sigstore"}' });
});

/** Google's metadata server. */
async function metadata(answers: Record<string, string>): Promise<Record<string, string>> {
  const url = await serve((request, response) => {
    const name = request.path.replace('/computeMetadata/v1/instance/service-accounts/default/', '');
    const text = request.headers['metadata-flavor'] === 'Google' ? answers[name] : undefined;
    response.writeHead(text === undefined ? 404 : 200, { 'metadata-flavor': 'Google' }).end(text);
  });
  return { GCE_METADATA_HOST: new URL(url).host };
}

test('Google: the service account of a machine, when there is one', async () => {
  const env = await metadata({
    email: 'x@p.iam.gserviceaccount.com',
    'identity?audience=sigstore&format=full': token({ email: 'x@p', email_verified: true }),
  });
  expect((await ambientToken(place(env), WISH)).token).toMatchObject({ source: 'Google workload identity', subject: 'x@p' });
  expect(JSON.stringify(await ambientToken(place(await metadata({})), WISH))).toContain('no service account');
  const stranger = await serve((_, response) => response.end('x'));
  expect((await failure(ambientToken(place({ GCE_METADATA_HOST: new URL(stranger).host }), WISH))).code).toBe('service-unavailable');
});

test('Google: impersonation with the three kinds of credentials of a caller', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const oauth = await serve((request, response) => {
    const form = new URLSearchParams(request.body);
    if (form.get('grant_type') === 'refresh_token') {
      if (form.get('refresh_token') !== 'the-refresh-token-of-a-person')
        return json(response, { error: 'invalid_grant', error_description: `bad ${form.get('refresh_token')}` }, 400);
      return json(response, { access_token: 'by-person' });
    }
    const [header = '', payload = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const fine = verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'));
    return fine ? json(response, { access_token: 'by-account' }) : json(response, { error: 'invalid_grant' }, 400);
  });
  const iam = await serve((request, response) => {
    const who = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (
      request.path !== '/v1/projects/-/serviceAccounts/target%40p.test:generateIdToken' ||
      JSON.parse(request.body).audience !== 'sigstore'
    )
      return json(response, {}, 404);
    return json(response, { token: token({ sub: who }) });
  });
  const env = { GOOGLE_SERVICE_ACCOUNT_NAME: 'target@p.test', GOOGLE_APPLICATION_CREDENTIALS: '/adc.json' };
  const person = {
    type: 'authorized_user',
    client_id: 'c',
    client_secret: 'client-secret-text',
    refresh_token: 'the-refresh-token-of-a-person',
    token_uri: oauth,
  };
  const account = {
    type: 'service_account',
    client_email: 'a@p',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: oauth,
  };
  const subject = async (credentials: object) =>
    (await ambientToken(place(env, { '/adc.json': JSON.stringify(credentials) }, { googleCredentials: iam }), WISH)).token?.subject;
  expect(await subject(person)).toBe('by-person');
  expect(await subject(account)).toBe('by-account');
  const error = await failure(subject({ ...person, refresh_token: 'a-wrong-refresh-token' }));
  expect(error.code).toBe('service-refused');
  expect(error.message).not.toContain('a-wrong-refresh');
  expect((await failure(subject({ type: 'external_account' }))).code).toBe('unsupported');
  expect(
    (await failure(subject({ ...account, private_key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' }))).code,
  ).toMatch(/key-invalid/);
  expect((await failure(ambientToken(place({ GOOGLE_SERVICE_ACCOUNT_NAME: 'x' }), WISH))).code).toBe('token-missing');
  const machine = { ...(await metadata({ token: '{"access_token":"by-machine"}' })), GOOGLE_SERVICE_ACCOUNT_NAME: 'target@p.test' };
  expect((await ambientToken(place(machine, {}, { googleCredentials: iam }), WISH)).token?.subject).toBe('by-machine');
});

test('Kubernetes: the mounted token when it is for the audience; the API server only when named', async () => {
  expect(await sourceOf(place({}, { [POD]: token() }))).toBe('Kubernetes service account');
  const other = place({}, { [POD]: token({ aud: 'https://kubernetes.default.svc', sub: 'system:serviceaccount:ns:sa' }) });
  expect((await ambientToken(other, WISH)).token).toBeUndefined();
  expect((await failure(namedToken('kubernetes', other, WISH))).code).toBe('service-unavailable');
  expect((await failure(namedToken('kubernetes', place({}), WISH))).code).toBe('token-missing');
});

function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const field = (n: number, value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(n << 3) | 2, ...length]), bytes]);
};

/** A SPIFFE agent on a socket. */
async function agent(answer: (stream: ServerHttp2Stream, body: Buffer) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spiffe-'));
  const path = join(folder, 'api.sock');
  const server = createHttp2Server();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    const parts: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      const right = headers[':path'] === '/SpiffeWorkloadAPI/FetchJWTSVID' && headers['workload.spiffe.io'] === 'true';
      if (right) answer(stream, Buffer.concat(parts));
      else stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true });
    });
  });
  await new Promise<void>((done) => server.listen(path, done));
  closing(async () => {
    for (const session of sessions) session.destroy();
    await new Promise((done) => server.close(done));
    await rm(folder, { recursive: true });
  });
  return path;
}

function replyGrpc(stream: ServerHttp2Stream, body: Buffer, status = '0', message = ''): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, 'grpc-message': message }));
  stream.end(body);
}

test('SPIFFE: the workload API over a socket', async () => {
  const svid = token({ sub: 'spiffe://td/workload' });
  const asked: string[] = [];
  const path = await agent((stream, body) => {
    asked.push(body.subarray(7).toString());
    replyGrpc(
      stream,
      frame(
        Buffer.concat([
          field(1, Buffer.concat([field(1, 'spiffe://td/workload'), field(2, svid), field(3, 'hint')])),
          field(1, field(2, 'second')),
        ]),
      ),
    );
  });
  expect((await ambientToken(place({ SPIFFE_ENDPOINT_SOCKET: `unix://${path}` }), WISH)).token).toMatchObject({
    source: 'SPIFFE',
    subject: 'spiffe://td/workload',
  });
  expect(await fetchJwtSvid(workloadEndpoint(path), 'a'.repeat(5))).toBe(svid);
  expect(asked).toEqual(['sigstore', 'aaaaa']);
});

test('SPIFFE: refusals, rubbish and silence', async () => {
  const denied = await agent((s) => replyGrpc(s, Buffer.alloc(0), '7', 'no%20identity issued\u00c2'));
  expect(await failure(fetchJwtSvid({ path: denied }, 'x'))).toMatchObject({
    code: 'service-refused',
    message: expect.stringContaining('no identity'),
  });
  const headersOnly = await agent((s) => s.respond({ ':status': 200, 'grpc-status': '14' }, { endStream: true }));
  expect((await failure(fetchJwtSvid({ path: headersOnly }, 'x'))).code).toBe('service-unavailable');
  for (const body of [
    Buffer.alloc(0),
    Buffer.from([0, 0, 0, 0, 9, 1]),
    frame(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x0f])),
    Buffer.from([1, 0, 0, 0, 0]),
  ]) {
    const path = await agent((s) => replyGrpc(s, body));
    expect((await failure(fetchJwtSvid({ path }, 'x'))).code).toBe('service-unavailable');
  }
  expect((await failure(fetchJwtSvid({ path: await agent((s) => replyGrpc(s, frame(Buffer.alloc(0)))) }, 'x'))).code).toBe(
    'service-refused',
  );
  expect((await failure(fetchJwtSvid({ path: await agent((s) => replyGrpc(s, Buffer.alloc(5_000_000))) }, 'x'))).code).toBe('limit');
  expect((await failure(fetchJwtSvid({ path: '/nonexistent/api.sock' }, 'x'))).code).toBe('service-unavailable');
  const stop = new AbortController();
  const silent = await agent(() => stop.abort());
  expect((await failure(fetchJwtSvid({ path: silent }, 'x', stop.signal))).code).toBe('cancelled');
});

test.each([
  ['unix:///run/x.sock', { path: '/run/x.sock' }],
  ['unix:/run/x.sock', { path: '/run/x.sock' }],
  ['/run/x.sock', { path: '/run/x.sock' }],
  ['tcp://127.0.0.1:8081', { host: '127.0.0.1', port: 8081 }],
])('SPIFFE: the endpoint %s', (text, endpoint) => {
  expect(workloadEndpoint(text)).toEqual(endpoint);
});

test.each(['http://x', 'x.sock', 'tcp://host:1', 'tcp://10.0.0.1:1', ''])('SPIFFE: %s is no endpoint', async (text) => {
  expect((await failure(() => workloadEndpoint(text))).code).toBe('usage-invalid');
});
