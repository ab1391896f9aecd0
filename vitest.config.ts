import { defineConfig } from 'vitest/config';
import { SlowFirst } from './scripts/test/slow-first.mjs';

export default defineConfig({
  define: { __ASSAY_RULES_SWITCHABLE__: 'true' },
  test: {
    globalSetup: ['scripts/test/worker.mjs'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Much of the time is spent waiting for peers and servers.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
    projects: [
      // What stands beside the code is about modules that keep nothing: its files share a process, which halves what they cost.
      { extends: true, test: { name: 'rooms', include: ['src/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts', 'scripts/**/*.test.mjs'] } },
    ],
  },
});
