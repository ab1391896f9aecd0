/** `assay initialize`: cosign's name for `assay trust init`. */
export { command } from './trust-init.ts';
