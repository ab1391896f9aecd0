import { AssayError } from '../../../errors.ts';
import type { TokenProvider } from '../provider.ts';
import { askMetadata, isOnGoogle } from './metadata.ts';

/** The service account that a machine, pod or function at Google runs as. */
export const googleWorkloadProvider: TokenProvider = {
  name: 'google-workload-identity',
  title: 'Google workload identity',
  async missing(place) {
    if (!(await isOnGoogle(place))) return 'this does not run at Google';
    return (await askMetadata(place, 'email')) === undefined ? 'no service account is bound to what runs here' : undefined;
  },
  async token(place, audience, signal) {
    const token = await askMetadata(place, `identity?audience=${encodeURIComponent(audience)}&format=full`, signal);
    if (token === undefined)
      throw new AssayError('service-refused', 'Google metadata server: no service account is bound to what runs here');
    return token;
  },
};
