/** Minting: what certificate authorities, transparency logs and timestamp authorities make; pure functions over bytes, keys and times. Nothing signs here: each function gives what is to be signed, or takes a signature. */
export { hashIdentifier, signatureIdentifier } from './algorithm.ts';
export {
  type CertificateContent,
  type CertificateParts,
  certificateParts,
  encodeParts,
  extensionsPart,
  signedCertificate,
  tbsCertificate,
} from './certificate.ts';
export { checkpointBody, cosignature, cosignedBytes, type NoteKey, noteKeyId, signatureLine, signedNote } from './checkpoint.ts';
export {
  type EntryBody,
  type EntryContent,
  type EntryEnvelope,
  type EntryKind,
  type EntryVerifier,
  entryBody,
  entryBytes,
  entryRequest,
} from './entry.ts';
export {
  authorityKeyId,
  basicConstraints,
  type Extension,
  encodeExtension,
  extendedKeyUsage,
  fulcioClaim,
  type KeyUsage,
  keyUsage,
  nameConstraints,
  OID,
  precertificatePoison,
  subjectAltName,
  subjectKeyId,
} from './extension.ts';
export { type LeafContent, leafExtensions } from './leaf.ts';
export { createMerkleTree, leafHash, type MerkleTree, nodeHash } from './merkle.ts';
export { type AlternativeName, encodeName, generalName, type Name } from './name.ts';
export { type EntryPromise, promisePayload } from './promise.ts';
export { encodeSct, type PromiseContent, promisedBytes, type SctContent, type SctParts, sctExtension, sctList, sctParts } from './sct.ts';
export {
  ATTRIBUTE,
  attributesToSign,
  encodeAttributes,
  issuerAndSerial,
  type SignedAttribute,
  signedAttributes,
  signedData,
  signerInfo,
} from './signed-data.ts';
export {
  encodeTstInfo,
  messageImprint,
  prepareTimestamp,
  type TimestampContent,
  type TimestampFailure,
  type TimestampParts,
  type TimestampSigner,
  TST_INFO,
  timestampParts,
  timestampRefusal,
  timestampResponse,
  type UnsignedTimestamp,
} from './timestamp.ts';
export { parseTimestampRequest, type TimestampRequest } from './timestamp-request.ts';
