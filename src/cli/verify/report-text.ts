import type { Check, Evidence, Outcome, SubjectReport } from '../../verify/index.ts';
import type { Output } from '../output/output.ts';
import { columns } from '../text/columns.ts';
import { shortDigest } from '../text/digest.ts';
import { printable } from '../text/printable.ts';
import type { Mark, Style } from '../text/style.ts';

type Look = Pick<Output, 'style' | 'verbose'>;

/** The answers for people: the verdict first, then who, when, where from, then what failed and why. */
export function reportText(reports: readonly SubjectReport[], look: Look): string {
  if (reports.length === 1 && reports[0] !== undefined) return one(reports[0], look);
  const rows = reports.map((r) => [
    look.style.mark(markOf(r.outcome)),
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
  const lines = [`${style.mark(markOf(r.outcome))} ${headline(r, style)}   ${printable(nameOf(r))}`];
  if (r.digest !== undefined) lines.push(`  ${style.dim(shortDigest(r.digest, look.verbose))}`);
  const good = r.evidence.filter((e) => e.outcome === 'verified');
  for (const e of good) lines.push('', ...facts(e, look));
  const bad = r.evidence.filter((e) => e.outcome !== 'verified');
  if (r.outcome !== 'verified' && r.evidence.length === 0) lines.push(...r.reasons.map((reason) => `  ${printable(reason)}`));
  if (r.outcome !== 'verified' || look.verbose)
    for (const e of bad.slice(0, look.verbose ? undefined : 8)) lines.push('', ...failed(e, look));
  if (r.evidence.length > 0) lines.push('', `  ${sumOf(r)}`);
  for (const e of r.errors)
    lines.push(`  ${style.mark('unknown')} ${printable(e.message)}${e.hint === undefined ? '' : `\n    hint: ${printable(e.hint)}`}`);
  return `${lines.join('\n')}\n`;
}

function headline(r: SubjectReport, { green, red, yellow }: Style): string {
  if (r.outcome === 'verified') return green('verified');
  if (r.outcome === 'inconclusive') return yellow('inconclusive');
  return red(`not verified (${r.outcome})`);
}

/** Who, when, where from: proven facts and what the builder states, never on one line. */
function facts(e: Evidence, look: Look): string[] {
  const { signer, claims } = e;
  const certificate = claims.certificate;
  const rows: string[][] = [];
  const row = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') rows.push([name, printable(value)]);
  };
  if (e.kind === 'attestation') row('attested', e.predicateType);
  row(
    e.kind === 'attestation' ? 'by' : 'signed by',
    signer?.kind === 'key' ? `the key ${shortDigest(signer.keyId, look.verbose)}` : signer?.subject,
  );
  row('issuer', signer?.issuer);
  for (const t of e.times)
    row('when', `${t.time.toISOString().replace('T', ' ').replace('.000Z', ' UTC').replace('Z', ' UTC')}${look.style.dot}${t.source}`);
  for (const l of e.log) row('log', `index ${l.index}${look.style.dot}log ${l.logId.slice(0, 12)}`);
  const source = certificate.get('sourceRepositoryURI') ?? certificate.get('githubWorkflowRepository');
  const commit = certificate.get('sourceRepositoryDigest') ?? certificate.get('githubWorkflowSHA');
  const ref = certificate.get('sourceRepositoryRef') ?? certificate.get('githubWorkflowRef');
  if (source !== undefined)
    row(
      'source',
      `${source}${commit === undefined ? '' : ` @ ${commit.slice(0, look.verbose ? undefined : 12)}`}${ref === undefined ? '' : `, ${ref}`}   proven by the certificate`,
    );
  const builder = [certificate.get('runnerEnvironment'), certificate.get('buildSignerURI'), certificate.get('runInvocationURI')].filter(
    (v) => v !== undefined,
  );
  if (builder.length > 0) row('builder', `${builder.join(', ')}   proven by the certificate`);
  for (const [name, value] of claims.builder) row(name, `${value}   stated by the builder`);
  if (look.verbose) row('evidence', `${e.format} ${e.digest} (${e.found})`);
  const lines = columns(rows).map((l) => `  ${l}`);
  return look.verbose ? [...lines, ...e.checks.map((c) => checkLine(c, look.style))] : lines;
}

function failed(e: Evidence, look: Look): string[] {
  const { style } = look;
  const head = `  ${e.kind}, ${e.format} ${shortDigest(e.digest, look.verbose)}, found by ${FOUND.get(e.found) ?? e.found}: ${e.outcome}`;
  const passed = e.checks.filter((c) => c.result === 'pass');
  const others = e.checks.filter((c) => c.result !== 'pass');
  if (look.verbose) return [head, ...e.checks.map((c) => checkLine(c, style))];
  const ok =
    passed.length === 0 ? [] : [`    ${[...new Set(passed.map((c) => c.id))].map((id) => `${style.mark('ok')} ${id}`).join('  ')}`];
  return [head, ...ok, ...others.map((c) => checkLine(c, style))];
}

const FOUND: ReadonlyMap<string, string> = new Map([
  ['referrers', 'the referrers API'],
  ['fallback-tag', 'the fallback tag'],
  ['tag', 'its tag'],
  ['file', 'its file'],
]);

function checkLine(c: Check, style: Style): string {
  const mark = { pass: style.mark('ok'), fail: style.mark('no'), inconclusive: style.mark('unknown'), skipped: style.dash }[c.result];
  return `    ${mark} ${c.id}: ${printable(c.reason)}`;
}

function sumOf(r: SubjectReport): string {
  const counts = new Map<string, number>();
  for (const e of r.evidence) counts.set(e.outcome, (counts.get(e.outcome) ?? 0) + 1);
  for (const [o, n] of r.unlisted) counts.set(o, (counts.get(o) ?? 0) + n);
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  const passed = r.evidence.flatMap((e) => e.checks).filter((c) => c.result === 'pass').length;
  const skipped = r.evidence.flatMap((e) => e.checks).filter((c) => c.result === 'skipped').length;
  return `${total === 1 ? '1 piece' : `${total} pieces`} of evidence: ${[...counts].map(([o, n]) => `${n} ${o}`).join(', ')}; ${passed} checks passed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

function markOf(outcome: Outcome): Mark {
  return outcome === 'verified' ? 'ok' : outcome === 'inconclusive' ? 'unknown' : 'no';
}

function nameOf(r: SubjectReport): string {
  return r.platform === undefined ? r.reference : `${r.reference} (${r.platform})`;
}
