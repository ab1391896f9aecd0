import type { AssayError } from '../../errors.ts';
import type { SignedPiece } from '../../sign/index.ts';
import type { Call } from '../command.ts';
import { DONE, type ExitCode, exitCodeOf, exitCodeOfAll } from '../exit-codes.ts';
import { errorJson } from '../output/errors.ts';
import { isStructured } from '../output/output.ts';
import { columns } from '../text/columns.ts';
import { shortDigest } from '../text/digest.ts';
import { printable } from '../text/printable.ts';
import { provenText } from '../verify/evidence-text.ts';

/** What came of one image or file. */
export interface SignedReport {
  /** As it was given. */
  readonly reference: string;
  readonly digest: string | undefined;
  readonly platform?: string | undefined;
  readonly outcome: 'signed' | 'kept' | 'failed';
  readonly pieces: readonly SignedPiece[];
  /** Older evidence that was taken away. */
  readonly replaced?: readonly string[];
  /** Files that were written, by what is in them. */
  readonly files?: ReadonlyMap<string, string>;
  readonly error?: AssayError;
}

/** What the reports of a command are called. */
export interface ReportWords {
  readonly schema: 'assay/sign/v1' | 'assay/sign-blob/v1';
  readonly list: 'images' | 'files';
  /** `signed`, `attested`. */
  readonly done: string;
}

/** Prints what came of a run in the form that was asked for, and answers the exit code: of the gravest failure, else 0. */
export async function reportSigned(reports: readonly SignedReport[], words: ReportWords, { out }: Call): Promise<ExitCode> {
  // What was printed is the evidence itself: nothing else may stand beside it.
  if (!isStructured(out.format) && reports.every((r) => r.outcome !== 'failed' && [...(r.files ?? [])].some(([, f]) => f === '-')))
    return DONE;
  if (isStructured(out.format)) {
    await out.result({
      schema: words.schema,
      outcome: outcomeOf(reports),
      [words.list]: reports.map(signedJson),
      warnings: out.warnings,
      errors: [],
    });
  } else out.print(reports.map((r) => signedText(r, words, out)).join(''));
  return exitCodeOfAll(reports.map((r) => (r.error === undefined ? DONE : exitCodeOf(r.error))));
}

/** `failed` when anything failed, `signed` when anything new was made, else `kept`. */
function outcomeOf(reports: readonly SignedReport[]): SignedReport['outcome'] {
  if (reports.some((r) => r.outcome === 'failed')) return 'failed';
  return reports.some((r) => r.outcome === 'signed') ? 'signed' : 'kept';
}

function signedJson(r: SignedReport): object {
  return {
    reference: r.reference,
    digest: r.digest ?? null,
    ...(r.platform === undefined ? {} : { platform: r.platform }),
    outcome: r.outcome,
    evidence: r.pieces.map(pieceJson),
    ...(r.replaced === undefined || r.replaced.length === 0 ? {} : { replaced: r.replaced }),
    ...(r.files === undefined || r.files.size === 0 ? {} : { files: r.files }),
    errors: r.error === undefined ? [] : [errorJson(r.error)],
  };
}

function pieceJson({ evidence: e, stored }: SignedPiece): object {
  return {
    id: e.id,
    kind: e.kind,
    format: e.format,
    digest: e.digest,
    stored: stored === undefined ? null : { repository: stored.repository, as: stored.as, reference: stored.reference },
    signer: e.signer ?? null,
    predicateType: e.predicateType ?? null,
    times: e.times,
    log: e.log,
  };
}

const PLACES: ReadonlyMap<string, string> = new Map([
  ['referrers', 'a referrer of the image'],
  ['fallback-tag', 'a referrer of the image, listed under its fallback tag'],
  ['tag', "a layer of cosign's tag"],
]);

function signedText(r: SignedReport, { done }: ReportWords, { style, verbose }: Call['out']): string {
  const name = `${printable(r.reference.split('@')[0] ?? '', 300)}${r.digest === undefined ? '' : `@${r.digest}`}`;
  const platform = r.platform === undefined ? '' : ` (${printable(r.platform, 60)})`;
  if (r.error !== undefined) {
    const hint = r.error.hint === undefined || r.error.hint === '' ? [] : [`  hint: ${printable(r.error.hint, 1000)}`];
    const lines = [
      `${style.mark('no')} ${style.red(`not ${done}`)}   ${name}${platform}`,
      `  ${printable(r.error.message, 2000)} (${r.error.code})`,
      ...hint,
    ];
    return `${lines.join('\n')}\n`;
  }
  const verdict = r.outcome === 'kept' ? `${done} already, kept` : done;
  const lines = [`${style.mark('ok')} ${style.green(verdict)}   ${name}${platform}`];
  for (const { evidence, stored } of r.pieces) {
    const rows: string[][] = [];
    if (stored !== undefined) {
      // As wide as the names of the lines below.
      const width = evidence.kind === 'attestation' ? 'attested'.length : 'signed by'.length;
      rows.push(['stored'.padEnd(width), `${PLACES.get(stored.as) ?? stored.as} in ${printable(stored.repository, 300)}`]);
      rows.push(['evidence'.padEnd(width), shortDigest(evidence.digest, verbose)]);
    }
    lines.push(...columns(rows).map((l) => `  ${l}`), ...provenText(evidence, { style, verbose }));
  }
  for (const [what, file] of r.files ?? [])
    lines.push(`  ${what} ${r.outcome === 'kept' ? 'is in' : 'written to'} ${printable(file, 300)}`);
  if (r.outcome === 'kept') lines.push('  the same signer has claimed the same before; --force adds another one');
  for (const digest of r.replaced ?? []) lines.push(`  replaced ${shortDigest(digest, verbose)}`);
  return `${lines.join('\n')}\n`;
}
