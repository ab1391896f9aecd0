import { AssayError } from '../../../errors.ts';
import type { CreateKey, OpenKey } from '../../keys/key-handle.ts';

/** Opens a key of PKCS#11 tokens (pkcs11:). */
export const openKey: OpenKey = async () => {
  throw new AssayError('unsupported', 'keys of PKCS#11 tokens (pkcs11:) cannot be used yet');
};

/** Makes a key of PKCS#11 tokens (pkcs11:). */
export const createKey: CreateKey = async () => {
  throw new AssayError('unsupported', 'keys of PKCS#11 tokens (pkcs11:) cannot be made yet');
};
