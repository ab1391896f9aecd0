import { AssayError } from '../../errors.ts';
import { parseUrl } from '../../oci/registry/http/message.ts';
import { requestJson } from '../../trust/service-client/json.ts';
import { type TokenProvider, variable } from './provider.ts';
import { textIn } from './text-in.ts';

const [URL_NAME, TOKEN_NAME] = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'];

/** A job of GitHub Actions (GitHub docs, "OpenID Connect reference", "Methods for requesting the OIDC token"). */
export const githubActionsProvider: TokenProvider = {
  name: 'github-actions',
  title: 'GitHub Actions',
  async missing(place) {
    if (variable(place, URL_NAME) !== undefined && variable(place, TOKEN_NAME) !== undefined) return undefined;
    if (variable(place, 'GITHUB_ACTIONS') === undefined) return 'this is no job of GitHub Actions';
    return 'this job may not get identity tokens: it needs "permissions: id-token: write"';
  },
  async token(place, audience, signal) {
    const url = parseUrl(variable(place, URL_NAME) ?? '');
    const bearer = variable(place, TOKEN_NAME) ?? '';
    if (url === undefined) throw new AssayError('service-unavailable', `${URL_NAME} is no address`);
    url.searchParams.set('audience', audience);
    const answer = await requestJson(place.client, {
      method: 'GET',
      url,
      headers: { authorization: `bearer ${bearer}` },
      who: 'GitHub Actions',
      ...(signal === undefined ? {} : { signal }),
    });
    return textIn(answer, 'value', 'GitHub Actions');
  },
};
