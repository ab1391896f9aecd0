import type { Check, Evidence } from './report.ts';

/** What a failed check makes of the evidence. */
export type Fault = Exclude<Evidence['outcome'], 'verified'>;

/** A check that holds. */
export function pass(id: string, reason: string): Check {
  return { id, result: 'pass', reason };
}

/** A check that does not hold. */
export function fail(id: string, outcome: Fault, reason: string): Check {
  return { id, result: 'fail', outcome, reason };
}

/** A check whose answer could not be had. */
export function unknown(id: string, reason: string): Check {
  return { id, result: 'inconclusive', outcome: 'inconclusive', reason };
}

/** A check that an `unsafe…` option switched off. */
export function skipped(id: string, option: string): Check {
  return { id, result: 'skipped', reason: `skipped by ${option}` };
}

/** The order in which faults decide about one piece of evidence: what is certainly wrong with it before what is merely not asked for. */
const ORDER: readonly Fault[] = ['invalid', 'revoked', 'expired', 'untrusted', 'denied', 'inconclusive'];

/** The outcome of evidence with these checks; `enforced: false` is ignored. */
export function outcomeOf(checks: readonly Check[]): Evidence['outcome'] {
  const faults = new Set(checks.filter((c) => c.enforced !== false).map((c) => c.outcome));
  return ORDER.find((o) => faults.has(o)) ?? 'verified';
}
