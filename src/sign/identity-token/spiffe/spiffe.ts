import { type ProviderPlace, type TokenProvider, variable } from '../provider.ts';

const NAME = 'SPIFFE_ENDPOINT_SOCKET';
/** cosign's default: where SPIRE's agent listens unless told otherwise. */
const SOCKET = '/tmp/spire-agent/public/api.sock';

/** A workload with a SPIFFE identity: its agent is asked over the Workload API. */
export const spiffeProvider: TokenProvider = {
  name: 'spiffe',
  title: 'SPIFFE',
  async missing(place) {
    if (variable(place, NAME) !== undefined || (await place.exists(SOCKET))) return undefined;
    return `${NAME} is not set, and there is no ${SOCKET}`;
  },
  async token(place: ProviderPlace, audience, signal) {
    const { fetchJwtSvid, workloadEndpoint } = await import('./workload-api.ts');
    return fetchJwtSvid(workloadEndpoint(variable(place, NAME) ?? SOCKET), audience, signal);
  },
};
