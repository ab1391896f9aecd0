import { isAssayError } from '../../errors.ts';
import { looksLikeToken } from './claims.ts';
import { type ProviderPlace, type TokenProvider, variable } from './provider.ts';
import { parseIdentityToken } from './token.ts';

/**
 * A job of GitLab CI: its `id_tokens:` are variables with names of the author's choice. `SIGSTORE_ID_TOKEN`, the usual one, is looked at before
 * (`envvar`); here stands whichever is by this GitLab, for the audience.
 */
export const gitlabProvider: TokenProvider = {
  name: 'gitlab',
  title: 'GitLab CI',
  async missing(place, audience) {
    if (variable(place, 'GITLAB_CI') === undefined) return 'this is no job of GitLab CI';
    return found(place, audience) === undefined
      ? `this job has no token for ${audience}: it needs "id_tokens: SIGSTORE_ID_TOKEN: aud: ${audience}"`
      : undefined;
  },
  async token(place, audience) {
    return found(place, audience) ?? '';
  },
};

function found(place: ProviderPlace, audience: string): string | undefined {
  const server = variable(place, 'CI_SERVER_URL') ?? 'https://gitlab.com';
  const names = Object.keys(place.env).sort();
  return ['SIGSTORE_ID_TOKEN', ...names].map((name) => place.env[name]).find((value) => isToken(value, place, server, audience));
}

function isToken(value: string | undefined, place: ProviderPlace, server: string, audience: string): value is string {
  if (value === undefined || !looksLikeToken(value)) return false;
  try {
    return parseIdentityToken(value, 'GitLab CI', { now: place.now(), audience }).issuer === server.replace(/\/+$/, '');
  } catch (error) {
    if (isAssayError(error, 'token-invalid')) return false;
    throw error;
  }
}
