import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __ASSAY_RULES_SWITCHABLE__: 'true' },
  test: {
    globalSetup: ['scripts/test/worker.mjs'],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.mjs'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Much of the time is spent waiting for peers and servers.
    maxWorkers: 2,
  },
});
