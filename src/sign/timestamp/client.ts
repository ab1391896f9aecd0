import { randomBytes } from 'node:crypto';
import { type Bytes, equal } from '../../bytes/index.ts';
import { children, expectTag, readDer, readSmallInteger, TAG } from '../../codec/der/index.ts';
import { hash as digestOf, type HashName } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import { parseTimestamp, type TimestampToken } from '../../trust/index.ts';
import type { ServiceClient } from '../../trust/service-client/client.ts';
import type { TimestampService } from '../services.ts';
import { timestampRequest } from './request.ts';

/** What a timestamp authority is asked with. */
export interface TimestampServiceOptions {
  /** The whole address, path included. */
  readonly url: string;
  readonly client: ServiceClient;
  /** A fresh number for each request, big-endian; default: 8 random bytes. */
  readonly nonce?: () => Bytes;
}

/**
 * A timestamp authority over HTTP (RFC 3161 §3.4). The answer is checked: granted, of exactly the digest that was asked for, with the nonce.
 * Whether a trusted authority signed it is the verifier's question.
 */
export function timestampService({ url, client, nonce = () => randomBytes(8) }: TimestampServiceOptions): TimestampService {
  return {
    url,
    async stamp(message, { hash = 'sha256', signal } = {}) {
      const [digest, number] = [digestOf(hash, message), nonce()];
      const answer = await client.request({
        method: 'POST',
        url,
        headers: { accept: 'application/timestamp-reply', 'content-type': 'application/timestamp-query' },
        body: timestampRequest(hash, digest, number),
        // A second timestamp is as good as the first.
        idempotent: true,
        maxBytes: LIMITS.timestampBytes,
        who: 'the timestamp authority',
        ...(signal === undefined ? {} : { signal }),
      });
      checkGranted(answer.body, url);
      checkAnswer(tokenIn(answer.body, url), { hash, digest, nonce: number }, url);
      return answer.body;
    },
  };
}

/** PKIStatusInfo: 0 granted, 1 granted with changes; others say why not (RFC 3161 §2.4.2). */
function checkGranted(body: Bytes, url: string): void {
  const status = statusOf(body, url);
  if (status > 1)
    throw new AssayError(
      'service-refused',
      `the timestamp authority ${shownAddress(url)} refuses (status ${status}${FAULTS[status] ?? ''})`,
    );
}

const FAULTS: Readonly<Record<number, string>> = {
  2: ', rejection',
  3: ', waiting',
  4: ', revocation warning',
  5: ', revocation notification',
};

function statusOf(body: Bytes, url: string): number {
  try {
    const [info] = children(expectTag(readDer(body), TAG.sequence, 'answer'));
    const [status] = children(expectTag(info, TAG.sequence, 'status'));
    return readSmallInteger(status, 'status');
  } catch (cause) {
    throw new AssayError(
      'service-unavailable',
      `the timestamp authority ${shownAddress(url)} answers with something else than a timestamp: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

function tokenIn(body: Bytes, url: string): TimestampToken {
  try {
    return parseTimestamp(body);
  } catch (cause) {
    throw lied(url, messageOf(cause), cause);
  }
}

interface Asked {
  readonly hash: HashName;
  readonly digest: Bytes;
  readonly nonce: Bytes;
}

function checkAnswer({ imprint, nonce }: TimestampToken, asked: Asked, url: string): void {
  if (imprint.hash !== asked.hash) throw lied(url, `the timestamp is of a ${imprint.hash} digest, a ${asked.hash} digest was sent`);
  if (!equal(imprint.digest, asked.digest)) throw lied(url, 'the timestamp is of something else than what was sent');
  if (nonce === undefined || !equal(bare(nonce), bare(asked.nonce)))
    throw lied(url, nonce === undefined ? 'the nonce is missing' : 'the nonce is that of another request');
}

// An INTEGER has a zero before a first bit that is set.
function bare(number: Bytes): Bytes {
  let from = 0;
  while (from < number.length - 1 && number[from] === 0) from++;
  return number.subarray(from);
}

function lied(url: string, why: string, cause?: unknown): AssayError {
  return new AssayError('service-lied', `the answer of the timestamp authority ${shownAddress(url)} is not to be believed: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'nothing was signed with it; ask who runs the authority',
  });
}
