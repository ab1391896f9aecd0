/** Verification: one flow, one verifier. No network, files, clock or environment: store and time are parameters. */
export { attestedBy, fileSubject, identity, imageSubject, publicKey, signedBy } from './ask.ts';
export { fail, outcomeOf, pass } from './check.ts';
export type { Condition, ConditionResult, ConditionSubject } from './condition.ts';
export { createDecisions, type Decisions } from './decisions.ts';
export type { LocatedEvidence } from './gather.ts';
export { byRegexp, exactly, type TextMatcher, UNSAFE_ANY } from './matcher.ts';
export type { Because, Check, CheckOutcome, Decision, Evidence, Outcome, Signer, SubjectReport, VerifiedTime } from './report.ts';
export type {
  Authority,
  Demands,
  EvidenceRequest,
  Facts,
  IdentityAuthority,
  KeyAuthority,
  NotationAction,
  NotationAuthority,
  NotationLevel,
  OpenPgpAuthority,
  PluginHost,
  RevocationAnswer,
  RevocationOptions,
  SubjectRule,
  VerificationSubject,
  WantedEvidence,
} from './request.ts';
export {
  type EvidenceCredentials,
  type EvidenceLeaf,
  type EvidenceSource,
  type JudgementCondition,
  type Label,
  leavesOf,
  partsOf,
  type Requirement,
  type StaticLeaf,
} from './requirement.ts';
export type { RevocationList, RevokedIdentity } from './revoked.ts';
export type { SourceAnswer } from './sources.ts';
export { type SubjectRequest, type SubjectVerdict, verifyLocated, verifySubject } from './subject.ts';
export { unenforcedWarnings } from './unenforced.ts';
export { authorityName, judge, type Verdict, worst } from './verdict.ts';
export { type Findings, verifyEvidence } from './verifier.ts';
