import type { TokenProvider } from './provider.ts';

/** Where cosign looks for a token that a cluster mounts. */
export const TOKEN_FILE = '/var/run/sigstore/cosign/oidc-token';

/** The file that a cluster mounts for cosign: a projected service account token. */
export const fileProvider: TokenProvider = {
  name: 'filesystem',
  title: `file ${TOKEN_FILE}`,
  async missing(place) {
    return (await place.exists(TOKEN_FILE)) ? undefined : 'there is no such file';
  },
  async token(place) {
    return (await place.readFile(TOKEN_FILE)) ?? '';
  },
};
