/** X.509 certificates: strict parsing, paths to anchors, names, Fulcio's claims, embedded SCTs (RFC 5280, RFC 6962), and where their revocation is told. */
export { ALL_REASONS, type DistributionPoint, ocspAddresses, parseDistributionPoints, pointName, reasonMask } from './addresses.ts';
export type { CertificateSignatureAlgorithm } from './algorithm.ts';
export { parseSignatureAlgorithm } from './algorithm.ts';
export type { Certificate, Extension } from './certificate.ts';
export { type BasicConstraints, EXTENSION, KEY_USAGE } from './extensions.ts';
export { FULCIO_CLAIMS, fulcioClaims, issuerClaim } from './fulcio.ts';
export { type AltName, altNamesOf, type GeneralName } from './general-name.ts';
export { publicKeyOf } from './key.ts';
export { type Attribute, attributesOf, attributeType } from './name.ts';
export type { NameConstraints } from './name-constraints.ts';
export { createPairCache, type PairCache } from './pairs.ts';
export { parseCertificate } from './parse.ts';
export { findPaths, type PathOptions, type PathResult, signatureProblem } from './path.ts';
export { certificatesFromPem } from './pem.ts';
export type { TrustPath, Usage } from './rules.ts';
export { embeddedScts, type Sct, sctSignedBy } from './sct.ts';
export { describeCertificate, validAt } from './validity.ts';
