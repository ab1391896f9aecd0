import { LIMITS } from '../limits.ts';
import type { Requirement } from './requirement.ts';
import { type SubjectRequest, type SubjectVerdict, verifySubject } from './subject.ts';

/** Judges subjects, and remembers for a while how. */
export interface Decisions {
  /** As `verifySubject`; equal questions under way are asked once, and recent answers are given again. */
  verify(request: SubjectRequest): Promise<SubjectVerdict>;
}

interface Decision {
  readonly verdict: Promise<SubjectVerdict>;
  /** Milliseconds since 1970 until which it holds; while it is made, for ever. */
  until: number;
}

/**
 * A memory of verdicts. A verdict belongs to the subject's digest, the requirement (the very object: authorities, trust and demands are part of
 * it) and the stores that were asked, which stand for their credentials. What is verified holds for `LIMITS.verifiedHoldsMs`, a refusal
 * for `LIMITS.refusalHoldsMs`; what is inconclusive is never remembered.
 */
export function createDecisions(): Decisions {
  const byRequirement = new WeakMap<Requirement, Map<string, Decision>>();
  return {
    verify(request) {
      const decisions = byRequirement.get(request.requirement) ?? new Map<string, Decision>();
      byRequirement.set(request.requirement, decisions);
      const places = [...request.stores, ...(request.signatureSources ?? [])];
      const key = [request.digest, ...places.map((s) => s.label)].join(' ');
      const known = decisions.get(key);
      if (known !== undefined && request.now < known.until) return known.verdict;
      const made: Decision = { verdict: verifySubject(request), until: Number.POSITIVE_INFINITY };
      if (decisions.size >= LIMITS.decisions) decisions.delete(decisions.keys().next().value ?? '');
      decisions.set(key, made);
      made.verdict.then(
        ({ outcome }) => {
          if (outcome === 'inconclusive') decisions.delete(key);
          else made.until = request.now + (outcome === 'verified' ? LIMITS.verifiedHoldsMs : LIMITS.refusalHoldsMs);
        },
        () => decisions.delete(key),
      );
      return made.verdict;
    },
  };
}
