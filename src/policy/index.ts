/** Policies: every dialect compiles to the requirement tree that the verifier judges. No network, files, clock or environment: what a policy refers to is a parameter. */
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
export { type PolicyResources, SYSTEM_NAMESPACE, type TufSource } from './resources.ts';
