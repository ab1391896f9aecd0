/** The trusted root and the signing configuration of a Sigstore instance, kept current by TUF: cached, embedded, private. */
export { createTrustClient, type TrustClient, type TrustFetch } from './fetch.ts';
export { type InitOptions, initTrust, type TrustState, updateTrust } from './init.ts';
export { type PrivateRepository, privateTrustedRoot } from './private-root.ts';
export { type PublicGoodOptions, publicGoodRoot, type TrustedRootSource } from './public-good-root.ts';
export type { RefreshHow, TrustWarning } from './refresh.ts';
export { PUBLIC_GOOD_MIRROR, STAGING_MIRROR, type TrustPlace, trustFolder } from './repository.ts';
export { type ShownTrust, showTrust } from './show.ts';
export { publicSigningConfig, type SigningConfigSource, type SigningConfigTarget } from './signing-config.ts';
