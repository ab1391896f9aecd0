import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { assay } from '../cli/harness.ts';
import { HAS_VECTORS, VECTORS } from '../vectors/shared.ts';

const SOURCE = ['--source-uri', 'github.com/slsa-framework/example-package'];
const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml';

describe.runIf(HAS_VECTORS)("images of slsa-verifier's test data, without a connection", () => {
  describe.each(['v1.4.0', 'v2.1.0'])('%s', (version) => {
    const folder = path.join(VECTORS, 'slsa', version);
    const image = (): string =>
      `oci:${path.join(folder, 'container_workflow_dispatch')}@${readFileSync(path.join(folder, 'container_workflow_dispatch.digest'), 'utf8').trim()}`;

    test.each<[string, readonly string[], number, string]>([
      ['any builder', SOURCE, 0, '"level": 3'],
      ['the builder by name', [...SOURCE, '--builder-id', GENERATOR], 0, ''],
      ['the builder at its release', [...SOURCE, '--builder-id', `${GENERATOR}@${version}`], 0, ''],
      ['the branch', [...SOURCE, '--source-branch', 'main'], 0, ''],
      ['another release', [...SOURCE, '--builder-id', `${GENERATOR}@v9.9.9`], 1, 'ErrorUntrustedReusableWorkflow'],
      ['another branch', [...SOURCE, '--source-branch', 'master'], 1, 'ErrorMismatchBranch'],
      ['a tag', [...SOURCE, '--source-tag', 'v1.2.3'], 1, 'ErrorInvalidRef'],
      ['another source', ['--source-uri', 'github.com/slsa-framework/example-packageA'], 1, 'ErrorMismatchSource'],
    ])('%s', async (_what, argv, exit, says) => {
      const ran = await assay(['slsa', 'verify', '--output', 'json', ...argv, image()]);
      expect(ran.exit, ran.stdout.toString()).toBe(exit);
      expect(ran.stdout.toString()).toContain(says);
    });
  });
});
