// The order of the test files: no long one may be left for the end, where it would run alone.
import { relative } from 'node:path';
import { BaseSequencer } from 'vitest/node';

/** Those that take longest, the longest first. The others follow in vitest's own order: by what they took last time, else by their size. */
export const SLOW_FIRST = [
  'test/interop/matrix/matrix.test.ts',
  'test/hostile/crowd.test.ts',
  'test/interop/sign-images.test.ts',
  'scripts/demo/demo.test.mjs',
  'test/interop/sign-blobs.test.ts',
  'test/interop/copy.test.ts',
  'test/docs/readme.test.ts',
  'test/interop/concurrent-signers.test.ts',
  'test/hostile/copy-killed.test.ts',
  'test/interop/keys-of-assay.test.ts',
  'test/interop/predicates.test.ts',
  'test/hostile/sign-registry.test.ts',
  'test/hostile/concurrent-writes.test.ts',
  'test/engines/bounds.test.ts',
  'test/hostile/registry.test.ts',
  'test/hostile/many.test.ts',
  'test/cli/sign-services.test.ts',
  'test/interop/notation-sign.test.ts',
  'test/hostile/sign-services.test.ts',
  'test/interop/signed-artifacts.test.ts',
  'test/cli/sign-places.test.ts',
  'test/hostile/sign-files.test.ts',
  'test/forgeries/forgeries.test.ts',
  'test/interop/cosign-keys.test.ts',
  'test/cli/keys.test.ts',
  'test/interop/cosign-logged.test.ts',
  'test/hostile/timeout.test.ts',
  'test/interop/cosign-blobs.test.ts',
  'test/interop/cosign-attestations.test.ts',
  'test/sign/notation-plugin.test.ts',
];

/** Starts the slow files first, on a machine that has never run them too. */
export class SlowFirst extends BaseSequencer {
  async sort(files) {
    const rest = await super.sort(files);
    const rank = ({ moduleId, project }) => {
      const at = SLOW_FIRST.indexOf(relative(project.config.root, moduleId));
      return at === -1 ? SLOW_FIRST.length : at;
    };
    return [...rest].sort((a, b) => rank(a) - rank(b));
  }
}
