import { type AssayError, toAssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import {
  type Because,
  type Decision,
  type Findings,
  type Outcome,
  type Requirement,
  type StaticLeaf,
  type SubjectVerdict,
  unenforcedWarnings,
  type Verdict,
  worst,
} from '../verify/index.ts';
import { becauseText } from './because-text.ts';
import type { CompiledPolicy, ImageSubject, PolicySet } from './policy.ts';
import { remedyOf } from './remedy.ts';

/** A decision with what it makes of the image. */
export interface Decided {
  readonly decision: Decision;
  readonly outcome: Outcome;
  /** In the words of the policies' own dialects, the decisive ones first. */
  readonly reasons: readonly string[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** What policies ask of an image: a requirement for the verifier, or an answer that needs none. */
export type Posed =
  | { readonly kind: 'ask'; readonly requirement: Requirement; readonly policies: readonly CompiledPolicy[] }
  | { readonly kind: 'decided'; readonly decided: Decided };

const memory = new WeakMap<Requirement, Map<string, Requirement>>();

/** What a set of policies asks of an image: all that apply have to be met. A revoked digest is decided before anything is asked. */
export function pose(set: PolicySet, image: ImageSubject): Posed {
  const asked = set.policies.flatMap((policy) => {
    try {
      return policy.applies(image) ? [{ policy, part: partOf(policy, image) }] : [];
    } catch (error) {
      return [{ policy, part: cannotSay(policy, image, toAssayError(error)) }];
    }
  });
  if (asked.length === 0) return { kind: 'decided', decided: unmatched(set, image) };
  const revoked = asked.find((a) => a.policy.mode === 'enforce' && a.part.kind === 'static' && a.part.outcome === 'revoked');
  if (revoked?.part.kind === 'static') return { kind: 'decided', decided: refused(revoked.policy, revoked.part.reason) };
  return { kind: 'ask', requirement: together(asked.map((a) => a.part)), policies: asked.map((a) => a.policy) };
}

function partOf(policy: CompiledPolicy, image: ImageSubject): Requirement {
  const revoked = policy.revoked?.images.get(image.digest);
  if (revoked !== undefined) return { kind: 'static', met: false, outcome: 'revoked', reason: `${image.digest} is revoked: ${revoked}` };
  const missing = policy.revoked?.unavailable;
  if (missing !== undefined) return { kind: 'static', met: false, outcome: 'inconclusive', reason: missing };
  return typeof policy.requirement === 'function' ? policy.requirement(image) : policy.requirement;
}

/** One requirement of several, the same object for the same parts: verdicts are remembered by it. */
function together(parts: readonly Requirement[]): Requirement {
  const [first] = parts;
  if (first === undefined || parts.length > 32) return { kind: 'allOf', of: parts };
  const known = memory.get(first) ?? new Map<string, Requirement>();
  memory.set(first, known);
  const key = parts.map(serial).join(' ');
  const made = known.get(key) ?? { kind: 'allOf', of: parts };
  known.set(key, made);
  return made;
}

const serials = new WeakMap<Requirement, number>();
let next = 0;

function serial(part: Requirement): number {
  const known = serials.get(part) ?? ++next;
  serials.set(part, known);
  return known;
}

/** What the verifier's verdict makes of the image under the policies that asked. */
export function decide(posed: Extract<Posed, { kind: 'ask' }>, verdict: SubjectVerdict, image: ImageSubject): Decided {
  const judged = posed.policies.map((policy, i) => ({ policy, verdict: verdict.verdict.parts[i] ?? verdict.verdict }));
  const unmet = judged.filter((j) => !j.verdict.met);
  const unanswered = verdict.errors.length > 0;
  const because = judged.flatMap((j) => becauseOf(j.policy, j.verdict, unanswered)).slice(0, LIMITS.decisionReasons);
  const said = (list: typeof unmet): readonly string[] => list.flatMap((j) => denialOf(j.policy, j.verdict, image, verdict));
  const refusing = unmet.filter((j) => j.policy.mode === 'enforce');
  const warning = unmet.filter((j) => j.policy.mode === 'warn');
  const remarks = judged.flatMap((j) => j.policy.remarks?.(j.verdict, image) ?? []);
  return {
    decision: { verdict: refusing.length > 0 ? 'deny' : warning.length > 0 ? 'warn' : 'allow', because },
    outcome: verdict.outcome,
    reasons: [...said(refusing), ...said(warning)],
    warnings: [
      ...[...said(warning), ...remarks].map((message) => ({ code: 'policy-warning', message })),
      ...unenforcedWarnings(verdict.evidence),
    ],
  };
}

/** In the dialect's own words, else one sentence for each part that is not met. */
function denialOf(policy: CompiledPolicy, verdict: Verdict, image: ImageSubject, whole: SubjectVerdict): readonly string[] {
  const [error] = whole.errors;
  const unmet = becauseOf(policy, verdict, error !== undefined).filter((b) => b.result !== 'pass');
  const own = policy.denial?.(verdict, image) ?? unmet.slice(0, 8).map(becauseText);
  if (error === undefined) return own;
  return [...own, `a question was not answered, so nothing can be ruled out: ${error.message}`];
}

function cannotSay(policy: CompiledPolicy, image: ImageSubject, error: AssayError): StaticLeaf {
  const reason = `policy ${policy.name} cannot be judged for ${image.text}: ${error.message}`;
  return { kind: 'static', met: false, outcome: 'inconclusive', reason };
}

function refused(policy: CompiledPolicy, reason: string): Decided {
  return {
    decision: { verdict: 'deny', because: [{ policy: policy.name, result: 'fail', reason }] },
    outcome: 'revoked',
    reasons: [reason],
    warnings: [],
  };
}

function aboutText({ name, about = [] }: CompiledPolicy): string {
  return about.length === 0 ? name : `${name} is about ${about.slice(0, 4).join(', ')}${about.length > 4 ? ', …' : ''}`;
}

function unmatched(set: PolicySet, image: ImageSubject): Decided {
  const reason = `no policy is about ${image.text} (${
    set.policies.length === 0 ? 'there are none' : set.policies.slice(0, 8).map(aboutText).join(', ')
  })`;
  return {
    decision: {
      verdict: set.noMatch,
      because: [{ policy: '', result: set.noMatch === 'allow' ? 'pass' : 'fail', reason }],
    },
    // Nobody was asked for, so nothing is by who was asked for.
    outcome: set.noMatch === 'deny' ? 'denied' : 'untrusted',
    reasons: [reason],
    warnings: set.noMatch === 'warn' ? [{ code: 'policy-warning', message: reason }] : [],
  };
}

/** One reason for each leaf and condition below a verdict. */
export function becauseOf(policy: CompiledPolicy, verdict: Verdict, unanswered: boolean): readonly Because[] {
  const label = labelOf(verdict);
  const conditions = [...verdict.conditions].map(([name, said]) => ({
    policy: policy.name,
    rule: label.rule ?? name,
    result: said.result,
    reason: `${name}: ${said.reason ?? 'holds'}`,
  }));
  if (verdict.parts.length > 0) return [...verdict.parts.flatMap((p) => becauseOf(policy, p, unanswered)), ...conditions];
  const unknown = !verdict.met && (unanswered || verdict.outcome === 'inconclusive');
  return [
    {
      policy: policy.name,
      ...(label.rule === undefined ? {} : { rule: label.rule }),
      ...(label.authority === undefined ? {} : { authority: label.authority }),
      result: verdict.met ? 'pass' : unknown ? 'inconclusive' : 'fail',
      reason: reasonOf(verdict, unanswered),
    },
    ...conditions,
  ];
}

function labelOf({ requirement }: Verdict): NonNullable<Requirement['label']> {
  return requirement.label ?? {};
}

/** The leaves below a verdict, in order. */
export function leavesUnder(verdict: Verdict): readonly Verdict[] {
  return verdict.parts.length === 0 ? [verdict] : verdict.parts.flatMap(leavesUnder);
}

/** Why a leaf is met or not, and what would help. `unanswered`: not every place was heard, so what was not found may be there. */
export function reasonOf(verdict: Verdict, unanswered: boolean): string {
  const { requirement, met, findings } = verdict;
  if (requirement.kind === 'static') return requirement.reason;
  if (requirement.kind !== 'evidence') return met ? 'met' : 'an empty list allows nobody';
  const good = findings.filter((f) => f.outcome === 'verified');
  if (met) return good.map(signed).join('; ').slice(0, 500);
  const decisive = findings.find((f) => f.outcome === worst(findings.filter((o) => o.outcome !== 'verified').map((o) => o.outcome)));
  const few = good.length > 0 ? `only ${good.length} of ${requirement.threshold} that have to have signed did; ` : '';
  const fault = decisive === undefined ? '' : faultOf(decisive);
  const nothing = unanswered ? 'nothing of the kind was found, and not every place answered' : 'nothing of the kind is attached';
  return `${few}${fault || nothing}; ${remedyOf(requirement)}`;
}

function signed(f: Findings): string {
  const who = f.signer === undefined ? '' : ` by ${f.signer.subject ?? f.signer.keyId}`;
  return `${f.kind}${f.predicateType === undefined ? '' : ` ${f.predicateType}`}${who}`;
}

function faultOf(f: Findings): string {
  const check = f.checks.find((c) => c.outcome === f.outcome && c.enforced !== false);
  return `${f.kind} (${f.format}, ${f.outcome}): ${check === undefined ? f.outcome : `${check.id}: ${check.reason}`}`;
}
