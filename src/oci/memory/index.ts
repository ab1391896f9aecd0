/** A store in memory, for tests and for what is made before it is pushed. */
export { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory-store.ts';
