import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type CopyOptions, type CopyReport, copyImage } from '../../oci/copy/index.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import type { WritableStore } from '../../oci/writable-store.ts';
import type { Call } from '../command.ts';
import { DONE, UNKNOWN } from '../exit-codes.ts';
import { openImage } from '../image.ts';
import { errorJson, printError } from '../output/errors.ts';
import { formatSize } from '../size.ts';
import { openWritableStores } from '../stores.ts';
import { printable } from '../text/printable.ts';
import { copyFrom } from './sources.ts';

/** What is copied where. */
export interface CopyTask {
  /** The reference of the source, as it was given. */
  readonly from: string;
  readonly to: Reference;
  readonly force: boolean;
  readonly only?: CopyOptions['only'];
  /** Told what will be copied, before anything is. */
  readonly before?: (digest: Digest) => void;
}

/** A copy that was made. */
export interface Copied {
  readonly task: CopyTask;
  readonly source: string;
  readonly destination: string;
  readonly tag: string | undefined;
  readonly report: CopyReport;
  readonly store: WritableStore;
}

/** Copies what a task says, with progress on a terminal. Throws what `openImage` and `copyImage` throw, and `usage-invalid`. */
export async function runCopy(call: Call, task: CopyTask): Promise<Copied> {
  const { io, options, out, signal } = call;
  const image = await openImage(task.from, options, { io, out, signal });
  if (task.to.digest !== undefined && task.to.digest !== image.digest)
    throw new AssayError('usage-invalid', `${image.text} is ${image.digest}: a copy cannot be ${task.to.digest}`, {
      hint: 'name the destination by a tag',
    });
  task.before?.(image.digest);
  const from = await copyFrom(image.reference, task.to, options, io);
  const { image: store } = await openWritableStores(task.to, options, io, { create: true, signal });
  const tag = task.only === undefined ? task.to.tag : undefined;
  const prefix = options.text('attachment-tag-prefix');
  const copying = copyImage(from, store, image.digest, {
    signal,
    tag,
    force: task.force,
    only: task.only,
    ...(prefix === undefined ? {} : { attachmentTagPrefix: prefix }),
    ...(options.flag('recursive-evidence') ? {} : { levels: 1 }),
    progress: ({ manifests, blobs, bytes, evidence }) =>
      out.progress(
        `copying: ${manifests.copied + manifests.there} manifests, ${blobs.sent + blobs.mounted + blobs.there} blobs, ${evidence} pieces of evidence, ${formatSize(bytes)}`,
      ),
  });
  const report = await copying.catch((error: unknown) => {
    throw isAssayError(error, 'not-found') ? incomplete(image.text, error) : error;
  });
  out.progress(undefined);
  return {
    task,
    source: `${image.repository}@${image.digest}`,
    destination: formatReference({ ...task.to, tag, digest: image.digest }),
    tag,
    report,
    store,
  };
}

// The image is there, and what it names is not: that is no image that does not exist.
function incomplete(image: string, cause: AssayError): AssayError {
  return new AssayError('content-truncated', `${image} is not whole: ${cause.message}`, { cause, retryable: false });
}

/** Prints what was copied; answers the exit code: 3 when something was listed that could not be copied. */
export async function printCopied(call: Call, copied: Copied): Promise<number> {
  const { out, io, options } = call;
  const { report, source, destination, tag } = copied;
  const errors = report.left.map(({ error }) => error);
  if (out.format === 'text') out.print(copiedText(copied));
  else
    await out.result({
      schema: 'assay/copy/v1',
      source,
      destination,
      digest: report.digest,
      tag: tag ?? null,
      manifests: report.manifests,
      blobs: report.blobs,
      bytes: report.bytes,
      evidence: sorted(report.pieces).slice(0, LIMITS.copiedManifests),
      left: report.left.map(({ subject, digest, error }) => ({ subject, digest, error: errorJson(error) })),
      warnings: out.warnings,
      errors: errors.map(errorJson),
    });
  for (const error of errors.slice(0, LIMITS.reportedErrors)) printError(io.stderr, error, options.flag('debug'));
  if (errors.length === 0) return DONE;
  io.stderr.write(
    `${errors.length === 1 ? '1 piece of evidence is' : `${errors.length} pieces of evidence are`} listed and could not be copied\n`,
  );
  return UNKNOWN;
}

/** By what it is about: the order in which copies end means nothing. */
function sorted(pieces: CopyReport['pieces']): CopyReport['pieces'] {
  const keyOf = (p: CopyReport['pieces'][number]): string => `${p.subject} ${p.digest}`;
  return [...pieces].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function copiedText({ report, source, destination }: Copied): string {
  const { manifests, blobs, pieces, bytes } = report;
  const there = pieces.filter((p) => p.state === 'there').length;
  const evidence =
    pieces.length === 0
      ? 'no evidence'
      : `${pieces.length === 1 ? '1 piece' : `${pieces.length} pieces`} of evidence${there === 0 ? '' : `, ${there} of them there already`}`;
  const foreign = blobs.foreign === 0 ? '' : `, ${blobs.foreign} not in the registry`;
  return [
    `copied ${printable(source, 1000)}`,
    `    to ${printable(destination, 1000)}`,
    `       ${evidence}`,
    `       manifests: ${manifests.copied} sent, ${manifests.there} there; blobs: ${blobs.sent} sent, ${blobs.mounted} mounted, ${blobs.there} there${foreign}; ${formatSize(bytes)}`,
    '',
  ].join('\n');
}
