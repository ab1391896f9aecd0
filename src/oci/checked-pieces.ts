import { createHash } from 'node:crypto';
import type { Bytes } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import type { Descriptor } from './descriptor.ts';
import { algorithmOf, hexOf } from './digest.ts';

/**
 * The pieces of the content that a descriptor names. The last one comes only when the size and the digest of all of them are right, so that who
 * needs them all never has the whole of anything else. Throws `content-mismatch`, `content-truncated`, and what the pieces throw.
 */
export async function* checkedPieces(descriptor: Descriptor, pieces: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  const { digest, size } = descriptor;
  const hash = createHash(algorithmOf(digest));
  let received = 0;
  let held: Bytes | undefined;
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    received += piece.length;
    if (received > size) throw new AssayError('content-mismatch', `${digest}: more than the ${size} bytes that were promised`);
    hash.update(piece);
    if (held !== undefined) yield held;
    held = piece;
  }
  if (received < size) throw new AssayError('content-truncated', `${digest}: ${received} bytes came, ${size} were promised`);
  const found = hash.digest('hex');
  if (found !== hexOf(digest))
    throw new AssayError('content-mismatch', `${digest}: the content has the digest ${algorithmOf(digest)}:${found}`);
  if (held !== undefined) yield held;
}

/** Bytes at hand, as pieces. */
export async function* piecesOf(bytes: Bytes): AsyncGenerator<Bytes> {
  if (bytes.length > 0) yield bytes;
}
