import { becauseText } from '../../policy/because-text.ts';
import type { Decision, Outcome, SubjectReport } from '../../verify/index.ts';
import type { Output } from '../output/output.ts';
import { columns } from '../text/columns.ts';
import { shortDigest } from '../text/digest.ts';
import { printable } from '../text/printable.ts';
import type { Mark, Style } from '../text/style.ts';
import { failedText, provenText } from './evidence-text.ts';

/** How a report is shown. */
export type Look = Pick<Output, 'style' | 'verbose'>;

/** Pieces of evidence that are shown when not all are asked for. */
const SHOWN = 6;

/** Reasons of a decision that are shown when not all are asked for. */
const REASONS = 12;

/** The answers for people: the verdict first, then who, when, where from, then what failed and why, then what to do. */
export function reportText(reports: readonly SubjectReport[], look: Look): string {
  const [only] = reports;
  if (only !== undefined && reports.length === 1) return one(only, look);
  const rows = reports.map((r) => [
    look.style.mark(markOf(r)),
    printable(nameOf(r)),
    r.digest === undefined ? look.style.dash : shortDigest(r.digest, look.verbose),
    printable(brief(r, look), 120),
  ]);
  const count = (of: (o: Outcome) => boolean): number => reports.filter((r) => of(r.outcome)).length;
  const [good, unknown] = [count((o) => o === 'verified'), count((o) => o === 'inconclusive')];
  const sum = `${reports.length} images: ${good} verified, ${reports.length - good - unknown} not verified, ${unknown} inconclusive`;
  return `${[...columns(rows), sum].join('\n')}\n`;
}

/** Why, on the rest of a line. */
function brief(r: SubjectReport, look: Look): string {
  if (r.decision !== undefined)
    return `${r.decision.verdict} (${r.outcome})${r.reasons[0] === undefined ? '' : `: ${r.reasons[0].replaceAll('\n', ' ')}`}`;
  if (r.outcome === 'unsigned') return 'unsigned';
  if (r.outcome === 'inconclusive') return `could not find out: ${r.errors[0]?.code ?? r.reasons[0] ?? ''}`;
  const decisive = r.evidence.find((e) => e.outcome === r.outcome);
  if (r.outcome !== 'verified')
    return `${r.outcome}: ${decisive?.checks.find((c) => c.outcome === r.outcome)?.reason ?? r.reasons[0] ?? ''}`;
  const { signer } = decisive ?? {};
  return signer?.kind === 'key' ? `key ${shortDigest(signer.keyId, look.verbose)}` : (signer?.subject ?? '');
}

function one(r: SubjectReport, look: Look): string {
  const { style } = look;
  const lines = [`${style.mark(markOf(r))} ${headline(r, style)}   ${printable(nameOf(r))}`];
  if (r.digest !== undefined) lines.push(`  ${style.dim(shortDigest(r.digest, look.verbose))}`);
  if (r.decision !== undefined) lines.push(...decisionText(r.decision, r.reasons, look));
  for (const e of r.evidence.filter((x) => x.outcome === 'verified')) lines.push('', ...provenText(e, look));
  if (r.outcome !== 'verified' || look.verbose) {
    // What came nearest to being accepted is shown first.
    const bad = r.evidence.filter((e) => e.outcome !== 'verified').sort((a, b) => missing(a) - missing(b));
    const shown = look.verbose ? bad : bad.slice(0, SHOWN);
    for (const e of shown) lines.push('', ...failedText(e, look));
    if (bad.length > shown.length) lines.push('', `  and ${bad.length - shown.length} more (--verbose shows all)`);
  }
  if (r.outcome === 'unsigned' || r.outcome === 'inconclusive' || look.verbose) lines.push(...questions(r, look));
  if (r.evidence.length > 0) lines.push('', `  ${sumOf(r)}`);
  return `${lines.join('\n')}\n`;
}

