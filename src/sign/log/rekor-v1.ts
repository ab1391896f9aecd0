import { type Bytes, utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type EntryKind, entryBody, entryBytes, entryRequest } from '../../mint/entry.ts';
import type { LogEntry } from '../../signature/index.ts';
import type { ServiceAnswer, ServiceClient } from '../../trust/service-client/client.ts';
import type { LogService, LogSubmission, ServiceOptions } from '../services.ts';
import { entriesIn, UUID } from './answer-v1.ts';
import { checkEntry, type Entered } from './check-entry.ts';
import { entryContent } from './content.ts';
import { baseOf, lied } from './lied.ts';
import { entryNamed, jsonIn, only, signalOf } from './read-v1.ts';

/** What a Rekor v1 log is asked with. */
export interface RekorV1Options {
  readonly url: string;
  readonly client: ServiceClient;
  /** What is entered for signatures in envelopes; default `dsse`. Signatures that stand alone are always a `hashedrekord`. */
  readonly entryKind?: 'hashedrekord' | 'dsse' | 'intoto';
}

const KINDS = { hashedrekord: 'hashedrekord/0.0.1', dsse: 'dsse/0.0.1', intoto: 'intoto/0.0.1' } as const;

/** A log that speaks Rekor's API of version 1 (rekor, openapi.yaml). Entering the same twice is one entry: it is found again by its name. */
export function rekorV1({ url, client, entryKind = 'dsse' }: RekorV1Options): LogService {
  return {
    url,
    version: 1,
    async enter(submission, options = {}) {
      const kind = kindOf(submission, entryKind);
      const content = entryContent(submission);
      const request = utf8(JSON.stringify(entryRequest(kind, content)));
      const entered: Entered = { kind, body: entryBytes(entryBody(kind, content)) };
      const entry = await enter(request, { url, client }, options);
      checkEntry(entry, entered, url);
      return entry;
    },
  };
}

function kindOf({ envelope, algorithm }: LogSubmission, wanted: keyof typeof KINDS): EntryKind {
  const kind = envelope === undefined ? 'hashedrekord' : wanted;
  if (kind === 'hashedrekord' && algorithm.details === 'PKIX_ED25519')
    throw new AssayError('algorithm-unsupported', 'the log enters a digest, and an Ed25519 signature is over the whole message', {
      hint: 'use the prehashed form (ed25519-ph), or enter the envelope: --rekor-entry-type dsse',
    });
  return KINDS[kind];
}

async function enter(
  body: Bytes,
  log: { readonly url: string; readonly client: ServiceClient },
  options: ServiceOptions,
): Promise<LogEntry> {
  const { url, client } = log;
  if (body.length > LIMITS.logRequestBytes)
    throw new AssayError('limit', `an entry of ${body.length} bytes is too large for a log (at most ${LIMITS.logRequestBytes})`, SMALLER);
  const answer = await client
    .request({
      method: 'POST',
      url: `${baseOf(url)}/api/v1/log/entries`,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body,
      accept: [200, 201, 409],
      // What was entered already is answered with 409 and its place.
      idempotent: true,
      maxBytes: LIMITS.evidenceBytes,
      who: 'the transparency log',
      ...signalOf(options),
    })
    .catch((error: unknown) => {
      throw explained(error, body.length);
    });
  if (answer.status === 409) return entryNamed(log, existing(answer, url), options);
  const { uuid, entry } = only(entriesIn(jsonIn(answer, url), url), url);
  return entry.proof === undefined ? entryNamed(log, uuid, options) : entry;
}

/** The name of the entry that is there already: in `Location`, or at the end of the message. */
function existing(answer: ServiceAnswer, url: string): string {
  const at = answer.headers.get('location') ?? answer.body.toString('latin1');
  const uuid = /(?:^|\/)((?:[0-9a-f]{16})?[0-9a-f]{64})(?![0-9a-f])/.exec(at)?.[1] ?? '';
  if (!UUID.test(uuid)) throw lied(url, 'it says that the entry is there already, and not where');
  return uuid;
}

const SMALLER = { hint: 'a Rekor v2 log enters a digest only, whatever the size: name one in the signing configuration' };

// Load balancers before a log cut long requests off without a word.
function explained(error: unknown, size: number): unknown {
  if (!(error instanceof AssayError) || size < LIMITS.logDoubtfulBytes) return error;
  if (error.code !== 'service-unavailable' && error.code !== 'service-refused') return error;
  const message = `${error.message} (the entry has ${size} bytes, which is probably more than the log takes)`;
  return new AssayError(error.code, message, { cause: error, retryable: false, ...SMALLER });
}
