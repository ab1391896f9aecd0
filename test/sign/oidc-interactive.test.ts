import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { BrowserFlowOptions } from '../../src/sign/identity-token/interactive/flow.ts';
import { browserToken, clientCredentialsToken, deviceToken } from '../../src/sign/identity-token/interactive/openid.ts';
import { client, failure, json, serve } from './oidc-kit.ts';

/** What an issuer does wrong, or differently. */
interface Bend {
  readonly claims?: object;
  readonly metadata?: (url: string) => object;
  readonly token?: (form: URLSearchParams) => { readonly status: number; readonly body: object } | undefined;
  readonly noIdToken?: boolean;
  readonly secret?: string;
}

/** An issuer that checks codes, verifiers and secrets; the real clock, because the library has no other. */
async function issuer(bend: Bend = {}) {
  const codes = new Map<string, { readonly challenge: string; readonly nonce: string | null }>();
  const forms: URLSearchParams[] = [];
  const url = await serve((request, response) => {
    const { pathname, searchParams } = new URL(request.path, url);
    const form = new URLSearchParams(request.body);
    if (pathname === '/.well-known/openid-configuration') return json(response, { ...metadataOf(url), ...bend.metadata?.(url) });
    if (pathname === '/auth') {
      const code = randomBytes(16).toString('hex');
      codes.set(code, { challenge: searchParams.get('code_challenge') ?? '', nonce: searchParams.get('nonce') });
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', searchParams.get('state') ?? '');
      return response.writeHead(303, { location: back.href }).end();
    }
    if (pathname === '/device') {
      codes.set('device-code-of-this-client', { challenge: form.get('code_challenge') ?? '', nonce: null });
      return json(response, {
        device_code: 'device-code-of-this-client',
        user_code: 'ABCD-EFGH',
        verification_uri: `${url}/enter`,
        expires_in: 300,
        interval: 0.01,
      });
    }
    if (pathname !== '/token') return json(response, {}, 404);
    forms.push(form);
    const other = bend.token?.(form);
    if (other !== undefined) return json(response, other.body, other.status);
    if (bend.secret !== undefined && form.get('client_secret') !== bend.secret)
      return json(response, { error: 'invalid_client', error_description: `wrong secret ${form.get('client_secret')}` }, 401);
    const known = codes.get(form.get('code') ?? form.get('device_code') ?? '');
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (form.get('grant_type') !== 'client_credentials' && known?.challenge !== verifier)
      return json(response, { error: 'invalid_grant' }, 400);
    return json(response, {
      access_token: 'access',
      token_type: 'bearer',
      ...(bend.noIdToken ? {} : { id_token: idToken(url, known?.nonce, bend.claims) }),
    });
  });
  return { url, forms };
}

