import { AssayError } from '../../errors.ts';
import { type Artifact, errorsOf } from '../attached/artifact.ts';
import { collectAttached } from '../attached/collect.ts';
import type { Call } from '../command.ts';
import { DONE, exitCodeOf, NO } from '../exit-codes.ts';
import { type Image, openImage } from '../image.ts';
import { errorJson, printError } from '../output/errors.ts';

/** One piece that was asked for. */
export interface Piece {
  /** What stands on its line. */
  readonly line: string | Uint8Array;
  /** The same in the JSON object, with where it came from. */
  readonly json: object;
}

/** What a kind of download takes out of one artifact. */
export type Taker = (artifact: Artifact, image: Image) => Promise<readonly Piece[]>;

/**
 * Reads everything attached to the image of a call, prints what `take` takes of it and answers the exit code: 0; 1 when every place
 * answered and nothing was there; 3 when one did not answer, after printing what there is.
 */
export async function download({ args, options, out, io, signal }: Call, what: string, take: Taker): Promise<number> {
  const image = await openImage(args[0] ?? '', options, { io, out, signal });
  const attached = await collectAttached(image.evidenceStores, image.digest, {
    signal,
    depth: 1,
    depthAsked: true,
    signers: false,
    seen: { count: 0 },
  });
  const errors = errorsOf(attached);
  const pieces: Piece[] = [];
  for (const artifact of attached.artifacts) {
    if (artifact.error !== undefined) continue;
    try {
      pieces.push(...(await take(artifact, image)));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AssayError)) throw error;
      if (error.group === 'evidence-invalid') out.warn(error.code, `${artifact.digest} is left out: ${error.message}`);
      else errors.push(error);
    }
  }
  if (pieces.length === 0 && errors.length === 0) errors.push(new AssayError('not-found', `${image.text} has no ${what} attached`));
  if (out.format === 'text') for (const piece of pieces) out.print(piece.line);
  else
    await out.result({
      schema: 'assay/download/v1',
      reference: image.text,
      digest: image.digest,
      verified: false,
      items: pieces.map((p) => p.json),
      warnings: out.warnings,
      errors: errors.map(errorJson),
    });
  for (const error of errors) printError(io.stderr, error, false);
  const codes = errors.map(exitCodeOf);
  return codes.find((code) => code !== NO) ?? codes[0] ?? DONE;
}
