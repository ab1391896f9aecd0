// Before any test: the code of the threads that evaluate policies, as it is now. Threads run no TypeScript.
import { dirname } from 'node:path';
import { buildWorker } from '../build/worker.mjs';

/** Called by vitest. */
export async function setup() {
  await buildWorker(dirname(dirname(import.meta.dirname)));
}
