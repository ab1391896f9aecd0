/** `assay public-key`: cosign's name for `assay keys public`. */
export { command } from './keys-public.ts';
