/** Below the project's folder; `src/engines/location.ts` looks for it there. */
export const WORKER = 'dist/engines/worker.cjs';
