import { randomBytes } from 'node:crypto';
import { type Answer, type Asked, json, refuse } from './answer.ts';

/** Who may ask. Without it everybody may. */
export type AuthOptions =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | {
      readonly kind: 'bearer';
      readonly username: string;
      readonly password: string;
      /** A refresh token that serves instead of user and password. */
      readonly identityToken?: string;
      /** Whether tokens to pull are given to everybody. */
      readonly anonymousPull?: boolean;
      /** Seconds that a token lives; default 300. */
      readonly expiresIn?: number;
      /** The realm that challenges name; default: `/token` of the registry itself. */
      readonly realm?: string;
    };

/** The doorkeeper of a test registry. */
export interface Door {
  /** The refusal, or `undefined` when the request may pass. */
  check(asked: Asked, origin: string): Answer | undefined;
  /** The answer of the token endpoint. */
  token(asked: Asked): Answer;
}

/** A doorkeeper. */
export function createDoor(options: AuthOptions | undefined): Door {
  const given = new Map<string, { readonly scopes: ReadonlySet<string>; readonly until: number }>();

  function isUser(header: string | undefined): boolean {
    if (options === undefined || header === undefined) return false;
    return header === `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
  }

  function give(scopes: readonly string[]): Answer {
    const token = randomBytes(24).toString('base64url');
    const seconds = options?.kind === 'bearer' ? (options.expiresIn ?? 300) : 300;
    given.set(token, { scopes: new Set(scopes.flatMap(expand)), until: Date.now() + seconds * 1000 });
    return json({ token, access_token: token, expires_in: seconds });
  }

  return {
    check(asked, origin) {
      if (options === undefined) return undefined;
      if (options.kind === 'basic') {
        return isUser(asked.headers.authorization)
          ? undefined
          : refuse(401, undefined, 'log in', { 'WWW-Authenticate': 'Basic realm="test"' });
      }
      const needed = scopesOf(asked);
      const held = given.get(asked.headers.authorization?.replace(/^Bearer /, '') ?? '');
      if (held !== undefined && held.until > Date.now() && needed.flatMap(expand).every((s) => held.scopes.has(s))) return undefined;
      const scope = needed.length === 0 ? '' : `,scope="${needed.join(' ')}"`;
      const challenge = `Bearer realm="${options.realm ?? `${origin}/token`}",service="test"${scope}`;
      return refuse(401, undefined, 'a token is needed', { 'WWW-Authenticate': challenge });
    },
    token(asked) {
      if (options?.kind !== 'bearer') return refuse(404);
      const form = new URLSearchParams(asked.body.toString('utf8'));
      if (asked.method === 'POST') {
        const known = options.identityToken !== undefined && form.get('refresh_token') === options.identityToken;
        return known ? give((form.get('scope') ?? '').split(' ')) : refuse(401);
      }
      const scopes = asked.query.getAll('scope').flatMap((s) => s.split(' '));
      if (isUser(asked.headers.authorization)) return give(scopes);
      if (asked.headers.authorization !== undefined) return refuse(401);
      return give(options.anonymousPull === true ? scopes.flatMap(expand).filter((s) => s.endsWith(':pull')) : []);
    },
  };
}

function expand(scope: string): readonly string[] {
  const at = scope.lastIndexOf(':');
  return scope
    .slice(at + 1)
    .split(',')
    .map((action) => `${scope.slice(0, at)}:${action}`);
}

function scopesOf(asked: Asked): readonly string[] {
  if (asked.path === '/v2/_catalog') return ['registry:catalog:*'];
  const name = /^\/v2\/(.+?)\/(?:manifests|blobs|referrers|tags)\//.exec(asked.path)?.[1];
  if (name === undefined) return [];
  const from = asked.query.get('from');
  const mounted = from === null ? [] : [`repository:${from}:pull`];
  if (asked.method === 'GET' || asked.method === 'HEAD') return [`repository:${name}:pull`, ...mounted];
  return [`repository:${name}:${asked.method === 'DELETE' ? 'delete' : 'pull,push'}`, ...mounted];
}
