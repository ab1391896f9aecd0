/** What both versions of Rekor have in common: entries by their leaf hash, and the lies about them. */
import { type Bytes, encodeHex } from '../../bytes/index.ts';
import {
  type Body,
  canonicalBody,
  type EntryBend,
  enter,
  type LogEntryJson,
  leafHash,
  newKey,
  type TransparencyLog,
} from '../authority/index.ts';
import type { Telling } from './lies.ts';

/** Entries that were made through a service, by the hash of their leaf, in the order in which they came. */
export interface Entries {
  readonly log: TransparencyLog;
  /** The entry with these bytes, if there is one. */
  find(leaf: string): LogEntryJson | undefined;
  byIndex(logIndex: string): readonly [leaf: string, entry: LogEntryJson] | undefined;
  all(): Iterable<readonly [leaf: string, entry: LogEntryJson]>;
  /** Enters a body; the answer may lie, the log does not. */
  add(body: Body, telling: Telling): LogEntryJson;
}

/** The hash of the leaf that a body is, in hexadecimal. */
export function leafOf(body: Body | Bytes): string {
  return encodeHex(leafHash(body instanceof Uint8Array ? body : canonicalBody(body)));
}

/** No entries yet, in a log that may hold others. */
export function createEntries(log: TransparencyLog): Entries {
  const held = new Map<string, LogEntryJson>();
  return {
    log,
    find: (leaf) => held.get(leaf),
    byIndex: (logIndex) => [...held].find(([, entry]) => entry.logIndex === logIndex),
    all: () => held,
    add(body, { now, lies }) {
      const forger = newKey(log.key.kind);
      const bend: EntryBend = {
        ...(lies.has('promise') ? { promiseKey: forger } : {}),
        ...(lies.has('checkpoint') ? { checkpointKey: forger } : {}),
      };
      const told = lies.has('another-entry') ? renamed(body) : body;
      const entry = enter(log, told, now, bend);
      held.set(leafOf(told), entry);
      return lies.has('inclusion-proof') ? misproven(entry) : entry;
    },
  };
}

// Another digest, signature or key: whatever the first base64 or hexadecimal text is, one character of it is another.
function renamed(body: Body): Body {
  const text = JSON.stringify(body.spec);
  const changed = text.replace(/"(?:value|digest)":"(.)/, (all, first: string) => `${all.slice(0, -1)}${first === 'a' ? 'b' : 'a'}`);
  return { ...body, spec: JSON.parse(changed) };
}

function misproven(entry: LogEntryJson): LogEntryJson {
  const copy = JSON.parse(JSON.stringify(entry)) as LogEntryJson;
  const hashes = copy.inclusionProof?.hashes ?? [];
  const first = Buffer.from(hashes[0] ?? '', 'base64');
  first[0] = (first[0] ?? 0) ^ 1;
  hashes[0] = first.toString('base64');
  return copy;
}
