/** Predicates of the types that people use, typed. Everything here is what somebody states, nothing that is proven. */
export { builderClaims } from './builder-claims.ts';
export type { CustomPredicate } from './custom.ts';
export type { BomTool, CycloneDxBom } from './cyclonedx.ts';
export type { Link } from './link.ts';
export type { OpenVexDocument, VexStatement, VexStatus } from './openvex.ts';
export type { Resource } from './read.ts';
export { type OtherPredicate, type Predicate, readPredicate } from './read-predicate.ts';
export type { SlsaProvenance } from './slsa.ts';
export type { StatedSource } from './slsa-source.ts';
export type { SpdxDocument } from './spdx.ts';
export type { VerificationSummary } from './vsa.ts';
export type { VulnerabilityScan } from './vuln.ts';
