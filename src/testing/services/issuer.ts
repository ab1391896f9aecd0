/** An OpenID Connect issuer: discovery, keys, authorization code with PKCE (RFC 7636), device code (RFC 8628), client credentials. */
import { createHash, randomBytes } from 'node:crypto';
import type { SigningKey } from '../authority/index.ts';
import { type Answer, type Asked, answer } from '../registry/answer.ts';
import { type Claims, mintToken } from './jwt.ts';
import type { Telling } from './lies.ts';
import { jsonReply, Refusal, textReply } from './reply.ts';

/** How the issuer is set up; all of it can be changed while it runs. */
export interface IssuerSettings {
  /** Who logs in: claims of the tokens that its flows give. */
  user: Claims;
  /** What clients have to show at the token endpoint; public clients when undefined. */
  clientSecret: string | undefined;
  /** Whether the user agrees at once; else the authorization is refused, and a device code waits for `/device`. */
  consents: boolean;
  /** How long a token is valid, in seconds. */
  lifetime: number;
  /** What the audience of tokens is, instead of the client's name. */
  audience: string | undefined;
}

interface Code {
  readonly client: string;
  readonly redirect: string;
  readonly nonce: string | undefined;
  readonly challenge: string;
}

interface Device {
  readonly client: string;
  readonly user: string;
  readonly challenge: string | undefined;
  readonly nonce: string | undefined;
  state: 'pending' | 'granted' | 'denied';
}

/** An issuer. */
export interface Issuer {
  readonly keyId: string;
  readonly key: SigningKey;
  /** Mints a token; claims replace the usual ones, `undefined` leaves one out. Without `sub` and `email` it is the user's. */
  token(url: string, claims: Claims, settings: IssuerSettings, now: Date): string;
  /** Answers a request below its address; `undefined` for one that it does not know. */
  answer(url: string, path: string, asked: Asked, settings: IssuerSettings, telling: Telling): Answer | undefined;
  /** What the user does at `/device`. */
  decide(userCode: string, granted: boolean): boolean;
}

