import { AssayError } from '../../../errors.ts';
import type { CreateKey, OpenKey } from '../../keys/key-handle.ts';

/** Opens a key of Google Cloud KMS (gcpkms://). */
export const openKey: OpenKey = async () => {
  throw new AssayError('unsupported', 'keys of Google Cloud KMS (gcpkms://) cannot be used yet');
};

/** Makes a key of Google Cloud KMS (gcpkms://). */
export const createKey: CreateKey = async () => {
  throw new AssayError('unsupported', 'keys of Google Cloud KMS (gcpkms://) cannot be made yet');
};
