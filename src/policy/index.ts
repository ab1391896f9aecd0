/** Policies: every dialect compiles to the requirement tree that the verifier judges. No network, files, clock or environment: what a policy refers to is a parameter. */
export { type Compiled, type CompiledFile, type CompileResources, compilePolicies } from './compile.ts';
export { becauseOf, type Decided, decide, leavesUnder, type Posed, pose, reasonOf } from './decision.ts';
export type { PolicyDocument, PolicyFile } from './documents.ts';
export type { Answer, Evaluator, Language, Program, ProgramText } from './language/evaluator.ts';
export type {
  CompiledDocument,
  CompiledPolicy,
  DialectName,
  ImageSubject,
  PolicyMode,
  PolicyRemark,
  PolicySet,
  Workload,
} from './policy.ts';
export { authorityText, remedyOf } from './remedy.ts';
export { type PolicyResources, type SignedArtifact, SYSTEM_NAMESPACE, type TufSource } from './resources.ts';
