import { AssayError } from '../../../errors.ts';
import type { CreateKey, OpenKey } from '../../keys/key-handle.ts';

/** Opens a key of Vault's transit engine (hashivault://). */
export const openKey: OpenKey = async () => {
  throw new AssayError('unsupported', 'keys in a Vault (hashivault://) cannot be used yet');
};

/** Makes a key of Vault's transit engine (hashivault://). */
export const createKey: CreateKey = async () => {
  throw new AssayError('unsupported', 'keys in a Vault (hashivault://) cannot be made yet');
};
