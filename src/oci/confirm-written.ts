import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { pause } from './abort.ts';
import { isContentOf } from './content.ts';
import type { Digest } from './digest.ts';
import type { ReadOptions, Store } from './store.ts';

/** How something was written. */
export interface WrittenAs extends Pick<ReadOptions, 'signal'> {
  /** The tag that has to point at it. */
  readonly tag?: string | undefined;
  /** What it has to be listed as a referrer of, by a store that said that it lists it. */
  readonly subject?: Digest | undefined;
}

/**
 * Looks whether a store has a manifest that it says it has stored, under its tag, and listed where that is its own work: some acknowledge a write and lose it. What was written a
 * moment ago may need some time to be seen. Throws `write-conflict`, and what reading throws.
 */
export async function confirmWritten(store: Store, digest: Digest, { tag, subject, signal }: WrittenAs): Promise<void> {
  const read = signal === undefined ? {} : { signal };
  for (let n = 1; ; n++) {
    const found = tag === undefined ? await store.manifest(digest, read) : await store.resolve(tag, read);
    // A registry names by SHA-256 what a tag points at.
    const there = found !== undefined && isContentOf(digest, found.bytes);
    if (there && (subject === undefined || (await isListed(store, subject, digest, read)))) return;
    if (n >= LIMITS.tries)
      throw lost(
        store,
        digest,
        there
          ? 'does not list it'
          : tag === undefined
            ? 'does not have it'
            : `has ${found === undefined ? 'nothing' : found.descriptor.digest} under the tag ${tag}`,
      );
    await pause(LIMITS.retryPauseMs * 2 ** (n - 1), signal);
  }
}

async function isListed(store: Store, subject: Digest, digest: Digest, read: ReadOptions): Promise<boolean> {
  for await (const page of store.referrers(subject, read)) if (page.some((d) => d.digest === digest)) return true;
  return false;
}

function lost(store: Store, digest: Digest, why: string): AssayError {
  return new AssayError('write-conflict', `${store.label} accepted ${digest}, and ${why}`, {
    hint: 'do the same again when the registry is well, and nobody else writes',
  });
}
