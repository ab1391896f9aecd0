/** A timestamp authority over HTTP (RFC 3161 §3.4; sigstore timestamp-authority, openapi.yaml). */

import { int } from '../../codec/der/encode.ts';
import { hash } from '../../crypto/index.ts';
import { messageOf } from '../../errors.ts';
import { messageImprint, parseTimestampRequest, type TimestampRequest, timestampRefusal } from '../../mint/index.ts';
import { newKey, type TimestampAuthority, timestamp } from '../authority/index.ts';
import { type Answer, type Asked, answer } from '../registry/answer.ts';
import type { Telling } from './lies.ts';
import { Refusal, textReply } from './reply.ts';

/** Answers a request to the authority; `undefined` for one that is not its. */
export function timestamps(tsa: TimestampAuthority, asked: Asked, telling: Telling): Answer | undefined {
  switch (`${asked.method} ${asked.path}`) {
    case 'POST /api/v1/timestamp':
      return stamped(tsa, asked, telling);
    case 'GET /api/v1/timestamp/certchain':
      return textReply(tsa.chain.map((c) => c.pem).join(''), 'application/pem-certificate-chain');
    case 'GET /ping':
      return textReply('.', 'text/plain');
    default:
      return undefined;
  }
}

function stamped(tsa: TimestampAuthority, asked: Asked, { now, lies }: Telling): Answer {
  if (!/^application\/timestamp-query\b/.test(asked.headers['content-type'] ?? ''))
    throw new Refusal(415, 'unsupported media type, only application/timestamp-query is allowed', 'rekor');
  let request: TimestampRequest;
  try {
    request = parseTimestampRequest(asked.body);
  } catch (error) {
    throw new Refusal(400, `error parsing request: ${messageOf(error)}`, 'rekor');
  }
  if (request.extensions) return reply(timestampRefusal('unacceptedExtension', 'extensions are not known'));
  const { nonce } = request;
  return reply(
    timestamp(tsa, request.digest, {
      at: now,
      embed: request.certificates ? 'chain' : 'none',
      request: {
        imprint: lies.has('imprint') ? messageImprint(request.hash, hash(request.hash, request.digest)) : request.imprint,
        ...(nonce === undefined ? {} : { nonce: lies.has('nonce') ? int(Buffer.of(1, 2, 3, 4)) : nonce }),
      },
      ...(lies.has('signature') ? { bend: { signingKey: newKey(tsa.leaf.key.kind) } } : {}),
    }),
  );
}

function reply(der: Buffer): Answer {
  return answer(201, { 'Content-Type': 'application/timestamp-reply' }, der);
}
