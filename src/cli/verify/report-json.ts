import { LIMITS } from '../../limits.ts';
import type { Evidence, Outcome, SubjectReport } from '../../verify/index.ts';
import { DONE, type ExitCode, exitCodeOfAll, exitCodeOfOutcome, NO, UNKNOWN } from '../exit-codes.ts';
import { errorJson } from '../output/errors.ts';
import type { Warning } from '../output/output.ts';

/** The outcome and exit code of a run about several subjects (CONTRACT, "Exit codes"): that of the first subject in the class that set the code. */
export function summaryOf(reports: readonly SubjectReport[]): { readonly outcome: Outcome; readonly code: ExitCode } {
  const code = exitCodeOfAll(reports.map(exitCodeOfReport));
  const first = reports.find((r) => exitCodeOfReport(r) === code);
  return { outcome: first?.outcome ?? 'inconclusive', code };
}

/** With a policy the code follows its verdict (CONTRACT, "Outcomes"). */
function exitCodeOfReport({ outcome, decision }: SubjectReport): ExitCode {
  if (decision === undefined) return exitCodeOfOutcome(outcome);
  if (decision.verdict !== 'deny') return DONE;
  return outcome === 'inconclusive' ? UNKNOWN : NO;
}

/** The object of `assay/verify/v1` (CONTRACT, "JSON of verify"). */
export function verifyJson(kind: 'images' | 'files', reports: readonly SubjectReport[], warnings: readonly Warning[]): object {
  return {
    schema: 'assay/verify/v1',
    outcome: summaryOf(reports).outcome,
    [kind]: reports.map(subjectJson),
    warnings,
    errors: [],
  };
}

function subjectJson(r: SubjectReport): object {
  return {
    reference: r.reference,
    digest: r.digest ?? null,
    ...(r.platform === undefined ? {} : { platform: r.platform }),
    outcome: r.outcome,
    reasons: r.reasons,
    ...(r.decision === undefined ? {} : { decision: r.decision }),
    evidence: r.evidence.map(evidenceJson),
    ...(r.unlisted.size === 0 ? {} : { unlisted: { beyond: LIMITS.reportedEvidence, outcomes: r.unlisted } }),
    errors: r.errors.map(errorJson),
    ...(r.warnings.length === 0 ? {} : { warnings: r.warnings }),
  };
}

function evidenceJson(e: Evidence): object {
  const proven = e.outcome === 'verified';
  return {
    id: e.id,
    kind: e.kind,
    format: e.format,
    digest: e.digest,
    found: e.found,
    outcome: e.outcome,
    signer: e.signer === undefined ? null : { ...e.signer, ...(proven ? {} : { unverified: true }) },
    claims: { certificate: e.claims.certificate, builder: e.claims.builder, ...(proven ? {} : { unverified: true }) },
    predicateType: e.predicateType ?? null,
    times: e.times.map((t) => ({ source: t.source, time: t.time, ...(proven ? {} : { unverified: true }) })),
    log: e.log.map((l) => ({ logId: l.logId, index: l.index })),
    checks: e.checks.map((c) => ({
      id: c.id,
      result: c.result,
      reason: c.reason,
      ...(c.enforced === undefined ? {} : { enforced: c.enforced }),
    })),
  };
}
