/** Where simple signatures are kept: lookasides, and registries that keep them themselves. */
export { readSignaturesExtension } from './extension.ts';
export { readLookaside } from './read.ts';
export { lookasideFor, parseRegistriesD, type RegistriesD } from './registries-d.ts';
export type { SignatureSource } from './source.ts';
