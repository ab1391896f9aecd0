import type { Evidence, SubjectReport } from './report.ts';

/** Warnings of one image, of this kind. */
const MOST = 32;

/**
 * What is wrong with verified evidence and only logged, because its policy says so (CONTRACT, `enforced`): each thing once. Of evidence that
 * is refused for another reason nobody is warned.
 */
export function unenforcedWarnings(evidence: readonly Pick<Evidence, 'outcome' | 'format' | 'checks'>[]): SubjectReport['warnings'] {
  const said = evidence
    .filter((e) => e.outcome === 'verified')
    .flatMap((e) =>
      e.checks
        .filter((c) => c.enforced === false && (c.result === 'fail' || c.result === 'inconclusive'))
        .map((c) => `${e.format}: ${c.id} is only logged: ${c.reason}`),
    );
  return [...new Set(said)].slice(0, MOST).map((message) => ({ code: 'check-not-enforced', message }));
}
