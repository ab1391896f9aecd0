import type { Bytes } from '../../bytes/index.ts';
import { LIMITS } from '../../limits.ts';
import type { Digest } from '../digest.ts';

/** Verified content by digest. */
export interface ContentCache {
  get(digest: Digest): Promise<Bytes | undefined>;
  /** Only called with content that was checked. Never throws: a cache that cannot keep is only slow. */
  put(digest: Digest, bytes: Bytes): Promise<void>;
}

/** Bounds in bytes. */
export interface MemoryCacheOptions {
  /** All content; default `LIMITS.memoryCacheBytes`. */
  readonly maxBytes?: number;
  /** One piece; larger ones are not kept. Default `LIMITS.memoryCachePieceBytes`. */
  readonly maxPieceBytes?: number;
}

/** A cache in memory. When it is full, what was not asked for the longest goes first. */
export function createMemoryCache(options: MemoryCacheOptions = {}): ContentCache {
  const most = options.maxBytes ?? LIMITS.memoryCacheBytes;
  const mostPiece = Math.min(options.maxPieceBytes ?? LIMITS.memoryCachePieceBytes, most);
  const kept = new Map<Digest, Bytes>();
  let size = 0;
  return {
    async get(digest) {
      const bytes = kept.get(digest);
      if (bytes === undefined) return undefined;
      // A Map keeps the order of insertion: the newest is last.
      kept.delete(digest);
      kept.set(digest, bytes);
      return bytes;
    },
    async put(digest, bytes) {
      if (bytes.length > mostPiece || kept.has(digest)) return;
      kept.set(digest, bytes);
      size += bytes.length;
      for (const [oldest, old] of kept) {
        if (size <= most) return;
        kept.delete(oldest);
        size -= old.length;
      }
    },
  };
}
