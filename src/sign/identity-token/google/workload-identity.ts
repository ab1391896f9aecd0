import { AssayError, isAssayError } from '../../../errors.ts';
import type { TokenProvider } from '../provider.ts';
import { askMetadata, isMetadataNamed, isOnGoogle } from './metadata.ts';

/** The service account that a machine, pod or function at Google runs as. */
export const googleWorkloadProvider: TokenProvider = {
  name: 'google-workload-identity',
  title: 'Google workload identity',
  async missing(place) {
    if (!(await isOnGoogle(place))) return 'this does not run at Google';
    try {
      return (await askMetadata(place, 'email')) === undefined ? 'no service account is bound to what runs here' : undefined;
    } catch (error) {
      if (isMetadataNamed(place) || !isAssayError(error)) throw error;
      return `this may run at Google, but no metadata server answers: ${error.message}`;
    }
  },
  async token(place, audience, signal) {
    const token = await askMetadata(place, `identity?audience=${encodeURIComponent(audience)}&format=full`, signal);
    if (token === undefined)
      throw new AssayError('service-refused', 'Google metadata server: no service account is bound to what runs here');
    return token;
  },
};
