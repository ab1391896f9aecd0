import { wantedPredicateType } from '../../attestation/index.ts';
import { LIMITS } from '../../limits.ts';
import { createDecisions, type Decisions, leavesOf, type Requirement, type WantedEvidence } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { parseSize } from '../size.ts';
import { authoritiesOf } from './authorities.ts';
import { demandsOf } from './demands.ts';
import { trustOf } from './trust.ts';

/** What is asked of every subject of a run. */
export interface Question {
  readonly wanted: WantedEvidence['kind'];
  readonly requirement: Requirement;
  /** Bound in bytes of one piece of evidence. */
  readonly maxEvidenceBytes: number;
  /** What was judged in this run. */
  readonly decisions: Decisions;
}

/** The question that the flags of a command ask. Throws what is misuse, before anything is tried. */
export async function questionOf(call: Call, kind: Exclude<WantedEvidence['kind'], 'artifact'>): Promise<Question> {
  const { options } = call;
  const demands = demandsOf(call);
  const maxEvidenceBytes = evidenceBound(call);
  const wanted: WantedEvidence =
    kind === 'attestation' ? { kind, predicateType: wantedPredicateType(options.text('type') ?? 'custom') } : { kind };
  const authorities = await authoritiesOf(call);
  const trust = await trustOf(call, authorities, demands);
  return {
    wanted: kind,
    decisions: createDecisions(),
    maxEvidenceBytes,
    requirement: { kind: 'evidence', wanted, authorities, threshold: options.number('threshold') ?? 1, demands, trust },
  };
}

/** How many have to have signed, for messages. */
export function thresholdOf(requirement: Requirement): number {
  return Math.max(...leavesOf(requirement).map((l) => l.threshold));
}

/** cosign's `COSIGN_MAX_ATTACHMENT_SIZE` may lower the bound of one piece, never raise it. */
function evidenceBound({ io }: Call): number {
  const text = io.env.COSIGN_MAX_ATTACHMENT_SIZE ?? '';
  return text === '' ? LIMITS.evidenceBytes : Math.min(parseSize(text, 'COSIGN_MAX_ATTACHMENT_SIZE'), LIMITS.evidenceBytes);
}
