import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { HttpAnswer, HttpRequest } from '../http/message.ts';
import { createSingleFlight } from '../http/single-flight.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credential, CredentialSource } from './credential.ts';
import { mayHaveCredentials, realmOf } from './realm.ts';
import { basic, fetchToken, type Token } from './token.ts';

/** For whom and for what a request needs to be authorized. */
export interface AuthQuestion {
  /** The registry's name, by which credentials are stored: `docker.io`. */
  readonly registry: string;
  /** Where its API is. */
  readonly api: URL;
  readonly repository: string | undefined;
  /** `repository:NAME:pull` and the like (distribution spec, token scopes). */
  readonly scopes: readonly string[];
  readonly signal?: AbortSignal;
}

/** Remembers how each registry wants to be asked, and the tokens that it gave: per host, repository and action. */
export interface Authenticator {
  /** The `Authorization` to send at once, when the registry's way is known. */
  known(question: AuthQuestion): Promise<string | undefined>;
  /** The `Authorization` to try after a 401; `undefined` when there is nothing (more) to try. `sent` is what was refused. */
  challenged(question: AuthQuestion, header: string | undefined, sent: string | undefined): Promise<string | undefined>;
}

interface KeptToken {
  readonly value: string;
  readonly until: number;
}

/** An authenticator. `send` sends a request to a token server, with redirects and retries. */
export function createAuthenticator(credentials: CredentialSource, send: (request: HttpRequest) => Promise<HttpAnswer>): Authenticator {
  const ways = new Map<string, Challenge>();
  const tokens = new Map<string, KeptToken>();
  const asking = createSingleFlight<Token>();

  async function bearer(question: AuthQuestion, challenge: Challenge): Promise<string> {
    const key = `${question.api.origin} ${question.scopes.join(' ')}`;
    const kept = tokens.get(key);
    if (kept !== undefined && kept.until > performance.now()) return `Bearer ${kept.value}`;
    const token = await asking.run(key, question.signal, async (signal) => {
      const credential = await credentials.find(question.registry, question.repository);
      const fresh = await askToken(question, challenge, credential, signal);
      tokens.set(key, { value: fresh.value, until: performance.now() + fresh.lifetimeMs });
      return fresh;
    });
    return `Bearer ${token.value}`;
  }

  function askToken(question: AuthQuestion, challenge: Challenge, credential: Credential | undefined, signal: AbortSignal): Promise<Token> {
    const realm = realmOf(challenge, question.api);
    if (credential !== undefined && credential.kind !== 'registry-token' && !mayHaveCredentials(realm, question.api)) {
      throw new AssayError('redirect-refused', `credentials for ${question.registry} are not sent to ${realm.host} without encryption`, {
        retryable: false,
      });
    }
    const foreign = realm.hostname !== question.api.hostname;
    const unnamed = realm.origin !== question.api.origin;
    const scopes = scopesOf(question, challenge);
    return fetchToken({ realm, service: challenge.parameters.get('service'), scopes, credential, signal }, (r) =>
      send({ ...r, foreign, unnamed }),
    );
  }

  async function by(challenge: Challenge, question: AuthQuestion): Promise<string | undefined> {
    if (challenge.scheme === 'bearer') return bearer(question, challenge);
    const credential = await credentials.find(question.registry, question.repository);
    return credential?.kind === 'basic' ? basic(credential.username, credential.password) : undefined;
  }

  return {
    known(question) {
      const way = ways.get(question.api.origin);
      return way === undefined ? Promise.resolve(undefined) : by(way, question);
    },
    async challenged(question, header, sent) {
      if (sent?.startsWith('Bearer ')) forget(tokens, sent.slice('Bearer '.length));
      for (const challenge of parseChallenges(header)) {
        if (challenge.scheme !== 'bearer' && challenge.scheme !== 'basic') continue;
        const authorization = await by(challenge, question);
        if (authorization === undefined || authorization === sent) continue;
        ways.set(question.api.origin, { ...challenge, parameters: withoutScope(challenge.parameters) });
        return authorization;
      }
      return undefined;
    },
  };
}

// What the registry asks for comes on top: some want more than the specification says for an action.
function scopesOf(question: AuthQuestion, challenge: Challenge): readonly string[] {
  const asked = (challenge.parameters.get('scope') ?? '').split(' ').filter((s) => s !== '');
  return [...new Set([...question.scopes, ...asked])].slice(0, LIMITS.tokenScopes);
}

// The scope of one question is none of the next one's.
function withoutScope(parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...parameters].filter(([name]) => name !== 'scope' && name !== 'error'));
}

function forget(tokens: Map<string, KeptToken>, value: string): void {
  for (const [key, kept] of tokens) if (kept.value === value) tokens.delete(key);
}
