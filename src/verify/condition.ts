import type { Findings } from './verifier.ts';

/** What a condition says. A warning is said whatever the result; what cannot be evaluated is inconclusive, never a pass. */
export type ConditionResult =
  | { readonly result: 'pass'; readonly reason?: string; readonly warning?: string }
  | { readonly result: 'fail'; readonly reason: string; readonly warning?: string }
  | { readonly result: 'inconclusive'; readonly reason: string };

/** What a condition is asked about: one verified piece of evidence. */
export interface ConditionSubject {
  readonly findings: Findings;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal;
}

/** A demand on the content of verified evidence. Whatever `evaluate` throws is inconclusive. */
export interface Condition {
  /** For reports: `SLSA source`, `policy must-have-cyclonedx`. */
  readonly name: string;
  evaluate(subject: ConditionSubject): Promise<ConditionResult>;
}
