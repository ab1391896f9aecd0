import { AssayError } from '../../errors.ts';
import type { IdentityToken } from '../services.ts';
import { buildkiteProvider } from './buildkite.ts';
import { environmentProvider } from './environment.ts';
import { githubActionsProvider } from './github-actions.ts';
import { gitlabProvider } from './gitlab.ts';
import { googleImpersonationProvider } from './google/impersonation.ts';
import { googleWorkloadProvider } from './google/workload-identity.ts';
import { kubernetesProvider } from './kubernetes.ts';
import type { ProviderPlace, TokenProvider } from './provider.ts';
import { spiffeProvider } from './spiffe/spiffe.ts';
import { parseIdentityToken } from './token.ts';
import { fileProvider } from './token-file.ts';

/** All providers, in the order in which they are asked: cosign's, then those that it does not have. */
export const PROVIDERS: readonly TokenProvider[] = [
  buildkiteProvider,
  environmentProvider,
  fileProvider,
  githubActionsProvider,
  googleWorkloadProvider,
  googleImpersonationProvider,
  spiffeProvider,
  gitlabProvider,
  kubernetesProvider,
];

/** What cosign's help calls a provider, where its code has another name. */
const ALIASES: ReadonlyMap<string, string> = new Map([['google', 'google-workload-identity']]);

/** A provider that gave no token, and why, for people. */
export interface LookedAt {
  readonly provider: string;
  readonly because: string;
}

/** What asking the environment came to. */
export type AmbientToken = { readonly token: IdentityToken } | { readonly token: undefined; readonly lookedAt: readonly LookedAt[] };

/** How tokens are asked for. */
export interface TokenWish {
  readonly audience: string;
  readonly signal?: AbortSignal;
}

/**
 * The token of the first provider that is there. One that is there and fails is an error: who asks for the identity of a job is not to get
 * another one. Throws what the provider throws, and `token-invalid`.
 */
export async function ambientToken(
  place: ProviderPlace,
  wish: TokenWish,
  providers: readonly TokenProvider[] = PROVIDERS,
): Promise<AmbientToken> {
  const lookedAt: LookedAt[] = [];
  for (const provider of providers) {
    const because = await told(provider, () => provider.missing(place, wish.audience));
    if (because === undefined) return { token: await tokenFrom(provider, place, wish) };
    lookedAt.push({ provider: provider.title, because });
  }
  return { token: undefined, lookedAt };
}

/** The token of a provider that was named (`--oidc-provider`). Throws `usage-invalid`, `token-missing`, what the provider throws, and `token-invalid`. */
export async function namedToken(name: string, place: ProviderPlace, wish: TokenWish): Promise<IdentityToken> {
  const provider = PROVIDERS.find((p) => p.name === (ALIASES.get(name) ?? name));
  if (provider === undefined)
    throw new AssayError('usage-invalid', `--oidc-provider ${name.slice(0, 50)} is none of ${PROVIDERS.map((p) => p.name).join(', ')}`);
  const because = provider === kubernetesProvider ? undefined : await told(provider, () => provider.missing(place, wish.audience));
  if (because !== undefined) throw new AssayError('token-missing', `${provider.title} gives no identity token here: ${because}`);
  return tokenFrom(provider, place, wish);
}

async function tokenFrom(provider: TokenProvider, place: ProviderPlace, { audience, signal }: TokenWish): Promise<IdentityToken> {
  const raw = await told(provider, () => provider.token(place, audience, signal));
  return parseIdentityToken(raw, provider.title, { now: place.now(), audience });
}

async function told<T>(provider: TokenProvider, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AssayError) || error.hint !== undefined || error.code === 'cancelled') throw error;
    throw new AssayError(error.code, error.message, {
      cause: error.cause,
      retryable: error.retryable,
      hint: `${provider.title} was asked because it is there: --oidc-provider names another one, --oidc-disable-ambient-providers none`,
    });
  }
}
