import { type AssayError, toAssayError } from '../../errors.ts';
import type { Digest } from '../../oci/digest.ts';
import { withoutEntries } from '../../oci/merge-entries.ts';
import { fallbackTag } from '../../oci/tags.ts';
import type { WritableStore, WriteOptions } from '../../oci/writable-store.ts';

/** What came of taking referrers away. */
export interface TakenAway {
  readonly removed: readonly Digest[];
  /** Why others are still there. */
  readonly errors: readonly AssayError[];
}

/**
 * Deletes referrers of a subject, and then their entries in its fallback index. What cannot be deleted stays listed: what exists is to be found. Throws only
 * errors of Assay's own.
 */
export async function takeAway(
  store: WritableStore,
  subject: Digest,
  digests: Iterable<Digest>,
  options: WriteOptions = {},
): Promise<TakenAway> {
  const removed: Digest[] = [];
  const errors: AssayError[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      const error = toAssayError(cause);
      if (error.group === 'internal') throw error;
      errors.push(error);
    }
  };
  for (const digest of digests)
    await attempt(async () => {
      if (await store.remove(digest, options)) removed.push(digest);
    });
  await attempt(() => unlist(store, subject, new Set(removed), options));
  return { removed, errors };
}

/** Takes entries out of a subject's fallback index, together with whoever else changes it. Answers whether any of them stood there. Throws what the store throws. */
export async function unlist(store: WritableStore, subject: Digest, digests: ReadonlySet<Digest>, options: WriteOptions): Promise<boolean> {
  const [first] = digests;
  const listed = first === undefined ? undefined : await store.fallback(subject, options);
  if (first === undefined || listed === undefined || withoutEntries(listed.bytes, digests) === undefined) return false;
  const merge = async (now: typeof listed | undefined) => (now === undefined ? undefined : withoutEntries(now.bytes, digests));
  await store.changeTag(fallbackTag(subject), { entry: first, merge }, options);
  return true;
}
