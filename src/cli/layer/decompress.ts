import { Readable } from 'node:stream';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { isZstd, zstdContent } from './zstd.ts';

/** How a layer is stored. */
export type Compression = 'gzip' | 'zstd' | 'none';

/** What the bytes say; media types of layers are often wrong. */
export function compressionOf(bytes: Uint8Array): Compression {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  return isZstd(bytes) ? 'zstd' : 'none';
}

/**
 * The content of a layer, piece by piece, at most `LIMITS.layerBytes`. Throws `manifest-invalid` when it cannot be decompressed, `limit`,
 * and the signal's reason.
 */
export async function* layerContent(bytes: Uint8Array, signal?: AbortSignal, most: number = LIMITS.layerBytes): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of pieces(bytes)) {
    signal?.throwIfAborted();
    total += chunk.length;
    if (total > most) throw new AssayError('limit', `layer has more than ${most} bytes of content`);
    yield chunk;
  }
}

function pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  const compression = compressionOf(bytes);
  if (compression === 'zstd') return zstdContent(bytes);
  return compression === 'gzip' ? gzipContent(bytes) : windows(bytes);
}

async function* windows(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function* gzipContent(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const { createGunzip } = await import('node:zlib');
  const source = Readable.from(windows(bytes), { objectMode: false });
  const content = source.pipe(createGunzip());
  try {
    for await (const chunk of content) yield chunk as Uint8Array;
  } catch (cause) {
    throw new AssayError('manifest-invalid', 'layer is not valid gzip', { cause });
  } finally {
    source.destroy();
    content.destroy();
  }
}
