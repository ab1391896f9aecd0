import type { FormatName } from '../signature/entity.ts';
import type { TrustMaterial } from '../trust/index.ts';
import type { Condition, ConditionResult } from './condition.ts';
import type { Authority, Demands, WantedEvidence } from './request.ts';
import type { Verdict } from './verdict.ts';

/** What a part of a requirement is called in the policy that it was compiled from, for reports and decisions. */
export interface Label {
  readonly policy?: string;
  readonly rule?: string;
  readonly authority?: string;
}

/** Credentials that a policy brings for the place of evidence. */
export interface EvidenceCredentials {
  /** Tells one set of credentials from another. */
  readonly name: string;
  /** Docker's `config.json`, with nothing in it but `auths`. Throws what keeps them from being read. */
  readonly config: () => Promise<string>;
}

/** Another place where evidence of the subject is stored. */
export interface EvidenceSource {
  /** `REGISTRY/REPOSITORY` in place of the image's own. Absent: the image's own. */
  readonly repository?: string;
  /** Stands before cosign's tags. */
  readonly tagPrefix?: string;
  /** Absent: those that the image is read with. */
  readonly credentials?: EvidenceCredentials;
}

/** A leaf: evidence of a kind, by a number of distinct authorities. */
export interface EvidenceLeaf {
  readonly kind: 'evidence';
  readonly wanted: WantedEvidence;
  readonly authorities: readonly Authority[];
  /** Distinct authorities, each by a signer of its own, that have to be satisfied. At least 1. */
  readonly threshold: number;
  readonly demands: Demands;
  readonly trust: TrustMaterial;
  readonly label?: Label;
  /** Where the evidence has to be stored; absent: where the request says. */
  readonly source?: EvidenceSource;
  /** The forms that count; absent: all. */
  readonly formats?: readonly FormatName[];
  /** Every one has to pass for each piece that counts. */
  readonly conditions?: readonly Condition[];
  /** Every piece that verifies has to pass the conditions, not one of them: as cosign's `--policy` has it. */
  readonly every?: boolean;
}

/** A leaf that asks no evidence: a policy says yes or no. It never makes anything verified. */
export interface StaticLeaf {
  readonly kind: 'static';
  readonly met: boolean;
  readonly reason: string;
  /** Of one that is not met; default `denied`. */
  readonly outcome?: 'denied' | 'revoked' | 'inconclusive';
  readonly label?: Label;
}

/** A condition on how a part of the tree was judged, evaluated only when that part is met. */
export interface JudgementCondition {
  readonly name: string;
  evaluate(verdict: Verdict, signal?: AbortSignal): Promise<ConditionResult>;
}

/** What has to hold, in the terms of no policy language: every dialect compiles into this tree. */
export type Requirement =
  | EvidenceLeaf
  | StaticLeaf
  | { readonly kind: 'allOf'; readonly of: readonly Requirement[]; readonly label?: Label }
  | { readonly kind: 'anyOf'; readonly of: readonly Requirement[]; readonly label?: Label }
  | { readonly kind: 'atLeast'; readonly count: number; readonly of: readonly Requirement[]; readonly label?: Label }
  | JudgedRequirement;

/** A part of the tree with conditions on its judgement. */
export interface JudgedRequirement {
  readonly kind: 'judged';
  readonly of: Requirement;
  readonly conditions: readonly JudgementCondition[];
  readonly label?: Label;
}

/** The parts directly below. */
export function partsOf(requirement: Requirement): readonly Requirement[] {
  if (requirement.kind === 'evidence' || requirement.kind === 'static') return [];
  return requirement.kind === 'judged' ? [requirement.of] : requirement.of;
}

/** The leaves of a requirement that ask for evidence, each once. */
export function leavesOf(requirement: Requirement): readonly EvidenceLeaf[] {
  return [...new Set(walk(requirement))];
}

function walk(requirement: Requirement): readonly EvidenceLeaf[] {
  return requirement.kind === 'evidence' ? [requirement] : partsOf(requirement).flatMap(walk);
}