function metadataOf(url: string): object {
  return {
    issuer: url,
    authorization_endpoint: `${url}/auth`,
    token_endpoint: `${url}/token`,
    device_authorization_endpoint: `${url}/device`,
    jwks_uri: `${url}/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

function idToken(iss: string, nonce: string | null | undefined, claims: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const all = {
    iss,
    sub: 'me',
    email: 'me@x.test',
    email_verified: true,
    aud: 'sigstore',
    iat: now,
    exp: now + 60,
    ...(nonce ? { nonce } : {}),
    ...claims,
  };
  return `${[{ alg: 'RS256' }, all].map((p) => Buffer.from(JSON.stringify(p)).toString('base64url')).join('.')}.c2ln`;
}

/** A browser that follows the page. `visit`: what it does instead. */
function options(url: string, more: Partial<BrowserFlowOptions> = {}) {
  const said: string[] = [];
  const pages: Promise<string>[] = [];
  const all: BrowserFlowOptions = {
    issuer: url,
    clientId: 'sigstore',
    client: client(),
    now: () => new Date(),
    say: (line) => said.push(line),
    openBrowser: async (page) => {
      pages.push(fetch(page).then((r) => r.text()));
      return true;
    },
    ...more,
  };
  return { all, said, pages };
}

test('browser: code with PKCE, back to this machine', async () => {
  const { url, forms } = await issuer();
  const { all, pages } = options(url);
  expect(await browserToken(all)).toMatchObject({ issuer: url, subject: 'me@x.test', audience: ['sigstore'] });
  expect(await pages[0]).toContain('close this page');
  expect(forms[0]?.get('redirect_uri')).toMatch(/^http:\/\/localhost:\d+\/auth\/callback$/);
  expect(forms[0]?.get('client_secret')).toBeNull();
});

test('browser: an address of the own choice, and one that is not of this machine', async () => {
  const { url, forms } = await issuer();
  await browserToken(options(url, { redirectUrl: 'http://127.0.0.1:0/back' }).all);
  expect(forms[0]?.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/back$/);
  for (const redirectUrl of ['https://localhost/x', 'http://example.com/', 'x'])
    expect((await failure(browserToken(options(url, { redirectUrl }).all))).code).toBe('usage-invalid');
});

test('browser: whoever comes with another state is sent away, and does not end the wait', async () => {
  const { url } = await issuer();
  const statuses: number[] = [];
  const { all } = options(url, {
    openBrowser: async (page) => {
      const back = new URL(new URL(page).searchParams.get('redirect_uri') ?? '');
      for (const wrong of ['?code=x&state=wrong', '?code=x', '/../../other']) statuses.push((await fetch(`${back.href}${wrong}`)).status);
      statuses.push((await fetch(back, { method: 'POST' })).status);
      void fetch(page);
      return true;
    },
  });
  expect((await browserToken(all)).subject).toBe('me@x.test');
  expect(statuses).toEqual([400, 400, 400, 400]);
});

test('browser: where none can be opened the page is printed', async () => {
  const { url } = await issuer();
  const { all, said } = options(url, {
    openBrowser: async () => false,
    say: (line) => {
      said.push(line);
      void fetch(line.split('\n')[1] ?? '');
    },
  });
  expect((await browserToken(all)).subject).toBe('me@x.test');
  expect(said[0]).toContain('--fulcio-auth-flow device');
});

test('browser: a person who says no, and one who stops waiting', async () => {
  const { url } = await issuer();
  const refusing = options(url, {
    openBrowser: async (page) => {
      const { searchParams } = new URL(page);
      void fetch(
        `${searchParams.get('redirect_uri')}?state=${searchParams.get('state')}&error=access_denied&error_description=no%07thanks`,
      );
      return true;
    },
  });
  const error = await failure(browserToken(refusing.all));
  expect(error.code).toBe('service-refused');
  expect(error.message).toContain('access_denied');
  expect(error.message).not.toContain('\u0007');
  const stop = new AbortController();
  const gone = options(url, {
    signal: stop.signal,
    openBrowser: async () => {
      stop.abort();
      return true;
    },
  });
  expect((await failure(browserToken(gone.all))).code).toBe('cancelled');
});

test.each<[string, Bend, string]>([
  ['another nonce', { claims: { nonce: 'other' } }, 'service-lied'],
  ['another issuer', { claims: { iss: 'https://x.test' } }, 'service-lied'],
  ['another audience', { claims: { aud: 'other' } }, 'service-lied'],
  ['an expired token', { claims: { exp: 1 } }, 'service-lied'],
  ['no token', { noIdToken: true }, 'service-lied|service-unavailable|service-refused'],
  ['another issuer in its configuration', { metadata: () => ({ issuer: 'https://x.test' }) }, 'service-lied'],
  ['a page that is none', { metadata: () => ({ authorization_endpoint: 'file:///etc/passwd' }) }, 'service-lied'],
  ['an error of its own', { token: () => ({ status: 500, body: { error: 'server_error' } }) }, 'service-unavailable'],
  [
    'a refusal',
    { token: () => ({ status: 400, body: { error: 'invalid_grant', error_description: 'eyJhbGciOiJSUzI1NiJ9.secret.secret' } }) },
    'service-refused',
  ],
])('an issuer with %s', async (_, bend, code) => {
  const { url } = await issuer(bend);
  const error = await failure(browserToken(options(url).all));
  expect(error.code).toMatch(new RegExp(`^(?:${code})$`));
  expect(`${error.message}${String(error.cause)}`).not.toContain('eyJ');
});

test('an issuer that is not there, or not over https', async () => {
  expect((await failure(browserToken(options('http://127.0.0.1:1').all))).code).toBe('service-unavailable');
  for (const url of ['http://issuer.example.com', 'x']) expect((await failure(browserToken(options(url).all))).code).toBe('usage-invalid');
});

test('device code: pending, then a token', async () => {
  let n = 0;
  const { url, forms } = await issuer({ token: () => (++n < 2 ? { status: 400, body: { error: 'authorization_pending' } } : undefined) });
  const { all, said } = options(url);
  expect((await deviceToken(all)).subject).toBe('me@x.test');
  expect(said.join('\n')).toContain('ABCD-EFGH');
  expect(forms.length).toBe(2);
});

test.each([['access_denied'], ['expired_token']])('device code: %s', async (error) => {
  const { url } = await issuer({ token: () => ({ status: 400, body: { error } }) });
  expect((await failure(deviceToken(options(url).all))).code).toBe('service-refused');
});

test('device code: an issuer that has none, and a person who stops waiting', async () => {
  const { url } = await issuer({ metadata: () => ({ device_authorization_endpoint: undefined }) });
  expect((await failure(deviceToken(options(url).all))).code).toBe('unsupported');
  const stop = new AbortController();
  const waiting = await issuer({
    token: () => {
      stop.abort();
      return { status: 400, body: { error: 'authorization_pending' } };
    },
  });
  expect((await failure(deviceToken(options(waiting.url, { signal: stop.signal }).all))).code).toBe('cancelled');
});

test('client credentials: with the secret, and never with it in a message', async () => {
  const { url } = await issuer({ secret: 'the-secret-of-this-client' });
  expect((await clientCredentialsToken({ ...options(url).all, clientSecret: 'the-secret-of-this-client' })).subject).toBe('me@x.test');
  const error = await failure(clientCredentialsToken({ ...options(url).all, clientSecret: 'another-secret-text' }));
  expect(error.code).toBe('service-refused');
  expect(error.message).not.toContain('another-secret');
});
