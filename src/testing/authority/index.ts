/** A virtual Sigstore: fakes that really sign, log and stamp, honest unless one thing is bent. */
export { createMerkleTree, leafHash, type MerkleTree, nodeHash } from '../../mint/index.ts';
export {
  type AuthorityOptions,
  type CertificateAuthority,
  DAY,
  GITHUB_ISSUER,
  issueLeaf,
  type LeafOptions,
  MINUTE,
  makeAuthority,
  makeIntermediate,
  WORKFLOW,
} from './authority.ts';
export { type Body, type BodyKind, bodyOf, canonicalBody, type Entered, keyDetailsOf } from './body.ts';
export { type Certificate, type CertificateBend, type CertificateParts, makeCertificate } from './certificate.ts';
export { type CtLog, type SctOptions, sctList, signedCertificateTimestamp } from './ct.ts';
export {
  attestationLayer,
  type BundleJson,
  type BundleOptions,
  type BundleVersion,
  blobBundle,
  dsseBundle,
  jsonBytes,
  type LayerFile,
  type LogUse,
  messageBundle,
  type ProofOptions,
  signatureLayer,
  type TimestampUse,
  verifierOf,
} from './evidence.ts';
export { armored, type KeyringMaking, type KeyringSubkey, keyring } from './keyring.ts';
export {
  type KeyKind,
  keyType,
  newKey,
  type SigningHash,
  type SigningKey,
  type SignOptions,
  sharedKey,
  sign,
  signatureAlgorithm,
} from './keys.ts';
export {
  type CosignLogBundle,
  cosignLogBundle,
  type EntryBend,
  enter,
  type LogEntryJson,
  latestCheckpoint,
  makeLog,
  type TransparencyLog,
} from './log.ts';
export {
  authorityKeyId,
  basicConstraints,
  type Extension,
  extendedKeyUsage,
  fulcioClaim,
  type KeyUsage,
  keyUsage,
  type Name,
  nameConstraints,
  OID,
  type San,
  subjectAltName,
  subjectKeyId,
} from './names.ts';
export {
  makeNotaryAuthority,
  type NotaryAlgorithmName,
  type NotaryAuthority,
  type NotaryBend,
  type NotaryEnvelopeOptions,
  type NotaryLeafOptions,
  type NotaryTarget,
  notaryAlgorithm,
  notaryChain,
  notaryEnvelope,
  notaryPayload,
  selfSignedSigner,
} from './notation.ts';
export { checkpointBody, type NoteSigner, noteKeyId, noteLine, signNote } from './note.ts';
export {
  type PgpKey,
  type PgpSigning,
  pgpFingerprint,
  pgpHashedKey,
  pgpKeyBody,
  pgpLiteral,
  pgpMessage,
  pgpPacket,
  pgpSignature,
} from './openpgp.ts';
export {
  type EnvelopeJson,
  type EvidenceSigner,
  IN_TOTO_TYPE,
  inTotoStatement,
  keyOf,
  PREDICATES,
  signEnvelope,
  simpleSigningPayload,
} from './payload.ts';
export {
  type EvidenceSink,
  type Pushed,
  pushArtifact,
  pushBundle,
  pushFallback,
  pushImage,
  pushIndex,
  pushLayers,
  pushNotation,
  pushOci11,
  registrySink,
} from './push.ts';
export { type Random, seededRandom } from './random.ts';
export { createVirtualSigstore, type VirtualSigstore, type VirtualSigstoreOptions } from './sigstore.ts';
export {
  makeTimestampAuthority,
  type TimestampAuthority,
  type TimestampBend,
  type TimestampOptions,
  timestamp,
  timestampToken,
} from './timestamp.ts';
export {
  type AuthorityJson,
  type LogInstanceJson,
  type Trusted,
  type TrustedRootJson,
  type TrustedRootParts,
  trustedRoot,
  type Window,
} from './trusted-root.ts';