/** What each policy said, what refuses first; then what a dialect says in words of its own, as its users know them. */
function decisionText({ because }: Decision, reasons: readonly string[], { style, verbose }: Look): string[] {
  const rank = { fail: 0, inconclusive: 1, pass: 2 } as const;
  const mark = { pass: 'ok', fail: 'no', inconclusive: 'unknown' } as const;
  const sorted = [...because].sort((a, b) => rank[a.result] - rank[b.result]);
  const shown = verbose ? sorted : sorted.slice(0, REASONS);
  const said = new Set(because.map(becauseText));
  return [
    ...shown.map((b) => `  ${style.mark(mark[b.result])} ${printable(becauseText(b), 2000)}`),
    ...(sorted.length > shown.length ? [`  and ${sorted.length - shown.length} more (--verbose shows all)`] : []),
    ...reasons.filter((r) => !said.has(r)).map((r) => `  ${printable(r.replaceAll('\n', ' '), 4000)}`),
  ];
}

function headline(r: SubjectReport, { green, red, yellow }: Style): string {
  if (r.decision?.verdict === 'allow') return green(r.outcome === 'verified' ? 'allowed' : `allowed (${r.outcome})`);
  if (r.decision?.verdict === 'warn') return yellow(`allowed with warnings (${r.outcome})`);
  if (r.decision !== undefined) return (r.outcome === 'inconclusive' ? yellow : red)(`denied (${r.outcome})`);
  if (r.outcome === 'verified') return green('verified');
  if (r.outcome === 'inconclusive') return yellow('inconclusive');
  return red(`not verified (${r.outcome})`);
}

/** What was asked and what was answered: why "unsigned" is certain, or why it would be a guess. */
function questions(r: SubjectReport, { style }: Look): string[] {
  const failed = r.sources.filter((s) => s.answer === 'failed');
  const lines: string[] = [];
  if (r.outcome === 'unsigned' && r.sources.length > 0)
    lines.push('', '  Nothing of the kind that was asked for is attached; every place answered:');
  else if (failed.length > 0)
    lines.push('', `  ${failed.length} of ${r.sources.length} questions were not answered, so anything else would be a guess:`);
  if (r.sources.length === 0 && r.evidence.length === 0) lines.push('');
  for (const s of r.sources) {
    const said = s.error === undefined ? s.answer : printable(s.error.message, 300);
    lines.push(`    ${style.mark(s.answer === 'failed' ? 'unknown' : 'ok')} ${s.name}: ${said}`);
  }
  const said = new Set(r.decision?.because.map((b) => b.reason));
  const others = r.errors.filter((e) => !said.has(e.message) && !r.sources.some((s) => s.error === e));
  for (const e of others) lines.push(`    ${style.mark('unknown')} ${printable(e.message, 300)}`);
  for (const hint of new Set(r.errors.flatMap((e) => (e.hint === undefined ? [] : [e.hint])))) lines.push(`  hint: ${printable(hint)}`);
  return lines;
}

function missing(e: SubjectReport['evidence'][number]): number {
  return e.checks.filter((c) => c.result !== 'pass').length - e.checks.filter((c) => c.result === 'pass').length;
}

function sumOf(r: SubjectReport): string {
  const counts = new Map<string, number>();
  for (const e of r.evidence) counts.set(e.outcome, (counts.get(e.outcome) ?? 0) + 1);
  for (const [o, n] of r.unlisted) counts.set(o, (counts.get(o) ?? 0) + n);
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  const checks = r.evidence.flatMap((e) => e.checks);
  const skipped = checks.filter((c) => c.result === 'skipped').length;
  const passed = checks.filter((c) => c.result === 'pass').length;
  const pieces = `${total === 1 ? '1 piece' : `${total} pieces`} of evidence: ${[...counts].map(([o, n]) => `${n} ${o}`).join(', ')}`;
  return `${pieces}; ${passed} ${passed === 1 ? 'check' : 'checks'} passed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

function markOf({ outcome, decision }: SubjectReport): Mark {
  if (decision !== undefined && decision.verdict !== 'deny') return 'ok';
  return outcome === 'verified' ? 'ok' : outcome === 'inconclusive' ? 'unknown' : 'no';
}

function nameOf(r: SubjectReport): string {
  return r.platform === undefined ? r.reference : `${r.reference} (${r.platform})`;
}
