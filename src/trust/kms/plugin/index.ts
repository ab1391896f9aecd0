import { AssayError } from '../../../errors.ts';
import type { CreateKey, OpenKey } from '../../keys/key-handle.ts';

/** Opens a key of sigstore-kms plugins. */
export const openKey: OpenKey = async () => {
  throw new AssayError('unsupported', 'keys of sigstore-kms plugins cannot be used yet');
};

/** Makes a key of sigstore-kms plugins. */
export const createKey: CreateKey = async () => {
  throw new AssayError('unsupported', 'keys of sigstore-kms plugins cannot be made yet');
};
