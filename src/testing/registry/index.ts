/** An in-process registry that really works, with switches for faults. */
export type { AuthOptions } from './auth.ts';
export { type Content, createContent, type HeldManifest, type HeldRepository } from './content.ts';
export type { Fault, FaultKind, FaultMatch, Faults } from './faults.ts';
export type { Behaviour } from './routes.ts';
export { type LogEntry, type RegistryOptions, startRegistry, type TestRegistry } from './server.ts';
