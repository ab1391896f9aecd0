import type { TokenProvider } from './provider.ts';
import { variable } from './provider.ts';

const NAME = 'SIGSTORE_ID_TOKEN';

/** The variable that GitLab's documentation and cosign use. */
export const environmentProvider: TokenProvider = {
  name: 'envvar',
  title: `variable ${NAME}`,
  async missing(place) {
    return variable(place, NAME) === undefined ? 'it is not set' : undefined;
  },
  async token(place) {
    return variable(place, NAME) ?? '';
  },
};
