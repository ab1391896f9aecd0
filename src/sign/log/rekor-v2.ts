import { type Bytes, utf8 } from '../../bytes/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { entryBody, entryBytes, entryRequest } from '../../mint/entry.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import type { LogEntry } from '../../signature/index.ts';
import { readLogEntry } from '../../signature/sigstore-bundle/log-entry.ts';
import type { ServiceAnswer, ServiceClient } from '../../trust/service-client/client.ts';
import type { LogService, ServiceOptions } from '../services.ts';
import { checkEntry } from './check-entry.ts';
import { entryContent } from './content.ts';
import { proofFromTiles } from './from-tiles.ts';
import { baseOf, lied } from './lied.ts';
import { jsonIn, signalOf } from './read-v1.ts';

/** What a Rekor v2 log is asked with. */
export interface RekorV2Options {
  readonly url: string;
  readonly client: ServiceClient;
  /** The id by which a trusted root names the log of an origin; without it an entry that is there already cannot be used again. */
  readonly logIdOf?: (origin: string) => Promise<Bytes | undefined>;
}

const KIND = 'hashedrekord/0.0.2';

/**
 * A log that speaks Rekor's API of version 2 (rekor-tiles; sigstore rekor-v2-spec): everything is a `hashedrekord`, for envelopes over the digest of their
 * pre-authentication encoding. It answers only when a checkpoint covers the entry, which takes seconds. An entry that is there already
 * (RSA PKCS#1 and Ed25519ph sign the same claims with the same signature) is read from the log's tiles.
 */
export function rekorV2({ url, client, logIdOf }: RekorV2Options): LogService {
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
      const body = entryBytes(entryBody(KIND, content));
      const entry = answer.status === 409 ? await entryThere(answer, body, { url, client, logIdOf }, options) : entryOf(answer, url);
      checkEntry(entry, { kind: KIND, body }, url);
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

// The answer names the index; what stands there proves itself.
async function entryThere(
  answer: ServiceAnswer,
  body: Bytes,
  { url, client, logIdOf }: Omit<RekorV2Options, 'logIdOf'> & { readonly logIdOf: RekorV2Options['logIdOf'] | undefined },
  options: ServiceOptions,
): Promise<LogEntry> {
  const index = /\bindex\D{0,3}(\d{1,15})\b/.exec(answer.body.toString('latin1', 0, 4096))?.[1];
  try {
    if (index === undefined) throw new AssayError('service-refused', 'it does not say where');
    const { proof, origin } = await proofFromTiles(Number(index), { url, client, ...options });
    const logId = await logIdOf?.(origin);
    if (logId === undefined) throw new AssayError('service-refused', `no trusted root says the id of the log ${origin}`);
    const [kind = '', version = ''] = KIND.split('/');
    return { logIndex: proof.logIndex, logId, kind, version, integratedTime: 0, promise: undefined, proof, body };
  } catch (cause) {
    if (cause instanceof AssayError && (cause.code === 'service-lied' || cause.code === 'cancelled')) throw cause;
    throw new AssayError(
      'service-refused',
      `the transparency log ${shownAddress(url)} has this very entry already${index === undefined ? '' : ` at index ${index}`}, and it cannot be read from there: ${messageOf(cause)}`,
      {
        hint: 'an ECDSA key signs the same claims with another signature each time; or claim something else, as with -a run=2',
        retryable: false,
        cause,
      },
    );
  }
}
