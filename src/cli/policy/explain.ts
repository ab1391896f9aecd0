import { isAssayError } from '../../errors.ts';
import { type CompiledPolicy, decide, type ImageSubject, type PolicySet, pose, reasonOf, remedyOf } from '../../policy/index.ts';
import type { Check, Decision, Findings, Outcome, Requirement, SubjectVerdict, Verdict } from '../../verify/index.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../text/printable.ts';

/** A part of a requirement, as it was judged. */
export interface ExplainedPart {
  readonly kind: Requirement['kind'];
  readonly rule?: string;
  readonly authority?: string;
  readonly met: boolean;
  readonly outcome: Outcome;
  /** Of a leaf: what would satisfy it. */
  readonly wanted?: string;
  readonly reason?: string;
  readonly found?: readonly ExplainedEvidence[];
  readonly conditions?: readonly { readonly name: string; readonly result: string; readonly reason?: string }[];
  readonly parts?: readonly ExplainedPart[];
}

/** A piece of evidence that a leaf was asked about, one of each outcome. */
export interface ExplainedEvidence {
  readonly kind: string;
  readonly format: string;
  readonly outcome: string;
  readonly signer?: string;
  readonly predicateType?: string;
  readonly failed: readonly Pick<Check, 'id' | 'reason'>[];
}

/** A policy, whether it is about the image, and how it was judged. */
export interface ExplainedPolicy {
  readonly name: string;
  readonly dialect: string;
  readonly mode: string;
  readonly applies: boolean;
  /** Why that cannot be said. */
  readonly problem?: string;
  readonly requirement?: ExplainedPart;
}

/** The whole explanation of one image. */
export interface Explained {
  readonly reference: string;
  readonly digest: string;
  readonly decision: Decision;
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
  readonly policies: readonly ExplainedPolicy[];
}

/** Explains what policies make of an image; `ask` puts a requirement to the verifier. */
export async function explainImage(
  image: ImageSubject,
  set: PolicySet,
  ask: (requirement: Requirement) => Promise<SubjectVerdict>,
): Promise<Explained> {
  const posed = pose(set, image);
  const about = { reference: image.text, digest: image.digest };
  if (posed.kind === 'decided') {
    const { decision, outcome, reasons } = posed.decided;
    return { ...about, decision, outcome, reasons, policies: set.policies.map((p) => policyOf(p, image, undefined, false)) };
  }
  const verdict = await ask(posed.requirement);
  const { decision, outcome, reasons } = decide(posed, verdict, image);
  const unanswered = verdict.errors.length > 0;
  const policies = set.policies.map((p) => {
    const at = posed.policies.indexOf(p);
    return policyOf(p, image, at < 0 ? undefined : verdict.verdict.parts[at], unanswered);
  });
  return { ...about, decision, outcome, reasons, policies };
}

function policyOf(policy: CompiledPolicy, image: ImageSubject, verdict: Verdict | undefined, unanswered: boolean): ExplainedPolicy {
  const { name, dialect, mode } = policy;
  const judged = verdict === undefined ? {} : { requirement: partOf(verdict, unanswered) };
  try {
    return { name, dialect, mode, applies: policy.applies(image), ...judged };
  } catch (error) {
    if (!isAssayError(error)) throw error;
    return { name, dialect, mode, applies: true, problem: error.message, ...judged };
  }
}

function partOf(verdict: Verdict, unanswered: boolean): ExplainedPart {
  const { requirement, met } = verdict;
  // What is not met may only not have been heard of.
  const outcome = unanswered && !met && requirement.kind !== 'static' ? 'inconclusive' : verdict.outcome;
  const { rule, authority } = requirement.label ?? {};
  const common = {
    kind: requirement.kind,
    ...(rule === undefined ? {} : { rule }),
    ...(authority === undefined ? {} : { authority }),
    met,
    outcome,
  };
  if (requirement.kind === 'static') return { ...common, reason: requirement.reason };
  if (requirement.kind === 'evidence')
    return { ...common, wanted: remedyOf(requirement), reason: reasonOf(verdict, unanswered), found: verdict.findings.map(evidenceOf) };
  const conditions = [...verdict.conditions].map(([name, said]) => ({
    name,
    result: said.result,
    ...(said.reason === undefined ? {} : { reason: said.reason }),
  }));
  return { ...common, ...(conditions.length === 0 ? {} : { conditions }), parts: verdict.parts.map((p) => partOf(p, unanswered)) };
}

