import type { Check } from '../../report.ts';
import type { NotationAction } from '../../request.ts';

/** Checks under what the level does with them: a failure that is only logged stays a failure, and is not enforced. */
export function under(action: NotationAction, checks: readonly Check[]): readonly Check[] {
  if (action !== 'log') return checks;
  return checks.map((check) => (check.outcome === undefined ? check : { ...check, enforced: false }));
}
