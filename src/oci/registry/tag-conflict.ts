import { AssayError } from '../../errors.ts';
import { abortError } from '../abort.ts';
import type { Digest } from '../digest.ts';

/** What is not known to be listed. */
export interface Part {
  readonly entry: Digest;
  /** The stored manifest that has the entry as one of its layers; otherwise the entry is a manifest itself. */
  readonly inside: Digest | undefined;
}

/** Why a change is given up: others go on writing, the registry loses what is written, time ran out after a write of ours, or before any. */
export type LostBecause = 'others' | 'ignored' | 'time' | 'never';

/**
 * The error of a change that was given up: `write-conflict`, which names what is not known to be listed; `cancelled` when the caller
 * gave up.
 */
export function lost(label: string, part: Part, why: LostBecause, signal?: AbortSignal): AssayError {
  const cause = signal === undefined ? undefined : abortError(signal, label);
  const code = cause?.code === 'cancelled' ? 'cancelled' : 'write-conflict';
  return new AssayError(code, `${part.entry} is not known to be listed in ${label}: ${REASONS[why]}`, {
    hint: hintFor(part),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** An error as it is, which says as well that an entry is not listed now. */
export function unlisted(error: AssayError, label: string, part: Part): AssayError {
  return new AssayError(error.code, `${error.message}; ${part.entry} is not known to be listed in ${label}`, {
    cause: error,
    retryable: error.retryable,
    hint: error.hint ?? hintFor(part),
  });
}

const REASONS: Readonly<Record<LostBecause, string>> = {
  others: 'others change it all the time',
  ignored: 'the registry says that it wrote, and shows what was there before',
  time: 'no time is left to see whether it stays there',
  never: 'no time is left',
};

function hintFor({ entry, inside }: Part): string {
  return `when nobody else writes: assay repair IMAGE ${inside ?? entry}`;
}
