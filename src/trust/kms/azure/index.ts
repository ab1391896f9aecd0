import { AssayError } from '../../../errors.ts';
import type { CreateKey, OpenKey } from '../../keys/key-handle.ts';

/** Opens a key of Azure Key Vault (azurekms://). */
export const openKey: OpenKey = async () => {
  throw new AssayError('unsupported', 'keys of Azure Key Vault (azurekms://) cannot be used yet');
};

/** Makes a key of Azure Key Vault (azurekms://). */
export const createKey: CreateKey = async () => {
  throw new AssayError('unsupported', 'keys of Azure Key Vault (azurekms://) cannot be made yet');
};
