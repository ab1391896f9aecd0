/**
 * Assay as a library: the main doors. A question about an image takes four steps: open the store (`parseReference`, `openStore`,
 * `resolveImage`), say what is trusted (`parseTrustedRoot`, `publicGoodRoot`), say who has to have signed (`signedBy`, `attestedBy`), and
 * ask (`verifySubject`). More is in `assay/oci`, `assay/trust` and `assay/verify`; fakes for tests are in `assay/testing`.
 */
export { parseStatement, type Statement, wantedPredicateType } from './attestation/index.ts';
export { AssayError, type ErrorCode, type ErrorGroup, isAssayError } from './errors.ts';
export {
  createRegistryClient,
  type Digest,
  openStore,
  parseDigest,
  parseManifest,
  parseReference,
  type Reference,
  type RegistryClient,
  type RegistryClientOptions,
  type ResolvedImage,
  resolveImage,
  type Store,
  type StoredManifest,
  storedCredentials,
} from './oci/index.ts';
export { decodeBundle, type SignedEntity } from './signature/index.ts';
export { parseTrustedRoot, type TrustMaterial } from './trust/index.ts';
export { type OpenPgpKey, readKeyring } from './trust/openpgp/index.ts';
export { type PublicGoodOptions, publicGoodRoot, type TrustedRootSource } from './trust/tuf/index.ts';
export {
  type Authority,
  attestedBy,
  byRegexp,
  type Check,
  type Demands,
  type Evidence,
  type EvidenceRequest,
  exactly,
  type Findings,
  fileSubject,
  identity,
  imageSubject,
  type Outcome,
  publicKey,
  type Requirement,
  type Signer,
  type SubjectRequest,
  type SubjectVerdict,
  signedBy,
  type VerificationSubject,
  verifyEvidence,
  verifySubject,
} from './verify/index.ts';
