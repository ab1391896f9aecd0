import { utf8, utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type EntryContent, type EntryKind, entryRequest } from '../../mint/entry.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import type { LogEntry } from '../../signature/index.ts';
import type { ServiceAnswer, ServiceClient } from '../../trust/service-client/client.ts';
import type { ServiceOptions } from '../services.ts';
import { entriesIn, type NamedEntry } from './answer-v1.ts';
import { baseOf, lied } from './lied.ts';

/** A Rekor v1 log that is read. */
export interface LogReader {
  readonly url: string;
  readonly client: ServiceClient;
}

/** The entry with a name. Throws `service-unavailable`, `service-refused` (it has none), `service-lied`. */
export async function entryNamed(log: LogReader, uuid: string, options: ServiceOptions = {}): Promise<LogEntry> {
  const found = only(await get(log, `/api/v1/log/entries/${uuid}`, options), log.url);
  // A log of several trees may answer with the longer form of the name.
  if (!found.uuid.endsWith(uuid.slice(-64))) throw lied(log.url, 'another entry was asked for');
  return found.entry;
}

/** The entry at an index of the whole log. Throws as `entryNamed`. */
export async function entryAt(log: LogReader, index: bigint, options: ServiceOptions = {}): Promise<LogEntry> {
  const { entry } = only(await get(log, `/api/v1/log/entries?logIndex=${index}`, options), log.url);
  if (entry.logIndex !== index) throw lied(log.url, `index ${index} was asked for, the answer is about ${entry.logIndex}`);
  return entry;
}

/** The entries that say the same as one that would be proposed; empty when there are none. Throws as `entryNamed`. */
export async function entriesLike(
  log: LogReader,
  proposals: readonly (readonly [kind: EntryKind, content: EntryContent])[],
  options: ServiceOptions = {},
): Promise<readonly LogEntry[]> {
  const answer = await log.client.request({
    method: 'POST',
    url: `${baseOf(log.url)}/api/v1/log/entries/retrieve`,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: utf8(JSON.stringify({ entries: proposals.map(([kind, content]) => entryRequest(kind, content)) })),
    idempotent: true,
    maxBytes: LIMITS.evidenceBytes,
    who: 'the transparency log',
    ...signalOf(options),
  });
  const list = jsonIn(answer, log.url);
  if (!Array.isArray(list)) throw lied(log.url, 'what it found is not a list');
  return list.flatMap((found: Json) => entriesIn(found, log.url).map(({ entry }) => entry));
}

/** The JSON that an answer of the log is. Throws `service-unavailable`: the page of a proxy is no answer of the log. */
export function jsonIn(answer: ServiceAnswer, url: string): Json {
  try {
    return parseJson(utf8Decode(answer.body), 'answer');
  } catch (cause) {
    throw new AssayError(
      'service-unavailable',
      `the transparency log ${shownAddress(url)} answers with something else than JSON: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

/** The one entry of an answer. Throws `service-lied`. */
export function only(found: readonly NamedEntry[], url: string): NamedEntry {
  const [first, more] = found;
  if (first === undefined || more !== undefined) throw lied(url, `it holds ${found.length} entries, one is expected`);
  return first;
}

/** `signal` as an option that may be absent. */
export function signalOf({ signal }: ServiceOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function get(log: LogReader, path: string, options: ServiceOptions): Promise<readonly NamedEntry[]> {
  const answer = await log.client.request({
    method: 'GET',
    url: `${baseOf(log.url)}${path}`,
    headers: { accept: 'application/json' },
    maxBytes: LIMITS.evidenceBytes,
    who: 'the transparency log',
    ...signalOf(options),
  });
  return entriesIn(jsonIn(answer, log.url), log.url);
}
