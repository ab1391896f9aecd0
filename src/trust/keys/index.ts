/** Keys by reference: files, variables, key services, tokens and plugins. */
export type { CreateKey, KeyContext, KeyHandle, OpenKey } from './key-handle.ts';
export { createKey, isServiceReference, nameOf, type OpenOptions, openKey, privateKeyAt } from './open-key.ts';
export { handleOfText, type TextKeyOptions } from './text-key.ts';
