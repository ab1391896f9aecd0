import { inForce } from '../rules.ts';
import type { TrustMaterial } from '../trust/index.ts';
import type { Outcome } from './report.ts';
import type { Authority, Demands, WantedEvidence } from './request.ts';
import type { Findings } from './verifier.ts';

/** A leaf: evidence of a kind, by a number of distinct authorities. */
export interface EvidenceLeaf {
  readonly kind: 'evidence';
  readonly wanted: WantedEvidence;
  readonly authorities: readonly Authority[];
  /** Distinct authorities, each by a signer of its own, that have to be satisfied. At least 1. */
  readonly threshold: number;
  readonly demands: Demands;
  readonly trust: TrustMaterial;
}

/** What has to hold, in the terms of no policy language: every dialect compiles into this tree. */
export type Requirement =
  | EvidenceLeaf
  | { readonly kind: 'allOf'; readonly of: readonly Requirement[] }
  | { readonly kind: 'anyOf'; readonly of: readonly Requirement[] }
  | { readonly kind: 'atLeast'; readonly count: number; readonly of: readonly Requirement[] };

/** What the evidence that was found makes of a requirement. */
export interface Verdict {
  readonly met: boolean;
  /** `unsigned` when nothing of the kind was found. */
  readonly outcome: Outcome;
}

/** The order in which outcomes of evidence decide about an image (CONTRACT, "Outcomes"). */
const PRECEDENCE: readonly Outcome[] = ['inconclusive', 'denied', 'revoked', 'expired', 'untrusted', 'invalid', 'unsigned'];

/** The leaves of a requirement, each once. */
export function leavesOf(requirement: Requirement): readonly EvidenceLeaf[] {
  return requirement.kind === 'evidence' ? [requirement] : requirement.of.flatMap(leavesOf);
}

/** What findings make of a requirement; `found` gives the findings about a leaf, in any order. */
export function judge(requirement: Requirement, found: (leaf: EvidenceLeaf) => readonly Findings[]): Verdict {
  if (requirement.kind === 'evidence') return judgeLeaf(requirement, found(requirement));
  const verdicts = requirement.of.map((r) => judge(r, found));
  const count = requirement.kind === 'atLeast' ? requirement.count : requirement.kind === 'allOf' ? verdicts.length : 1;
  const met = verdicts.filter((v) => v.met).length >= Math.max(1, count);
  return { met, outcome: met ? 'verified' : worst(verdicts.filter((v) => !v.met).map((v) => v.outcome)) };
}

/** The first outcome, in the contract's order, among some; `unsigned` of none. */
export function worst(outcomes: readonly Outcome[]): Outcome {
  return PRECEDENCE.find((o) => outcomes.includes(o)) ?? 'unsigned';
}

function judgeLeaf(leaf: EvidenceLeaf, findings: readonly Findings[]): Verdict {
  const verified = findings.filter((f) => f.outcome === 'verified');
  const distinct = distinctAuthorities(verified);
  if (verified.length > 0 && (distinct >= leaf.threshold || !inForce('threshold'))) return { met: true, outcome: 'verified' };
  const others = findings.filter((f) => f.outcome !== 'verified').map((f) => f.outcome);
  // Too few is not by those who were asked for.
  return { met: false, outcome: worst(verified.length > 0 ? [...others, 'untrusted'] : others) };
}

/**
 * How many authorities are satisfied when each needs a signer of its own and each signer counts for one of them:
 * the size of a maximum matching (Kuhn's augmenting paths; the lists are as long as the user's flags).
 */
export function distinctAuthorities(verified: readonly Findings[]): number {
  const signers = new Map<string, Set<string>>();
  for (const f of verified) {
    const signer =
      f.signer === undefined ? '' : f.signer.kind === 'key' ? f.signer.keyId : `${f.signer.issuer ?? ''} ${f.signer.subject ?? ''}`;
    const mine = signers.get(signer) ?? new Set();
    for (const a of f.authorities) mine.add(authorityName(a));
    signers.set(signer, mine);
  }
  const taken = new Map<string, string>();
  const place = (signer: string, tried: Set<string>): boolean => {
    for (const authority of signers.get(signer) ?? []) {
      if (tried.has(authority)) continue;
      tried.add(authority);
      const holder = taken.get(authority);
      if (holder !== undefined && !place(holder, tried)) continue;
      taken.set(authority, signer);
      return true;
    }
    return false;
  };
  return [...signers.keys()].filter((s) => place(s, new Set())).length;
}

/** What makes an authority the same as another: its key, or its identity. */
export function authorityName(a: Authority): string {
  if (a.kind === 'key') return a.key.keyId;
  return JSON.stringify([a.issuer.kind, a.issuer.wanted, a.subject.kind, a.subject.wanted, ...a.claims]);
}
