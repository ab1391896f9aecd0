import { requestJson } from '../../../trust/service-client/json.ts';
import { type TokenProvider, variable } from '../provider.ts';
import { textIn } from '../text-in.ts';
import { googleAccessToken } from './access-token.ts';

const NAME = 'GOOGLE_SERVICE_ACCOUNT_NAME';

/** A service account that the caller may impersonate (IAM Service Account Credentials API, `generateIdToken`). */
export const googleImpersonationProvider: TokenProvider = {
  name: 'google-impersonate',
  title: 'Google impersonation',
  async missing(place) {
    return variable(place, NAME) === undefined ? `${NAME} is not set` : undefined;
  },
  async token(place, audience, signal) {
    const bearer = await googleAccessToken(place, signal);
    const base = place.googleCredentials ?? 'https://iamcredentials.googleapis.com';
    const answer = await requestJson(place.client, {
      method: 'POST',
      url: `${base}/v1/projects/-/serviceAccounts/${encodeURIComponent(variable(place, NAME) ?? '')}:generateIdToken`,
      headers: { authorization: `Bearer ${bearer}` },
      json: { audience, includeEmail: true },
      idempotent: true,
      who: 'Google IAM credentials',
      ...(signal === undefined ? {} : { signal }),
    });
    return textIn(answer, 'token', 'Google IAM credentials');
  },
};
