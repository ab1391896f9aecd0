/** Signing: keys, payloads, evidence in every form that is verified, and the services that certify, log and stamp it. Notation's forms are in `notation/`. */
export { createKey, type KeyContext, type KeyHandle, openKey } from '../trust/keys/index.ts';
export { createServiceClient, type ServiceClient, type ServiceClientOptions } from '../trust/service-client/client.ts';
export { type FulcioOptions, fulcioService } from './certificate-service/fulcio.ts';
export { checkServices, type EvidenceForm, type MakeOptions, makeEvidence, type ToSign } from './evidence/make.ts';
export { openSession, type SigningParty, type SigningSession } from './evidence/party.ts';
export { type SchemeWanted, schemeFor } from './evidence/scheme.ts';
export { type ExistingRequest, existingEvidence } from './existing.ts';
export { certifiedAlike } from './formats/certified-alike.ts';
export type { ImageClaims } from './formats/claims.ts';
export type { ClaimingEvidence, PreparedEvidence, SigningFormat, SigningSubject } from './formats/format.ts';
export { bundleFormat, type SigstoreSigning, tagFormat } from './formats/sigstore.ts';
export type { SigningIdentity } from './identity.ts';
export { parseIdentityToken, type TokenChecks } from './identity-token/token.ts';
export { type RekorV1Options, type RekorV2Options, rekorV1, rekorV2 } from './log/index.ts';
export { type Predicate, type PredicateCheck, predicateOf, sameLongNumbers, samePredicate } from './payload/predicate.ts';
export { type SimpleSigningClaims, simpleSigningPayload } from './payload/simple-signing.ts';
export { type AttestationClaims, attestStatement, signStatement } from './payload/statement.ts';
export { describeEvidence, type Expectations, type SelfVerification, selfVerify } from './self-verify.ts';
export type {
  CertificateService,
  IdentityToken,
  LogService,
  LogSubmission,
  ServiceOptions,
  SigningServices,
  TimestampService,
} from './services.ts';
export { type ImageSigned, type ImageSigning, type SignedPiece, signImage } from './sign-image.ts';
export { parseSigningConfig, type SigningConfig, selectServices } from './signing-config/index.ts';
export {
  type BlobToWrite,
  type BundleFacts,
  bundleReferrer,
  EMPTY_CONFIG,
  type ReferrerToWrite,
  writeReferrer,
} from './store/bundle-referrer.ts';
export { type PublishOptions, publish } from './store/publish.ts';
export type { Placement, ReferrerPlacement } from './store/read-back.ts';
export type { Stored } from './store/stored.ts';
export { appendLayer, type LayerAppended, type LayerToWrite, type TagOptions } from './store/tag-layer.ts';
export { type TimestampServiceOptions, timestampService } from './timestamp/index.ts';
