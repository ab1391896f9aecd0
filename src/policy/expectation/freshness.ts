import type { Condition, Findings } from '../../verify/index.ts';
import { documentOf, valueAt } from './document.ts';
import { ageText } from './duration.ts';

/** How far a time may be ahead of ours and still be now, in milliseconds: clocks differ. */
const SKEW = 300_000;

/**
 * The condition that evidence is at most so old, counted from the earliest verified time, or from a time that the predicate states at a
 * path such as `metadata.scanFinishedOn`. Evidence without that time is of unknown age: it fails.
 */
export function notOlderThan(maxAgeMs: number, of: string): Condition {
  return {
    name: of === 'verified' ? 'age' : `age of ${of}`,
    async evaluate({ findings, now }) {
      const at = of === 'verified' ? verifiedTime(findings) : statedTime(findings, of);
      if (at === undefined)
        return {
          result: 'fail',
          reason: of === 'verified' ? 'no time of signing is proven, so its age is unknown' : `the predicate states no time at ${of}`,
        };
      if (at > now + SKEW) return { result: 'fail', reason: `the time ${new Date(at).toISOString()} is in the future` };
      if (now - at > maxAgeMs)
        return {
          result: 'fail',
          reason: `it is from ${new Date(at).toISOString()}, ${ageText(now - at)} old, and ${ageText(maxAgeMs)} are allowed`,
        };
      return { result: 'pass', reason: `it is from ${new Date(at).toISOString()}` };
    },
  };
}

// The earliest: a signature can be stamped again at any time.
function verifiedTime({ times }: Findings): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times.map((t) => t.time.getTime()));
}

function statedTime(findings: Findings, path: string): number | undefined {
  const value = valueAt(documentOf(findings).predicate, path);
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}
