import { utf8, utf8Decode } from '../../../bytes/index.ts';
import { parseJson } from '../../../codec/json.ts';
import { AssayError, isAssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { HttpAnswer, HttpRequest } from '../http/message.ts';
import { printable } from '../http/message.ts';
import { refusal } from '../refusal.ts';
import type { Credential } from './credential.ts';

/** A bearer token and the milliseconds that it may be used for. */
export interface Token {
  readonly value: string;
  readonly lifetimeMs: number;
}

/** What is asked of a token server. */
export interface TokenQuestion {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  readonly signal?: AbortSignal;
}

type Send = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Gets a bearer token: by GET (distribution spec, token authentication), with Basic where there are credentials, or by
 * POST (OAuth 2 refresh token) where there is an identity token. Throws `registry-unauthorized`, `registry-forbidden`,
 * `registry-throttled`, `registry-error` or `registry-protocol`.
 */
export async function fetchToken(question: TokenQuestion, send: Send): Promise<Token> {
  const { credential } = question;
  if (credential?.kind === 'registry-token') return { value: checkedToken(credential.token, question), lifetimeMs: LIMITS.tokenLifetimeMs };
  const request = credential?.kind === 'identity-token' ? byPost(question, credential.token) : byGet(question);
  const answer = await send(request);
  if (answer.status === 200) return tokenOf(answer, question);
  const error = refusal(answer, request);
  const hint =
    question.credential === undefined
      ? 'log in to the registry (assay login)'
      : 'the stored credentials were refused: log in again (assay login)';
  throw isAssayError(error, 'registry-unauthorized') ? new AssayError(error.code, error.message, { hint }) : error;
}

function byGet(q: TokenQuestion): HttpRequest {
  const url = new URL(q.realm);
  if (q.service !== undefined) url.searchParams.set('service', q.service);
  for (const scope of q.scopes) url.searchParams.append('scope', scope);
  const authorization = q.credential?.kind === 'basic' ? { authorization: basic(q.credential.username, q.credential.password) } : {};
  return {
    method: 'GET',
    url,
    headers: { accept: 'application/json', ...authorization },
    maxBytes: LIMITS.apiAnswerBytes,
    foreign: true,
    ...signalOf(q),
  };
}

function byPost(q: TokenQuestion, refreshToken: string): HttpRequest {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'assay',
    refresh_token: refreshToken,
    scope: q.scopes.join(' '),
  });
  if (q.service !== undefined) form.set('service', q.service);
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  return {
    method: 'POST',
    url: q.realm,
    headers,
    body: utf8(form.toString()),
    maxBytes: LIMITS.apiAnswerBytes,
    foreign: true,
    ...signalOf(q),
  };
}

function signalOf(q: TokenQuestion): { signal?: AbortSignal } {
  return q.signal === undefined ? {} : { signal: q.signal };
}

/** The value of an `Authorization` header for Basic (RFC 7617), in UTF-8. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function tokenOf(answer: HttpAnswer, question: TokenQuestion): Token {
  const fail = (why: string): never => {
    throw new AssayError('registry-protocol', `${printable(question.realm)}: ${why}`);
  };
  let value: unknown;
  try {
    value = parseJson(utf8Decode(answer.body, 'token answer'), 'token answer');
  } catch {
    return fail('the token server answered with something else than JSON');
  }
  const { token, access_token: accessToken, expires_in: seconds } = (value ?? {}) as Record<string, unknown>;
  const text = typeof token === 'string' && token !== '' ? token : accessToken;
  if (typeof text !== 'string' || text === '') return fail('the token server answered without a token');
  const stated = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : LIMITS.tokenLifetimeMs;
  // A tenth is kept back for the way and for clocks that run differently.
  return { value: checkedToken(text, question), lifetimeMs: Math.min(stated, 24 * 3600 * 1000) * 0.9 };
}

function checkedToken(token: string, question: TokenQuestion): string {
  if (token.length > LIMITS.tokenLength || !/^[\x21-\x7e]+$/.test(token)) {
    throw new AssayError('registry-protocol', `${printable(question.realm)}: the token has characters that no token has, or is too long`);
  }
  return token;
}