/** Makes an issuer. */
export function createIssuer(key: SigningKey): Issuer {
  const keyId = key.id.toString('hex').slice(0, 16);
  const codes = new Map<string, Code>();
  const devices = new Map<string, Device>();

  function token(url: string, claims: Claims, { lifetime, user, audience }: IssuerSettings, now: Date): string {
    const seconds = Math.floor(now.getTime() / 1000);
    const who = claims.sub === undefined && claims.email === undefined ? user : {};
    const address = typeof claims.email === 'string' ? { sub: claims.email, email_verified: true } : {};
    const frame = { iss: url, aud: audience ?? 'sigstore', iat: seconds, exp: seconds + lifetime };
    return mintToken(key, keyId, { ...frame, ...who, ...address, ...claims });
  }

  function authorize(asked: Asked, settings: IssuerSettings): Answer {
    const query = (name: string): string => asked.query.get(name) ?? '';
    const redirect = query('redirect_uri');
    if (!/^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:\/|$)/.test(redirect))
      throw new Refusal(400, 'invalid_request: redirect_uri is not of this machine', 'oauth');
    const back = new URL(redirect);
    back.searchParams.set('state', query('state'));
    const refuse = (error: string): Answer => {
      back.searchParams.set('error', error);
      return answer(303, { Location: back.href });
    };
    if (query('response_type') !== 'code') return refuse('unsupported_response_type');
    if (query('code_challenge_method') !== 'S256' || query('code_challenge') === '') return refuse('invalid_request');
    if (!query('scope').split(' ').includes('openid')) return refuse('invalid_scope');
    if (!settings.consents) return refuse('access_denied');
    const code = randomBytes(16).toString('hex');
    const nonce = asked.query.get('nonce') ?? undefined;
    codes.set(code, { client: query('client_id'), redirect, nonce, challenge: query('code_challenge') });
    back.searchParams.set('code', code);
    return answer(303, { Location: back.href });
  }

  function startDevice(url: string, form: URLSearchParams, settings: IssuerSettings): Answer {
    const deviceCode = randomBytes(16).toString('hex');
    const user = randomBytes(4)
      .toString('hex')
      .toUpperCase()
      .replace(/^(.{4})/, '$1-');
    const challenge = form.get('code_challenge') ?? undefined;
    const client = form.get('client_id') ?? '';
    const state = settings.consents ? 'granted' : 'pending';
    devices.set(deviceCode, { client, user, challenge, nonce: form.get('nonce') ?? undefined, state });
    const verification = `${url}/device`;
    const links = { verification_uri: verification, verification_uri_complete: `${verification}?user_code=${user}` };
    return jsonReply({ device_code: deviceCode, user_code: user, ...links, expires_in: 300, interval: 1 });
  }

  function redeem(url: string, asked: Asked, settings: IssuerSettings, telling: Telling): Answer {
    const form = new URLSearchParams(asked.body.toString());
    const client = authenticated(asked, form, settings);
    const give = (of: string, nonce: string | undefined): Answer => {
      const id = token(url, { aud: settings.audience ?? of, ...(nonce === undefined ? {} : { nonce }) }, settings, telling.now);
      const access = randomBytes(16).toString('hex');
      return jsonReply({ access_token: access, token_type: 'Bearer', expires_in: settings.lifetime, id_token: id }, 200, NO_STORE);
    };
    switch (form.get('grant_type')) {
      case 'authorization_code': {
        const code = codes.get(form.get('code') ?? '');
        codes.delete(form.get('code') ?? '');
        if (code === undefined || code.client !== client || code.redirect !== form.get('redirect_uri')) throw bad('invalid_grant');
        if (challengeOf(form.get('code_verifier')) !== code.challenge) throw bad('invalid_grant: code_verifier');
        return give(client, code.nonce);
      }
      case 'urn:ietf:params:oauth:grant-type:device_code': {
        const device = devices.get(form.get('device_code') ?? '');
        if (device === undefined || device.client !== client) throw bad('invalid_grant');
        if (device.state === 'pending') throw bad('authorization_pending');
        devices.delete(form.get('device_code') ?? '');
        if (device.state === 'denied') throw bad('access_denied');
        if (device.challenge !== undefined && challengeOf(form.get('code_verifier')) !== device.challenge)
          throw bad('invalid_grant: code_verifier');
        return give(client, device.nonce);
      }
      case 'client_credentials':
        if (settings.clientSecret === undefined) throw bad('unauthorized_client');
        return give(client, undefined);
      default:
        throw bad('unsupported_grant_type');
    }
  }

  return {
    keyId,
    key,
    token,
    answer(url, path, asked, settings, telling) {
      const form = (): URLSearchParams => new URLSearchParams(asked.body.toString());
      switch (`${asked.method} ${path}`) {
        case 'GET /.well-known/openid-configuration':
          return jsonReply(discovery(url));
        case 'GET /keys':
          return jsonReply({ keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'RS256' }] });
        case 'GET /auth':
          return authorize(asked, settings);
        case 'POST /token':
          return redeem(url, asked, settings, telling);
        case 'POST /device/code':
          authenticated(asked, form(), { ...settings, clientSecret: undefined });
          return startDevice(url, form(), settings);
        case 'GET /device':
          return this.decide(asked.query.get('user_code') ?? '', asked.query.get('deny') === null)
            ? textReply('Login successful.', 'text/plain')
            : textReply('This code is not known.', 'text/plain', 404);
        default:
          return undefined;
      }
    },
    decide(userCode, granted) {
      const device = [...devices.values()].find(({ user }) => user === userCode);
      if (device === undefined) return false;
      device.state = granted ? 'granted' : 'denied';
      return true;
    },
  };
}

const NO_STORE = { 'Cache-Control': 'no-store' };

function bad(message: string): Refusal {
  return new Refusal(400, message, 'oauth');
}

function challengeOf(verifier: string | null): string {
  return createHash('sha256')
    .update(verifier ?? '')
    .digest('base64url');
}

/** The client's name; its secret is checked in either form (RFC 6749 §2.3.1). */
function authenticated(asked: Asked, form: URLSearchParams, { clientSecret }: IssuerSettings): string {
  const basic = /^Basic (.+)$/i.exec(asked.headers.authorization ?? '')?.[1];
  const [name, secret] =
    basic === undefined
      ? [form.get('client_id') ?? '', form.get('client_secret') ?? undefined]
      : Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
  if (name === undefined || name === '') throw new Refusal(401, 'invalid_client: no client_id', 'oauth');
  if (clientSecret !== undefined && secret !== clientSecret) throw new Refusal(401, 'invalid_client: wrong secret', 'oauth');
  return name;
}

function discovery(url: string): object {
  return {
    issuer: url,
    authorization_endpoint: `${url}/auth`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/keys`,
    device_authorization_endpoint: `${url}/device/code`,
    grant_types_supported: ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: ['openid', 'email'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    claims_supported: ['iss', 'sub', 'aud', 'iat', 'exp', 'email', 'email_verified'],
  };
}
