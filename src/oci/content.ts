import type { Bytes } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import type { Descriptor } from './descriptor.ts';
import { algorithmOf, digestOf } from './digest.ts';

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

/** The content that a descriptor carries inside (`data`), when it does and it is the right one. */
export function inlined(descriptor: Descriptor): Bytes | undefined {
  const { data } = descriptor;
  if (data === undefined || data.length !== descriptor.size) return undefined;
  return digestOf(data, algorithmOf(descriptor.digest)) === descriptor.digest ? data : undefined;
}
