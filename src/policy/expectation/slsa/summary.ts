import { readPredicate, type StatementSubject } from '../../../attestation/index.ts';
import { isAssayError } from '../../../errors.ts';
import type { Condition, Findings } from '../../../verify/index.ts';
import { type Refusal, refuse, refusing } from './fault.ts';

/** What is asked of a verification summary. */
export interface SummaryQuestion {
  readonly verifier: string;
  readonly resource: string;
  /** `SLSA_BUILD_LEVEL_2`: at least that level of its track; any other text has to stand there. */
  readonly levels: readonly string[];
  /** Every one has to be among the digests of the subjects, `algorithm:value`. */
  readonly digests: readonly string[];
  /** The name that a signature has to give its key. */
  readonly keyName: string | undefined;
}

/** What has to hold of a verification summary (slsa.dev/spec/v1.1/verification_summary, "How to verify", steps 2 to 7). */
export function summaryConditions(wanted: SummaryQuestion): readonly Condition[] {
  return [refusing('verification summary', (findings) => summaryProblem(findings, wanted))];
}

function summaryProblem({ statement, predicateType, entity }: Findings, wanted: SummaryQuestion): Refusal | undefined {
  if (statement === undefined || predicateType === undefined) return refuse('ErrorInvalidDssePayload', 'it is no in-toto statement');
  const signatures = entity?.content.kind === 'dsse' ? entity.content.envelope.signatures : [];
  if (wanted.keyName !== undefined && !signatures.some((s) => s.keyid === wanted.keyName))
    return refuse('ErrorInvalidPublicKey', `no signature names the key ${wanted.keyName}`);
  const summary = read(predicateType, statement.predicate);
  if (typeof summary === 'string') return refuse('ErrorInvalidDssePayload', summary);
  const missing = wanted.digests.find((d) => !statement.subjects.some((s) => hasDigest(s, d)));
  if (missing !== undefined) return refuse('ErrorMissingSubjectDigest', `no subject has the digest ${missing}`);
  if (summary.verifier !== wanted.verifier)
    return refuse('ErrorMismatchVerifierID', `the verifier is ${summary.verifier ?? 'not named'}, expected is ${wanted.verifier}`);
  if (summary.resource !== wanted.resource)
    return refuse('ErrorMismatchResourceURI', `the resource is ${summary.resource ?? 'not named'}, expected is ${wanted.resource}`);
  if (summary.result !== 'PASSED') return refuse('ErrorInvalidVerificationResult', `the result is ${summary.result}`);
  const lacking = wanted.levels.find((level) => !reaches(summary.levels, level));
  if (lacking === undefined) return undefined;
  return refuse('ErrorMismatchVerifiedLevels', `the levels are ${summary.levels.join(', ') || 'none'}, expected is ${lacking}`);
}

function read(
  type: string,
  predicate: Parameters<typeof readPredicate>[1],
): Extract<ReturnType<typeof readPredicate>, { kind: 'verification-summary' }> | string {
  try {
    const summary = readPredicate(type, predicate);
    return summary.kind === 'verification-summary' ? summary : `the predicate type is ${type}, no verification summary`;
  } catch (error) {
    if (isAssayError(error, 'statement-invalid')) return error.message;
    throw error;
  }
}

function hasDigest({ digests }: StatementSubject, wanted: string): boolean {
  const colon = wanted.indexOf(':');
  return digests.get(wanted.slice(0, colon)) === wanted.slice(colon + 1);
}

function reaches(levels: readonly string[], wanted: string): boolean {
  const asked = trackLevel(wanted);
  if (asked === undefined) return levels.includes(wanted);
  return levels.some((l) => {
    const found = trackLevel(l);
    return found !== undefined && found.track === asked.track && found.level >= asked.level;
  });
}

/** `SLSA_<TRACK>_LEVEL_<N>`: levels are compared inside one track. */
export function trackLevel(text: string): { readonly track: string; readonly level: number } | undefined {
  const [, track, level] = /^SLSA_([A-Z]+)_LEVEL_(\d{1,3})$/.exec(text) ?? [];
  return track === undefined ? undefined : { track, level: Number(level) };
}
