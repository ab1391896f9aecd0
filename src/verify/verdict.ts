import { inForce } from '../rules.ts';
import type { ConditionResult } from './condition.ts';
import type { Outcome } from './report.ts';
import type { Authority } from './request.ts';
import { type EvidenceLeaf, type JudgedRequirement, partsOf, type Requirement } from './requirement.ts';
import type { Findings } from './verifier.ts';

/** What was found makes of a requirement, part by part. */
export interface Verdict {
  readonly requirement: Requirement;
  readonly met: boolean;
  /** What the evidence earned; `unsigned` when nothing of the kind was found. What is met without evidence is not `verified`. */
  readonly outcome: Outcome;
  /** In the order of the requirement's parts. */
  readonly parts: readonly Verdict[];
  /** Of a leaf: what was found about it. */
  readonly findings: readonly Findings[];
  /** Of a judged part: what its conditions said, by name. */
  readonly conditions: ReadonlyMap<string, ConditionResult>;
}

/** What is known when a requirement is judged. */
export interface Known {
  /** The findings about a leaf, in any order. */
  readonly found: (leaf: EvidenceLeaf) => readonly Findings[];
  /** Whether every place answered and everything was read: what is asked of every piece is not known before. */
  readonly complete?: boolean;
  /** What the conditions of a judged part said; `undefined` when they were not asked yet. */
  readonly said?: (judged: JudgedRequirement) => ReadonlyMap<string, ConditionResult> | undefined;
}

/** The order in which outcomes of evidence decide about an image (CONTRACT, "Outcomes"). */
const PRECEDENCE: readonly Outcome[] = ['inconclusive', 'denied', 'revoked', 'expired', 'untrusted', 'invalid', 'unsigned'];

/** The first outcome, in the contract's order, among some; `unsigned` of none. */
export function worst(outcomes: readonly Outcome[]): Outcome {
  return PRECEDENCE.find((o) => outcomes.includes(o)) ?? 'unsigned';
}

/** What findings make of a requirement. */
export function judge(requirement: Requirement, known: Known): Verdict {
  const none = { requirement, parts: [], findings: [], conditions: new Map<string, ConditionResult>() };
  if (requirement.kind === 'evidence') {
    const findings = known.found(requirement);
    return { ...none, ...judgeLeaf(requirement, findings, known.complete === true), findings };
  }
  if (requirement.kind === 'static')
    return { ...none, met: requirement.met, outcome: requirement.met ? 'unsigned' : (requirement.outcome ?? 'denied') };
  const parts = partsOf(requirement).map((r) => judge(r, known));
  if (requirement.kind === 'judged') return { ...none, ...judgeJudged(requirement, parts, known), parts };
  const count = requirement.kind === 'atLeast' ? requirement.count : requirement.kind === 'allOf' ? parts.length : 1;
  // `allOf` of nothing and `anyOf` of nothing ask for at least one: an empty list allows nobody.
  const met = parts.filter((v) => v.met).length >= Math.max(1, count);
  return { ...none, met, outcome: met ? metOutcome(parts) : worst(parts.filter((v) => !v.met).map((v) => v.outcome)), parts };
}

/** Met is verified when some evidence made it so; what a policy waved through keeps what it earned. */
function metOutcome(parts: readonly Verdict[]): Outcome {
  const outcomes = parts.filter((v) => v.met).map((v) => v.outcome);
  return outcomes.includes('verified') ? 'verified' : worst(outcomes);
}

function judgeJudged(
  judged: JudgedRequirement,
  [inner]: readonly Verdict[],
  known: Known,
): Pick<Verdict, 'met' | 'outcome' | 'conditions'> {
  const conditions = known.said?.(judged) ?? new Map<string, ConditionResult>();
  const outcome = inner?.outcome ?? 'unsigned';
  if (inner?.met !== true) return { met: false, outcome, conditions };
  const results = judged.conditions.map((c) => conditions.get(c.name)?.result);
  if (results.every((r) => r === 'pass')) return { met: true, outcome, conditions };
  return { met: false, outcome: results.includes('fail') ? 'denied' : 'inconclusive', conditions };
}

