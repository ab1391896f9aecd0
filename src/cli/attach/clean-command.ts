import type { Call } from '../command.ts';
import { confirmed, mustBeAbleToConfirm } from '../confirm.ts';
import { type ExitCode, exitCodeOf, exitCodeOfAll, NO } from '../exit-codes.ts';
import { openImage } from '../image.ts';
import { errorJson, printError } from '../output/errors.ts';
import { isStructured, type Output } from '../output/output.ts';
import { openWritableStores } from '../stores.ts';
import { shortDigest, shortTag } from '../text/digest.ts';
import { printable } from '../text/printable.ts';
import { type Cleaned, type CleanPlace, type CleanType, clean, type Doomed, doomedIn } from './clean.ts';

/** `assay clean`. Answers 0 when everything is gone that was to go, 1 when the person said no. */
export async function cleanImage(call: Call): Promise<ExitCode> {
  const { args, options, io, out, signal } = call;
  const [text = ''] = args;
  const type = (options.text('type') ?? 'all') as CleanType;
  const answer = { yes: options.flag('force') || options.flag('yes'), flag: '--force' };
  await mustBeAbleToConfirm(call, answer);
  const image = await openImage(text, options, { io, out, signal });
  const stores = await openWritableStores(image.reference, options, io);
  const places: CleanPlace[] = [{ store: stores.evidence, repository: stores.evidenceRepository }];
  if (stores.image !== stores.evidence) places.push({ store: stores.image, repository: stores.repository });
  const prefix = options.text('attachment-tag-prefix');
  const doomed = await doomedIn(places, image.digest, type, prefix, signal);
  if (doomed.length > 0 && !answer.yes) {
    io.stderr.write(doomed.map((d) => `  ${line(d, out)}\n`).join(''));
    const many = doomed.length === 1 ? 'this piece' : `these ${doomed.length} pieces`;
    if (!(await confirmed(call, `Delete ${many} of evidence of ${printable(text)}?`, answer))) {
      await report(text, image.digest, { deleted: [], errors: [] }, 'declined', out);
      return NO;
    }
  }
  const cleaned = await clean(doomed, image.digest, { signal, out });
  await report(text, image.digest, cleaned, doomed.length === 0 ? 'nothing' : cleaned.errors.length > 0 ? 'incomplete' : 'cleaned', out);
  if (!isStructured(out.format)) for (const error of cleaned.errors) printError(io.stderr, error, options.flag('debug'));
  return exitCodeOfAll(cleaned.errors.map(exitCodeOf));
}

type CleanOutcome = 'cleaned' | 'nothing' | 'incomplete' | 'declined';

const HEADS: Readonly<Record<CleanOutcome, string>> = {
  cleaned: 'cleaned',
  nothing: 'nothing to delete:',
  incomplete: 'not everything was deleted:',
  declined: 'nothing was deleted:',
};

async function report(reference: string, digest: string, { deleted, errors }: Cleaned, outcome: CleanOutcome, out: Output): Promise<void> {
  if (!isStructured(out.format)) {
    const head = `${out.style.bold(HEADS[outcome])} ${printable(reference)} @ ${shortDigest(digest, out.verbose)}`;
    out.print(`${[head, ...deleted.map((d) => `  deleted ${line(d, out)}`)].join('\n')}\n`);
    return;
  }
  await out.result({
    schema: 'assay/clean/v1',
    outcome,
    reference,
    digest,
    deleted: deleted.map((d) => ({ repository: d.repository, kind: d.kind, digest: d.digest, tag: d.tag ?? null, found: d.found })),
    warnings: out.warnings,
    errors: errors.map(errorJson),
  });
}

function line(d: Doomed, { style, verbose }: Output): string {
  const at =
    d.tag === undefined ? `${d.repository}@${shortDigest(d.digest, verbose)}` : `${d.repository}:${shortTag(d.tag, style, verbose)}`;
  return [d.kind, printable(d.form), printable(at)].join(style.dot);
}
