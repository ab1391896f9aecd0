/** `assay generate-key-pair`: cosign's name for `assay keys generate`. */
export { command } from './keys-generate.ts';
