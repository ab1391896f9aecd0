import { wantedPredicateType } from '../../attestation/index.ts';
import { LIMITS } from '../../limits.ts';
import type { PolicySet } from '../../policy/index.ts';
import {
  type Condition,
  createDecisions,
  type Decisions,
  type Facts,
  leavesOf,
  type Requirement,
  type WantedEvidence,
} from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { parseSize } from '../size.ts';
import { authoritiesOf } from './authorities.ts';
import { demandsOf } from './demands.ts';
import { asksTrustPolicy, checkNotationFlags } from './notation-flags.ts';
import { checkPolicyFlags } from './policy-flags.ts';
import { trustOf } from './trust.ts';

/** What is asked of every subject of a run: by flags a requirement, by policies whatever they ask of the subject. */
export interface Question {
  readonly wanted: WantedEvidence['kind'];
  readonly asked: { readonly requirement: Requirement } | { readonly policies: PolicySet };
  readonly facts?: Facts;
  /** Bound in bytes of one piece of evidence. */
  readonly maxEvidenceBytes: number;
  /** What was judged in this run. */
  readonly decisions: Decisions;
}

/** The question that the flags of a command ask. Throws what is misuse, before anything is tried. */
export async function questionOf(call: Call, kind: Exclude<WantedEvidence['kind'], 'artifact'>): Promise<Question> {
  const { options } = call;
  checkNotationFlags(call);
  const common = { wanted: kind, decisions: createDecisions(), maxEvidenceBytes: evidenceBound(call) };
  const set = kind === 'signature' ? await policySet(call) : undefined;
  if (set !== undefined) return { ...common, asked: { policies: set }, ...(await factsOf(call)) };
  const demands = demandsOf(call);
  const wanted: WantedEvidence =
    kind === 'attestation' ? { kind, predicateType: wantedPredicateType(options.text('type') ?? 'custom') } : { kind };
  const authorities = await authoritiesOf(call);
  const trust = await trustOf(call, authorities, demands);
  const conditions = kind === 'attestation' ? await conditionsOf(call) : [];
  const requirement = {
    kind: 'evidence' as const,
    wanted,
    authorities,
    threshold: options.number('threshold') ?? 1,
    demands,
    trust,
    ...(conditions.length === 0 ? {} : { conditions, every: true }),
  };
  return { ...common, asked: { requirement } };
}

/** The policies that the flags name: `--policy`, or Notation's `--trust-policy`. */
async function policySet(call: Call): Promise<PolicySet | undefined> {
  const { options } = call;
  const files = options.has('policy') ? options.list('policy') : [];
  const notation = asksTrustPolicy(call);
  checkPolicyFlags(call, files.length > 0 ? 'policies' : notation ? 'trust-policy' : 'none');
  if (files.length === 0 && !notation) return undefined;
  if (files.length === 0) return (await import('./trust-policy.ts')).trustPolicySet(call);
  const set = await (await import('./policies.ts')).policiesOf(files, call);
  const unmatched = options.has('unsafe-no-match') ? options.text('unsafe-no-match') : undefined;
  return unmatched === 'allow' || unmatched === 'warn' ? { ...set, noMatch: unmatched } : set;
}

async function conditionsOf(call: Call): Promise<readonly Condition[]> {
  if (!call.options.has('policy') || call.options.list('policy').length === 0) return [];
  return (await import('./attestation-policy.ts')).attestationPolicies(call);
}

async function factsOf(call: Call): Promise<{ readonly facts: Facts }> {
  return { facts: await (await import('./trust-policy.ts')).notationFacts(call) };
}

/** How many have to have signed, for messages. */
export function thresholdOf(requirement: Requirement): number {
  return Math.max(1, ...leavesOf(requirement).map((l) => l.threshold));
}

/** cosign's `COSIGN_MAX_ATTACHMENT_SIZE` may lower the bound of one piece, never raise it. */
function evidenceBound({ io }: Call): number {
  const text = io.env.COSIGN_MAX_ATTACHMENT_SIZE ?? '';
  return text === '' ? LIMITS.evidenceBytes : Math.min(parseSize(text, 'COSIGN_MAX_ATTACHMENT_SIZE'), LIMITS.evidenceBytes);
}
