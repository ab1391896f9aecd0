/** Fakes for tests, the project's own and its users': they really do the work, nothing here is a stub. */
export * from './authority/index.ts';
export * from './registry/index.ts';
export * from './services/index.ts';
