import type { Check, Evidence, VerifiedTime } from '../../verify/index.ts';
import { columns } from '../text/columns.ts';
import { shortDigest } from '../text/digest.ts';
import { printable } from '../text/printable.ts';
import type { Style } from '../text/style.ts';
import type { Look } from './report-text.ts';

/** Verified evidence: who, when, where from. What the certificate proves and what the builder states never share a block. */
export function provenText(e: Evidence, look: Look): string[] {
  const { signer } = e;
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
  for (const t of e.times) row('when', timeText(t, look.style));
  for (const l of e.log) row('log', `index ${l.index}${look.style.dot}log ${l.logId.slice(0, 12)}`);
  for (const [name, value] of certificateFacts(e, look.verbose)) row(name, `${value}   proven by the certificate`);
  if (look.verbose) row('evidence', `${e.format} ${e.digest}, found by ${foundText(e)}`);
  const lines = columns(rows).map((l) => `  ${l}`);
  if (e.claims.builder.size > 0) {
    const stated = [...e.claims.builder].map(([name, value]) => [name, printable(value)]);
    lines.push('  the builder states, and nobody proves:', ...columns(stated).map((l) => `    ${l}`));
  }
  return look.verbose ? [...lines, ...e.checks.map((c) => checkLine(c, look.style))] : lines;
}

/** Evidence that is not verified: where it stands, what holds, and what does not. */
export function failedText(e: Evidence, look: Look): string[] {
  const { style } = look;
  const head = `  ${e.kind}, ${e.format} ${shortDigest(e.digest, look.verbose)}, found by ${foundText(e)}: ${e.outcome}`;
  if (look.verbose) return [head, ...e.checks.map((c) => checkLine(c, style))];
  const held = [...new Set(e.checks.filter((c) => c.result === 'pass').map((c) => c.id))];
  const ok = held.length === 0 ? [] : [`    ${held.map((id) => `${style.mark('ok')} ${id}`).join('  ')}`];
  const others = e.checks.filter((c) => c.result !== 'pass');
  return [
    head,
    ...ok,
    ...others.flatMap((c) => (c.differs === undefined ? [checkLine(c, style)] : nearMiss(c, c.differs, others.length === 1, style))),
  ];
}

/** The wanted and the found name one above the other, with a mark where they part. */
function nearMiss(
  check: Check,
  { wanted, found }: { readonly wanted: string; readonly found: string },
  alone: boolean,
  style: Style,
): string[] {
  const [a, b] = [printable(wanted), printable(found)];
  let from = 0;
  while (from < Math.min(a.length, b.length) && a[from] === b[from]) from++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - from && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const width = Math.max(1, b.length - from - end);
  return [
    `    ${style.mark('no')} ${check.id}: it is sound, but somebody else's`,
    `        wanted   ${a}`,
    `        found    ${b}`,
    `                 ${' '.repeat(from)}${'^'.repeat(width)}`,
    ...(alone ? [`      to accept this signer as well:  --certificate-identity '${b}'`] : []),
  ];
}

function certificateFacts(e: Evidence, verbose: boolean): [string, string][] {
  const claim = (name: string): string | undefined => e.claims.certificate.get(name);
  const source = claim('sourceRepositoryURI') ?? claim('githubWorkflowRepository');
  const commit = claim('sourceRepositoryDigest') ?? claim('githubWorkflowSHA');
  const ref = claim('sourceRepositoryRef') ?? claim('githubWorkflowRef');
  const facts: [string, string][] = [];
  if (source !== undefined) {
    const at = commit === undefined ? '' : ` @ ${verbose ? commit : commit.slice(0, 12)}`;
    facts.push(['source', `${source.replace(/^https:\/\//, '')}${at}${ref === undefined ? '' : `, ${ref}`}`]);
  }
  const runner = claim('runnerEnvironment');
  const run = claim('runInvocationURI');
  const number = run === undefined ? undefined : (/\/runs\/(\d+)/.exec(run)?.[1] ?? run);
  if (runner !== undefined || number !== undefined) {
    facts.push([
      'builder',
      [runner === undefined ? undefined : `${runner} runner`, number === undefined ? undefined : `run ${number}`]
        .filter((p) => p !== undefined)
        .join(', '),
    ]);
  }
  if (!verbose) return facts;
  return [...facts, ...[...e.claims.certificate].filter(([name]) => name !== 'issuer')];
}

function timeText({ source, time }: VerifiedTime, style: Style): string {
  const [day, clock] = time.toISOString().split('T');
  const by = source.replace(/^rfc3161 ?(?:https?:\/\/)?([^/]*).*$/, 'timestamp $1').trim();
  return `${day} ${clock?.slice(0, 8)} UTC${style.dot}${by}`;
}

const FOUND: ReadonlyMap<string, string> = new Map([
  ['referrers', 'the referrers API'],
  ['fallback-tag', 'the fallback tag'],
  ['tag', 'its tag'],
  ['file', 'its file'],
]);

function foundText(e: Evidence): string {
  // These lie beside the registry or in lists of its own; the contract's values have no name for that.
  if (e.format === 'simple-signing' && e.found === 'file') return 'the place of simple signatures';
  return FOUND.get(e.found) ?? e.found;
}

function checkLine(c: Check, style: Style): string {
  const mark = { pass: style.mark('ok'), fail: style.mark('no'), inconclusive: style.mark('unknown'), skipped: style.dash }[c.result];
  return `    ${mark} ${c.id}: ${printable(c.reason)}${c.enforced === false ? ' (only logged, as the policy says)' : ''}`;
}
