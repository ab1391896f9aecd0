import { defineConfig } from 'vitest/config';
import { SlowFirst } from './scripts/test/slow-first.mjs';

export default defineConfig({
  define: { __ASSAY_RULES_SWITCHABLE__: 'true' },
  test: {
    globalSetup: ['scripts/test/worker.mjs'],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.mjs'],
    // A test takes seconds on an idle machine; the limit ends what hangs, also on a loaded one.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Much of the time is spent waiting for peers and servers.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
  },
});
