import type { Because } from '../verify/report.ts';

/** A reason as one sentence: which rule of which policy, about which authority, and why. */
export function becauseText({ policy, rule, authority, reason }: Because): string {
  const where = [policy, rule, authority].filter((p) => p !== undefined && p !== '').join(' › ');
  return where === '' ? reason : `${where}: ${reason}`;
}
