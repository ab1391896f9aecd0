import { requestJson } from '../../trust/service-client/json.ts';
import { type TokenProvider, variable } from './provider.ts';
import { textIn } from './text-in.ts';

const TOKEN_NAME = 'BUILDKITE_AGENT_ACCESS_TOKEN';

/** A job of a Buildkite agent: what `buildkite-agent oidc request-token` asks the agent API. */
export const buildkiteProvider: TokenProvider = {
  name: 'buildkite-agent',
  title: 'Buildkite agent',
  async missing(place) {
    if (variable(place, TOKEN_NAME) === undefined) return `${TOKEN_NAME} is not set`;
    return variable(place, 'BUILDKITE_JOB_ID') === undefined ? 'BUILDKITE_JOB_ID is not set' : undefined;
  },
  async token(place, audience, signal) {
    const endpoint = (variable(place, 'BUILDKITE_AGENT_ENDPOINT') ?? 'https://agent.buildkite.com/v3').replace(/\/+$/, '');
    const answer = await requestJson(place.client, {
      method: 'POST',
      url: `${endpoint}/jobs/${encodeURIComponent(variable(place, 'BUILDKITE_JOB_ID') ?? '')}/oidc/tokens`,
      headers: { authorization: `Token ${variable(place, TOKEN_NAME)}` },
      json: { audience },
      idempotent: true,
      who: 'Buildkite agent API',
      ...(signal === undefined ? {} : { signal }),
    });
    return textIn(answer, 'token', 'Buildkite agent API');
  },
};