function evidenceOf(f: Findings): ExplainedEvidence {
  const signer = f.signer?.subject ?? f.signer?.keyId;
  return {
    kind: f.kind,
    format: f.format,
    outcome: f.outcome,
    ...(signer === undefined ? {} : { signer }),
    ...(f.predicateType === undefined ? {} : { predicateType: f.predicateType }),
    failed: f.checks.filter((c) => c.result === 'fail' || c.result === 'inconclusive').map(({ id, reason }) => ({ id, reason })),
  };
}

/** For people: the decision, then each policy with its tree. */
export function explainText(e: Explained, { style }: Pick<Output, 'style'>): string {
  const verdict = { allow: style.green('allow'), warn: style.yellow('warn'), deny: style.red('deny') }[e.decision.verdict];
  const lines = [`${verdict} (${e.outcome})   ${printable(e.reference)}`, `  ${style.dim(e.digest)}`];
  for (const reason of e.reasons) lines.push(`  ${printable(reason, 2000)}`);
  for (const p of e.policies) {
    const about = p.problem ?? (p.applies ? 'is about this image' : 'is not about this image');
    lines.push(
      '',
      `${p.applies ? markOf(p, style) : style.dash} ${printable(p.name)} (${p.dialect}, ${p.mode}): ${printable(about, 1000)}`,
    );
    if (p.requirement !== undefined) lines.push(...partText(p.requirement, style, 1));
  }
  return `${lines.join('\n')}\n`;
}

function markOf({ requirement, problem }: ExplainedPolicy, style: Output['style']): string {
  if (problem !== undefined) return style.mark('unknown');
  return requirement === undefined ? style.mark('no') : partMark(requirement, style);
}

function partMark({ met, outcome }: ExplainedPart, style: Output['style']): string {
  return style.mark(met ? 'ok' : outcome === 'inconclusive' ? 'unknown' : 'no');
}

const NAMES: Readonly<Record<Requirement['kind'], string>> = {
  evidence: 'evidence',
  static: 'static',
  allOf: 'all of',
  anyOf: 'any of',
  atLeast: 'at least',
  judged: 'with conditions',
};

function partText(p: ExplainedPart, style: Output['style'], depth: number): string[] {
  const pad = '  '.repeat(depth);
  const name = [p.rule, p.authority].filter((n) => n !== undefined).join(' › ');
  const head = `${pad}${partMark(p, style)} ${printable(name === '' ? NAMES[p.kind] : name, 300)}`;
  if (p.parts === undefined)
    return [
      `${head}: ${printable(p.reason ?? '', 1000)}`,
      ...(p.found ?? []).map((f) => `${pad}    found ${printable(foundText(f), 600)}`),
    ];
  return [
    head,
    ...p.parts.flatMap((x) => partText(x, style, depth + 1)),
    ...(p.conditions ?? []).map(
      (c) =>
        `${pad}  ${style.mark(c.result === 'pass' ? 'ok' : c.result === 'fail' ? 'no' : 'unknown')} ${printable(`${c.name}: ${c.reason ?? 'holds'}`, 2000)}`,
    ),
  ];
}

function foundText(f: ExplainedEvidence): string {
  const why = f.failed.map((c) => `${c.id}: ${c.reason}`).join('; ');
  return `${f.kind} (${f.format}, ${f.outcome})${f.signer === undefined ? '' : ` by ${f.signer}`}${why === '' ? '' : `: ${why}`}`;
}
