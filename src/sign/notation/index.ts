/** Signing in the form of the Notary Project: envelopes in JWS and COSE, by keys with certificates and by Notation's plugins. */
export {
  type MakingOptions,
  makeNotationEvidence,
  type NotationArtifact,
  type NotationEvidence,
  type NotationOptions,
  targetOf,
} from './evidence.ts';
export { existingNotation, existingNotationFile } from './existing.ts';
export { mediaTypeOf, notationManifest } from './manifest.ts';
export { openPluginSigner, type PluginCall } from './plugin-signer.ts';
export { type NotationExpectation, type NotationWarning, ownAuthority } from './self-verify.ts';
export { artifactOf, type NotationSigning, notationPlacement, signNotation } from './sign.ts';
export { type EnvelopeNotationSigner, keyNotationSigner, type NotationSigner, type RawNotationSigner } from './signer.ts';
export { type NotationTimestamping, stampSignature } from './timestamp.ts';
