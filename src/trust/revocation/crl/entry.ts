import type { Bytes } from '../../../bytes/index.ts';
import { contentOf, type DerValue, expectTag, readAt, readDer, readOid, readTime, TAG } from '../../../codec/der/index.ts';
import { eachExtension, LIST_EXTENSION, readExtensions } from '../extension.ts';
import { invalid, parsed } from '../invalid.ts';
import type { RevocationList } from './list.ts';

/** An entry of a revocation list (RFC 5280 §5.3). */
export interface RevokedEntry {
  /** Milliseconds since 1970. */
  readonly revokedAt: number;
  /** Since when the key is to be suspected, in milliseconds since 1970. */
  readonly invalidSince: number | undefined;
  readonly reason: number;
}

/** Reasons that are not the end of a certificate (RFC 5280 §5.3.1). */
export const REASON = { hold: 6, removed: 8 } as const;

const REASONS: readonly string[] = [
  'no reason given',
  'key compromise',
  'compromise of the authority',
  'change of affiliation',
  'superseded',
  'cessation of operation',
  'on hold',
  'reason 7',
  'removed from the list',
  'privilege withdrawn',
  'compromise of the attribute authority',
];

/** A reason in words. */
export function reasonText(reason: number): string {
  return REASONS[reason] ?? `reason ${reason}`;
}

const KNOWN: ReadonlySet<string> = new Set([LIST_EXTENSION.reason, LIST_EXTENSION.invalidityDate]);

/**
 * The entry of a serial number (the content of its INTEGER): should it stand there several times, the one that weighs most.
 * The whole list is walked, in place: one entry with an unknown critical extension, wherever it stands, makes the list unusable
 * (RFC 5280 §5.3). Throws `revocation-invalid`.
 */
export function entryOf(list: RevocationList, serial: Bytes): RevokedEntry | undefined {
  return parsed('revocation list', () => search(list, serial));
}

function search(list: RevocationList, serial: Bytes): RevokedEntry | undefined {
  if (list.entries === undefined) return undefined;
  const { bytes, start, end } = list.entries;
  let found: RevokedEntry | undefined;
  let checked: DerValue | undefined;
  for (let at = start; at < end; ) {
    const entry = readAt(bytes, at, end);
    if (entry.tag !== TAG.sequence) throw invalid('an entry is no sequence');
    const id = readAt(bytes, entry.start, entry.end);
    if (id.tag !== TAG.integer) throw invalid('an entry has no serial number');
    const date = readAt(bytes, id.end, entry.end);
    if (date.end < entry.end) checked = checkExtensions(entry, date.end, checked);
    if (isSame(serial, id)) found = heavier(found, readEntry(entry, date));
    at = entry.end;
  }
  return found;
}

function isSame(serial: Bytes, { bytes, start, end }: DerValue): boolean {
  if (end - start !== serial.length) return false;
  // From the end: authorities number with a common beginning.
  for (let i = serial.length - 1; i >= 0; i--) if (serial[i] !== bytes[start + i]) return false;
  return true;
}

// The extensions, checked. Most entries of a long list have the same ones as the entry before, and comparing takes a tenth of the time.
function checkExtensions(entry: DerValue, at: number, before: DerValue | undefined): DerValue {
  if (before !== undefined && before.end - before.header === entry.end - at && isRepeated(before, at)) return before;
  const list = readAt(entry.bytes, at, entry.end);
  if (list.end !== entry.end) throw invalid('an entry has a part too many');
  eachExtension(list, (id, critical) => {
    if (critical && !KNOWN.has(readOid(id)))
      throw invalid(`an entry has the critical extension ${readOid(id)}, which Assay does not process`);
  });
  return list;
}

function isRepeated({ bytes, header, end }: DerValue, at: number): boolean {
  for (let i = header; i < end; i++) if (bytes[i] !== bytes[at + i - header]) return false;
  return true;
}

function readEntry(entry: DerValue, date: DerValue): RevokedEntry {
  const extensions = readExtensions(date.end < entry.end ? readAt(entry.bytes, date.end, entry.end) : undefined);
  const reason = extensions.get(LIST_EXTENSION.reason);
  const since = extensions.get(LIST_EXTENSION.invalidityDate);
  return {
    revokedAt: readTime(date, 'time of revocation'),
    invalidSince: since === undefined ? undefined : readInvalidity(since.value),
    reason: reason === undefined ? 0 : readReason(readDer(reason.value)),
  };
}

/** A CRLReason (ENUMERATED). Throws `der-invalid`. */
export function readReason(value: DerValue): number {
  const content = contentOf(expectTag(value, 0x0a, 'reason'));
  if (content.length !== 1) throw invalid('reason is no small number');
  return content[0] as number;
}

/** An InvalidityDate (RFC 5280 §5.3.2), milliseconds since 1970. Throws `der-invalid`. */
export function readInvalidity(value: Bytes): number {
  return readTime(expectTag(readDer(value), TAG.generalizedTime, 'invalidity date'), 'invalidity date');
}

/** The entry that counts: an end outweighs a hold or its removal, of those the later one; of two ends the one that admits fewer signatures. */
export function heavier(a: RevokedEntry | undefined, b: RevokedEntry): RevokedEntry {
  if (a === undefined) return b;
  if (isFinal(a) !== isFinal(b)) return isFinal(a) ? a : b;
  if (!isFinal(a)) return a.revokedAt > b.revokedAt ? a : b;
  return (a.invalidSince ?? Number.NEGATIVE_INFINITY) <= (b.invalidSince ?? Number.NEGATIVE_INFINITY) ? a : b;
}

/** Whether an entry is for good. */
export function isFinal({ reason }: RevokedEntry): boolean {
  return reason !== REASON.hold && reason !== REASON.removed;
}
