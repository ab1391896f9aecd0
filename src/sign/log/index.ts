/** Transparency logs that are written to: Rekor v1 and v2. What they answer is checked before it is believed. */
export { proofProblem } from './check-entry.ts';
export { entriesLike, entryAt, entryNamed, type LogReader } from './read-v1.ts';
export { type RekorV1Options, rekorV1 } from './rekor-v1.ts';
export { type RekorV2Options, rekorV2 } from './rekor-v2.ts';
