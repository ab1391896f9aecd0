import { AssayError } from '../../../errors.ts';
import type { CreateKey, OpenKey } from '../../keys/key-handle.ts';

/** Opens a key of AWS KMS (awskms://). */
export const openKey: OpenKey = async () => {
  throw new AssayError('unsupported', 'keys of AWS KMS (awskms://) cannot be used yet');
};

/** Makes a key of AWS KMS (awskms://). */
export const createKey: CreateKey = async () => {
  throw new AssayError('unsupported', 'keys of AWS KMS (awskms://) cannot be made yet');
};
