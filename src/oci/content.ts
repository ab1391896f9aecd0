import type { Bytes } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import type { Descriptor } from './descriptor.ts';
import { algorithmOf, type Digest, digestOf } from './digest.ts';

/** Throws `limit` when a descriptor names more bytes than may be read. */
export function checkSize(descriptor: Descriptor, maxBytes: number): void {
  if (descriptor.size > maxBytes) throw new AssayError('limit', `${descriptor.digest} has ${descriptor.size} bytes (at most ${maxBytes})`);
}

/** The bytes, when they are what the descriptor names. Throws `content-truncated` or `content-mismatch`. */
export function checkContent<T extends Bytes>(descriptor: Descriptor, bytes: T): T {
  if (bytes.length < descriptor.size) {
    throw new AssayError('content-truncated', `${descriptor.digest}: ${bytes.length} bytes came, ${descriptor.size} were promised`);
  }
  if (bytes.length > descriptor.size) {
    throw new AssayError('content-mismatch', `${descriptor.digest}: more than the ${descriptor.size} bytes that were promised`);
  }
  const digest = digestOf(bytes, algorithmOf(descriptor.digest));
  if (digest !== descriptor.digest) throw new AssayError('content-mismatch', `${descriptor.digest}: the content has the digest ${digest}`);
  return bytes;
}

/** Whether bytes are what a digest names. */
export function isContentOf(digest: Digest, bytes: Bytes): boolean {
  return digestOf(bytes, algorithmOf(digest)) === digest;
}

/** The digest that bytes are to be named by: the one that is asked for, else their SHA-256. Throws `content-mismatch` when it is none of theirs. */
export function nameOf(bytes: Bytes, asked: Digest | undefined): Digest {
  if (asked === undefined) return digestOf(bytes);
  if (!isContentOf(asked, bytes))
    throw new AssayError('content-mismatch', `${asked}: the content has the digest ${digestOf(bytes, algorithmOf(asked))}`);
  return asked;
}

/** The content that a descriptor carries inside (`data`), when it does and it is the right one. */
export function inlined(descriptor: Descriptor): Bytes | undefined {
  const { data } = descriptor;
  if (data === undefined || data.length !== descriptor.size) return undefined;
  return isContentOf(descriptor.digest, data) ? data : undefined;
}
