import { utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { pause } from '../abort.ts';
import { confirmWritten } from '../confirm-written.ts';
import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { isIndexType, OCI_INDEX } from '../media-types.ts';
import { withReferrers } from '../merge-entries.ts';
import { collectReferrers, type Referrer } from '../referrers-of.ts';
import type { Store } from '../store.ts';
import { fallbackTag } from '../tags.ts';
import { each } from './each.ts';
import type { Job } from './job.ts';

/** What a store lists as referrers of a subject, whole: what fails is thrown. */
export async function listed(store: Store, subject: Digest, signal: AbortSignal): Promise<readonly Descriptor[]> {
  return (await told(store, subject, signal)).map((r) => r.descriptor);
}

async function told(store: Store, subject: Digest, signal: AbortSignal): Promise<readonly Referrer[]> {
  const { referrers, errors } = await collectReferrers(store, subject, { signal });
  const [error] = errors;
  if (error !== undefined) throw error;
  return referrers;
}

/** What a list says of some content. Whoever lists a digest with another size or type keeps others from reading it. */
export function contentOf({ digest, size, mediaType }: Descriptor): string {
  return `${digest} ${size} ${mediaType}`;
}

/** A referrer that was written. */
export interface Written {
  readonly descriptor: Descriptor;
  /** Whether it was found at the destination since. */
  readonly seen: boolean;
}

/** Lists referrers in the fallback index of their subject, beside what is listed there (distribution spec 1.1, "Referrers Tag Schema"). Throws `write-conflict`. */
export async function listInFallback(job: Job, subject: Digest, referrers: readonly Descriptor[]): Promise<void> {
  const [first] = referrers;
  if (first === undefined) return;
  await job.to.changeTag(
    fallbackTag(subject),
    {
      entry: first.digest,
      async merge(now) {
        if (now !== undefined && !isIndexType(now.descriptor.mediaType))
          throw new AssayError('manifest-invalid', `the fallback tag of ${subject} in ${job.to.label} holds no index of referrers`);
        const bytes = now?.bytes ?? utf8(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
        return withReferrers(bytes, referrers);
      },
    },
    { signal: job.signal },
  );
}

/**
 * Checks that the destination lists them. What was written a moment ago may need some time to be seen. One that was not seen is proven by a registry's own list, which
 * is made from what it has; where that list describes it in other words, or another list has it, it is read back. Throws `write-conflict` naming what is not listed, or not there.
 */
export async function checkListed(job: Job, subject: Digest, written: readonly Written[]): Promise<void> {
  const expected = written.map((w) => w.descriptor.digest);
  for (let n = 1; ; n++) {
    const referrers = await told(job.to, subject, job.signal);
    const there = new Set(referrers.map((r) => r.descriptor.digest));
    const missing = expected.filter((d) => !there.has(d));
    if (missing.length === 0) {
      const own = new Set(referrers.filter((r) => r.found === 'referrers').map((r) => contentOf(r.descriptor)));
      const unproven = written.filter(({ descriptor, seen }) => !seen && !own.has(contentOf(descriptor)));
      return each(unproven, LIMITS.evidenceInFlight, ({ descriptor }) => confirmWritten(job.to, descriptor.digest, { signal: job.signal }));
    }
    if (n >= LIMITS.tries)
      throw new AssayError(
        'write-conflict',
        `${job.to.label} does not list ${missing.length} of ${expected.length} referrers of ${subject}: ${missing.slice(0, 3).join(', ')}`,
        {
          hint: `copy again, or: assay repair ${job.to.label}@${subject} ${missing[0]}`,
        },
      );
    await pause(LIMITS.retryPauseMs * 2 ** (n - 1), job.signal);
  }
}
