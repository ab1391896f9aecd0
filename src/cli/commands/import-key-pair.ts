/** `assay import-key-pair`: cosign's name for `assay keys import`. */
export { command } from './keys-import.ts';
