import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { withReferrer } from '../merge-entries.ts';
import { fallbackTag } from '../tags.ts';
import { changeTag, type TagChangeOptions } from './change-tag.ts';
import type { Repository } from './repository.ts';

/**
 * Adds a referrer to the fallback index of a subject (distribution spec 1.1, "Referrers Tag Schema"), together with whoever else does so at
 * the same time. Throws `manifest-invalid` when something else stands under the tag, `write-conflict`, and errors of the group `transport`.
 */
export function addToFallback(repository: Repository, subject: Digest, entry: Descriptor, options: TagChangeOptions = {}): Promise<void> {
  const change = { entry: entry.digest, merge: async (now: Parameters<typeof withReferrer>[0]) => withReferrer(now, entry) };
  return changeTag(repository, fallbackTag(subject), change, options);
}