function judgeLeaf(leaf: EvidenceLeaf, findings: readonly Findings[], complete: boolean): Pick<Verdict, 'met' | 'outcome'> {
  const verified = findings.filter((f) => f.outcome === 'verified');
  const distinct = distinctAuthorities(verified);
  const refused = leaf.every === true ? findings.filter(refusedByCondition) : [];
  if (refused.length > 0) return { met: false, outcome: worst(refused.map((f) => f.outcome)) };
  if (leaf.every === true && !complete) return { met: false, outcome: 'inconclusive' };
  if (verified.length > 0 && (distinct >= leaf.threshold || !inForce('threshold'))) return { met: true, outcome: 'verified' };
  const others = findings.filter((f) => f.outcome !== 'verified').map((f) => f.outcome);
  // Too few is not by those who were asked for.
  return { met: false, outcome: worst(verified.length > 0 ? [...others, 'untrusted'] : others) };
}

/** Conditions are asked only of what verifies: a condition that does not pass is the only thing that is wrong with such a piece. */
function refusedByCondition(f: Findings): boolean {
  return f.checks.some((c) => c.id === 'condition' && c.result !== 'pass');
}

/**
 * How many authorities are satisfied when each needs a signer of its own and each signer counts for one of them:
 * the size of a maximum matching (Kuhn's augmenting paths; the lists are as long as the user's flags). Whoever holds a key is one signer,
 * in whatever form it signs.
 */
export function distinctAuthorities(verified: readonly Findings[]): number {
  const signers = signersOf(verified);
  const taken = new Map<string, VerifiedSigner>();
  const place = (signer: VerifiedSigner, tried: Set<string>): boolean => {
    for (const authority of signer.authorities) {
      if (tried.has(authority)) continue;
      tried.add(authority);
      const holder = taken.get(authority);
      if (holder !== undefined && !place(holder, tried)) continue;
      taken.set(authority, signer);
      return true;
    }
    return false;
  };
  return signers.filter((s) => place(s, new Set())).length;
}

/** A signer, by the keys and identities that it is known by, and the authorities that mean it. */
interface VerifiedSigner {
  readonly names: Set<string>;
  readonly authorities: Set<string>;
}

// One key may sign as itself and with a certificate that names it, and one identity with many keys: what shares either is one signer.
function signersOf(verified: readonly Findings[]): readonly VerifiedSigner[] {
  let signers: VerifiedSigner[] = [];
  for (const { signer, authorities } of verified) {
    const identity = signer === undefined || signer.kind === 'key' ? [] : [`identity ${signer.issuer ?? ''} ${signer.subject ?? ''}`];
    const merged = {
      names: new Set([`key ${signer?.keyId ?? ''}`, ...identity]),
      authorities: new Set(authorities.map(authorityName)),
    };
    const same = signers.filter((s) => [...s.names].some((name) => merged.names.has(name)));
    for (const s of same) {
      for (const name of s.names) merged.names.add(name);
      for (const authority of s.authorities) merged.authorities.add(authority);
    }
    signers = [...signers.filter((s) => !same.includes(s)), merged];
  }
  return signers;
}

/** What makes an authority the same as another: its key, its identity, or for Notation its name. */
export function authorityName(a: Authority): string {
  if (a.kind === 'key') return a.key.keyId;
  if (a.kind === 'openpgp') return JSON.stringify(['openpgp', a.name, ...a.keys.map((k) => k.fingerprint)]);
  if (a.kind === 'notation') return JSON.stringify(['notation', a.name]);
  return JSON.stringify([a.issuer.kind, a.issuer.wanted, a.subject.kind, a.subject.wanted, ...a.claims]);
}
