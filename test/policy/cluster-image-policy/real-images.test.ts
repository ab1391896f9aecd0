/** Real images that GitHub Actions built, judged by ClusterImagePolicies on the command line, without a network. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { assay } from '../../cli/harness.ts';
import { HAS_VECTORS, VECTORS } from '../../vectors/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-cip-real-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const subjectOf = (version: string): string =>
  `https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/${version}`;

function policy(version: string, type: 'cue' | 'rego', text: string): string {
  return [
    'apiVersion: policy.sigstore.dev/v1beta1',
    'kind: ClusterImagePolicy',
    'metadata:',
    '  name: built-by-github',
    'spec:',
    '  images:',
    "  - glob: '**'",
    '  authorities:',
    '  - name: generator',
    '    keyless:',
    '      identities:',
    '      - issuer: https://token.actions.githubusercontent.com',
    `        subject: ${subjectOf(version)}`,
    '    ctlog:',
    '      url: https://rekor.sigstore.dev',
    '    attestations:',
    '    - name: provenance',
    '      predicateType: https://slsa.dev/provenance/v0.2',
    '      policy:',
    `        type: ${type}`,
    '        data: |',
    ...text.split('\n').map((line) => `          ${line}`),
    '',
  ].join('\n');
}

const source = (uri: string) => ({
  cue: `predicate: invocation: configSource: uri: "${uri}"`,
  rego: `package sigstore\n\nisCompliant {\n  input.predicate.invocation.configSource.uri == "${uri}"\n}`,
});
const [RIGHT, WRONG] = ['git+https://github.com/slsa-framework/example-package@refs/heads/main', 'git+https://github.com/evil/app'].map(
  source,
);

async function judged(version: string, signer: string, type: 'cue' | 'rego', text: string): Promise<readonly unknown[]> {
  const file = join(folder, `${version}-${type}.yaml`);
  writeFileSync(file, policy(signer, type, text));
  const layout = `oci:${join(VECTORS, 'slsa', version, 'container_workflow_dispatch')}`;
  const ran = await assay(['verify', '--policy', file, '--offline', '--output', 'json', layout]);
  const { outcome, images } = JSON.parse(ran.stdout.toString());
  return [ran.exit, outcome, images[0]?.decision.verdict, images[0]?.reasons.join()];
}

describe.runIf(HAS_VECTORS)('an image that GitHub Actions built', () => {
  describe.each(['v1.4.0', 'v2.1.0'])('by %s of the generator', (version) => {
    test.each(['cue', 'rego'] as const)(
      'whose source is the one that the %s policy asks for is allowed, another is denied',
      async (type) => {
        expect(await judged(version, version, type, RIGHT?.[type] ?? '')).toEqual([0, 'verified', 'allow', '']);
        const denied = await judged(version, version, type, WRONG?.[type] ?? '');
        expect(denied.slice(0, 3)).toEqual([1, 'denied', 'deny']);
        expect(denied[3]).toMatch(/^validation failed: failed policy: built-by-github\n/);
        expect(denied[3]).toContain(
          type === 'cue' ? 'failed evaluating cue policy for provenance: ' : 'failed evaluating rego policy for type provenance: ',
        );
      },
    );

    test('by another version of it is not by who was asked for', async () => {
      const denied = await judged(version, 'v9.9.9', 'cue', RIGHT?.cue ?? '');
      expect(denied.slice(0, 3)).toEqual([1, 'untrusted', 'deny']);
      expect(denied[3]).toContain('attestation keyless validation failed for authority generator for ');
    });
  });
});
