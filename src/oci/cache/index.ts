/** Caches of verified content, by digest. */
export { type CacheOptions, cachedStore } from './cached-store.ts';
export { createDiskCache, type DiskCacheOptions } from './disk-cache.ts';
export { type ContentCache, createMemoryCache, type MemoryCacheOptions } from './memory-cache.ts';
