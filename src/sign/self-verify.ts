import { AssayError, messageOf } from '../errors.ts';
import type { TrustMaterial } from '../trust/index.ts';
import {
  type Authority,
  type Demands,
  type Evidence,
  type Facts,
  type LocatedEvidence,
  type VerificationSubject,
  verifyLocated,
  type WantedEvidence,
} from '../verify/index.ts';

/** How evidence of this signer will be verified by others: with the questions of `assay verify`. */
export interface Expectations {
  readonly authorities: readonly Authority[];
  readonly trust: TrustMaterial;
  readonly demands: Demands;
  readonly facts?: Facts;
}

/** What evidence is verified about. */
export interface SelfVerification extends Expectations {
  readonly subject: VerificationSubject;
  readonly wanted: WantedEvidence;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal;
}

/**
 * Verifies evidence before anybody gets it, by the one verifier and with the demands of `assay verify`. Throws `self-verification-failed` with what failed
 * and why.
 */
export async function selfVerify(located: LocatedEvidence, asked: SelfVerification): Promise<Evidence> {
  const evidence = await describeEvidence(located, asked);
  if (evidence.outcome === 'verified') return evidence;
  const failed = evidence.checks.filter((c) => c.result === 'fail' || c.result === 'inconclusive');
  const why = failed.map((c) => `${c.id}: ${c.reason}`).join('; ');
  throw new AssayError(
    'self-verification-failed',
    `what was just signed does not verify (${evidence.outcome}), so nothing was written: ${why}`,
    {
      hint: hintFor(failed.map((c) => c.id)),
    },
  );
}

/** What the verifier says of evidence, good or not. Throws `self-verification-failed` for evidence that cannot even be read. */
export async function describeEvidence(located: LocatedEvidence, asked: SelfVerification): Promise<Evidence> {
  const { subject, wanted, authorities, trust, demands, now, facts, signal } = asked;
  const requirement = { kind: 'evidence' as const, wanted, authorities, threshold: 1, demands, trust };
  const verdict = await verifyLocated([located], {
    subject,
    requirement,
    now,
    ...(facts === undefined ? {} : { facts }),
    ...(signal === undefined ? {} : { signal }),
  });
  const [evidence] = verdict.evidence;
  if (evidence !== undefined) return evidence;
  const why = located.content instanceof AssayError ? messageOf(located.content) : 'it is not of the kind that was asked for';
  throw new AssayError('self-verification-failed', `what was just signed cannot be read again, so nothing was written: ${why}`);
}

function hintFor(failed: readonly string[]): string {
  if (failed.some((id) => /log|sct|chain|timestamp|time/.test(id)))
    return 'verifiers need the trust root of the services that you sign with: --trusted-root FILE (assay trusted-root create makes one)';
  return 'assay verify would refuse it for the same reason';
}
