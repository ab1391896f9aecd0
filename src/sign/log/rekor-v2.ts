import { utf8 } from '../../bytes/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { entryBody, entryBytes, entryRequest } from '../../mint/entry.ts';
import type { LogEntry } from '../../signature/index.ts';
import { readLogEntry } from '../../signature/sigstore-bundle/log-entry.ts';
import type { ServiceAnswer, ServiceClient } from '../../trust/service-client/client.ts';
import type { LogService } from '../services.ts';
import { checkEntry } from './check-entry.ts';
import { entryContent } from './content.ts';
import { baseOf, lied } from './lied.ts';
import { jsonIn, signalOf } from './read-v1.ts';

/** What a Rekor v2 log is asked with. */
export interface RekorV2Options {
  readonly url: string;
  readonly client: ServiceClient;
}

const KIND = 'hashedrekord/0.0.2';

/**
 * A log that speaks Rekor's API of version 2 (rekor-tiles; sigstore rekor-v2-spec): everything is a `hashedrekord`, for envelopes over the digest of their
 * pre-authentication encoding. It answers only when a checkpoint covers the entry, which takes seconds. It knows no search: an entry that is
 * there already is refused.
 */
export function rekorV2({ url, client }: RekorV2Options): LogService {
  return {
    url,
    version: 2,
    async enter(submission, options = {}) {
      if (submission.algorithm.details === 'PKIX_ED25519')
        throw new AssayError(
          'algorithm-unsupported',
          'a Rekor v2 log enters a digest, and an Ed25519 signature is over the whole message',
          {
            hint: 'use the prehashed form (ed25519-ph), another kind of key, or a Rekor v1 log',
          },
        );
      const content = entryContent(submission);
      const answer = await client.request({
        method: 'POST',
        url: `${baseOf(url)}/api/v2/log/entries`,
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: utf8(JSON.stringify(entryRequest(KIND, content))),
        accept: [200, 201, 409],
        timeoutMs: LIMITS.logCheckpointMs,
        who: 'the transparency log',
        ...signalOf(options),
      });
      if (answer.status === 409) throw isThere(answer, url);
      const entry = entryOf(answer, url);
      checkEntry(entry, { kind: KIND, body: entryBytes(entryBody(KIND, content)) }, url);
      return entry;
    },
  };
}

function entryOf(answer: ServiceAnswer, url: string): LogEntry {
  const json = jsonIn(answer, url);
  try {
    return readLogEntry(json, 'entry');
  } catch (cause) {
    throw lied(url, messageOf(cause), cause);
  }
}

function isThere(answer: ServiceAnswer, url: string): AssayError {
  const index = /\bindex\D{0,3}(\d{1,19})\b/.exec(answer.body.toString('latin1', 0, 4096))?.[1];
  const where = index === undefined ? '' : ` at index ${index}`;
  return new AssayError(
    'service-refused',
    `the transparency log ${url} has this very entry already${where}, and a Rekor v2 log cannot be asked for it`,
    { hint: 'sign again: another signature is another entry', retryable: false },
  );
}
