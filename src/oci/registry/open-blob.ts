import type { Bytes } from '../../bytes/index.ts';
import { AssayError, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { pause } from '../abort.ts';
import { checkedPieces, piecesOf } from '../checked-pieces.ts';
import { checkSize, inlined } from '../content.ts';
import type { Descriptor } from '../descriptor.ts';
import { isManifestType } from '../media-types.ts';
import type { WriteOptions } from '../writable-store.ts';
import { isPassing } from './http/exchange.ts';
import { type HttpAnswer, printable } from './http/message.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';

/**
 * A blob of any size in pieces (distribution spec 1.1, "Pulling blobs"). When the connection breaks it goes on where it was (RFC 9110 §14, `Range`),
 * as long as each time something more comes and at most `LIMITS.tries` times when not. The last piece comes only when size and digest are right.
 * Throws `not-found`, `content-truncated`, `content-mismatch`, `limit`, and errors of the group `transport`.
 */
export function openBlob(repository: Repository, descriptor: Descriptor, options: WriteOptions = {}): AsyncIterable<Bytes> {
  const inside = inlined(descriptor);
  return checkedPieces(descriptor, inside === undefined ? resumed(repository, descriptor, options) : piecesOf(inside));
}

async function* resumed(repository: Repository, descriptor: Descriptor, options: WriteOptions): AsyncGenerator<Bytes> {
  checkSize(descriptor, LIMITS.movedBlobBytes);
  let received = 0;
  for (let failures = 0; ; ) {
    try {
      for await (const piece of from(repository, descriptor, received, options)) {
        received += piece.length;
        if (piece.length > 0) failures = 0;
        yield piece;
      }
      return;
    } catch (error) {
      const wrong = toAssayError(error);
      if (!isPassing(wrong) || ++failures >= LIMITS.tries || options.signal?.aborted === true || received > descriptor.size) throw wrong;
      await pause(LIMITS.retryPauseMs * failures * (0.5 + Math.random()), options.signal);
    }
  }
}

// The content from some byte on. Who does not know ranges sends all of it, and what is known already is passed over.
async function* from(repository: Repository, descriptor: Descriptor, start: number, options: WriteOptions): AsyncGenerator<Bytes> {
  const answer = await askedFor(repository, descriptor, start, options);
  const { stream } = answer;
  // Who serves no ranges at all still has the whole.
  if (answer.status === 416 && start > 0) return yield* passingOver(start, from(repository, descriptor, 0, options));
  if (stream === undefined || (answer.status !== 200 && answer.status !== 206)) throw refusal(answer, { method: 'GET' });
  if (answer.status === 200) return yield* passingOver(start, stream);
  const begins = /^bytes (\d{1,15})-/.exec(answer.headers.get('content-range') ?? '')?.[1];
  if (Number(begins) !== start)
    throw new AssayError('registry-protocol', `${printable(answer.url)}: byte ${start} on was asked for, "${begins ?? 'nothing'}" on came`);
  // A body that simply ends is as broken as one that says so.
  yield* stream;
}

function askedFor(repository: Repository, descriptor: Descriptor, start: number, { signal }: WriteOptions): Promise<HttpAnswer> {
  const place = isManifestType(descriptor.mediaType) ? 'manifests' : 'blobs';
  return repository.client.send({
    registry: repository.registry,
    repository: repository.name,
    actions: ['pull'],
    method: 'GET',
    target: `/v2/${repository.name}/${place}/${descriptor.digest}`,
    headers: { accept: '*/*', ...(start === 0 ? {} : { range: `bytes=${start}-` }) },
    streamed: true,
    ...(signal === undefined ? {} : { signal }),
  });
}

async function* passingOver(bytes: number, source: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  let over = bytes;
  for await (const piece of source) {
    const rest = piece.subarray(Math.min(over, piece.length));
    over -= piece.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}
