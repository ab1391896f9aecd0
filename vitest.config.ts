import { defineConfig } from 'vitest/config';
import { SlowFirst } from './scripts/test/slow-first.mjs';

/** Folders of tests that ask functions and commands in their own process and leave nothing behind in it. */
const TOGETHER = 'attest|cel|cli|contract|oci|policy|sign|slsa|vectors';
/** Of these, the files that replace what belongs to the whole process. */
const REPLACING = 'offline|layout-writes';

export default defineConfig({
  define: { __ASSAY_RULES_SWITCHABLE__: 'true' },
  test: {
    globalSetup: ['scripts/test/worker.mjs'],
    // A test takes seconds on an idle machine; the limit ends what hangs, also on a loaded one.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Much of the time is spent waiting for peers and servers.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
    // A process and a copy of all modules for each file would cost a second each: where that proves nothing, files share them.
    projects: [
      { extends: true, test: { name: 'rooms', include: ['src/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'together', include: [`test/@(${TOGETHER})/**/!(${REPLACING}).test.ts`], isolate: false } },
      // No `exclude` here: vitest would forget those of the command line.
      {
        extends: true,
        test: {
          name: 'alone',
          include: [
            'test/*.test.ts',
            `test/!(${TOGETHER})/**/*.test.ts`,
            `test/@(${TOGETHER})/**/@(${REPLACING}).test.ts`,
            'scripts/**/*.test.mjs',
          ],
        },
      },
    ],
  },
});
