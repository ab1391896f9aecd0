import type { Bytes } from '../../bytes/index.ts';
import type { Json } from '../../codec/json.ts';
import { isAssayError } from '../../errors.ts';
import { type Entries, entriesIn, withEntries } from '../merge-entries.ts';

/** What was seen under a tag while it is changed, so that it can be put back when somebody drops it. */
export interface KeptEntries {
  /** Notes what the tag holds. */
  saw(bytes: Bytes): void;
  /** Notes what we make of it: what we took out is not put back. */
  wrote(before: Bytes | undefined, after: Bytes): void;
  /** The document with everything that is missing in it, or `undefined` when nothing is. */
  putBack(bytes: Bytes): Bytes | undefined;
  clear(): void;
}

/** Nothing seen yet. What is no list of entries is passed over: those who change the tag say what is wrong with it. */
export function createKeptEntries(): KeptEntries {
  const kept = new Map<string, { readonly member: Entries['member']; readonly entry: Json }>();
  const removed = new Set<string>();

  function keep({ member, byKey }: Entries): void {
    for (const [key, entry] of byKey) if (!removed.has(key)) kept.set(key, { member, entry });
  }

  return {
    saw(bytes) {
      const entries = read(bytes);
      if (entries !== undefined) keep(entries);
    },
    wrote(before, after) {
      const now = read(after);
      if (now === undefined) return;
      for (const key of (before === undefined ? undefined : read(before))?.byKey.keys() ?? []) {
        if (now.byKey.has(key)) continue;
        kept.delete(key);
        removed.add(key);
      }
      for (const key of now.byKey.keys()) removed.delete(key);
      keep(now);
    },
    putBack(bytes) {
      const entries = read(bytes);
      if (entries === undefined) return undefined;
      const missing = [...kept].filter(([key, { member }]) => member === entries.member && !entries.byKey.has(key));
      return missing.length === 0
        ? undefined
        : withEntries(
            bytes,
            missing.map(([, { entry }]) => entry),
          );
    },
    clear() {
      kept.clear();
      removed.clear();
    },
  };
}

function read(bytes: Bytes): Entries | undefined {
  try {
    return entriesIn(bytes);
  } catch (error) {
    if (isAssayError(error)) return undefined;
    throw error;
  }
}
