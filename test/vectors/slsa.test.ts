import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { algorithmOf, hexOf, parseDigest } from '../../src/oci/digest.ts';
import { openStore } from '../../src/oci/open.ts';
import { parseTrustedRoot } from '../../src/trust/index.ts';
import { exactly, verifySubject } from '../../src/verify/index.ts';
import { assay } from '../cli/harness.ts';
import { HAS_VECTORS, VECTORS } from './shared.ts';

const ROOT = path.join(VECTORS, 'sigstore/trusted_root.json');
const ISSUER = 'https://token.actions.githubusercontent.com';
const PROVENANCE = 'https://slsa.dev/provenance/v0.2';

/** What a version of slsa-verifier's test data is: where it lies, who signed it, and what is asked with. */
function vector(version: string) {
  const folder = path.join(VECTORS, 'slsa', version);
  const subject = `https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/${version}`;
  const layout = path.join(folder, 'container_workflow_dispatch');
  const digest = parseDigest(readFileSync(path.join(folder, 'container_workflow_dispatch.digest'), 'utf8').trim());
  const who = ['--certificate-identity', subject, '--certificate-oidc-issuer', ISSUER];
  return { layout, digest, subject, who };
}

function ask(argv: readonly string[]) {
  return assay(['verify-attestation', '--trusted-root', ROOT, '--offline', '--output', 'json', ...argv]);
}

function outcome(ran: Awaited<ReturnType<typeof ask>>): unknown {
  return [ran.exit, (JSON.parse(ran.stdout.toString()) as { outcome: string }).outcome];
}

describe.runIf(HAS_VECTORS)('images that GitHub Actions built, as cosign save wrote them', () => {
  describe.each([
    ['v1.4.0', 'intoto 0.0.1'],
    ['v2.1.0', 'dsse 0.0.1'],
  ])('%s, logged as %s', (version) => {
    const { layout, digest, subject, who } = HAS_VECTORS ? vector(version) : { layout: '', digest: undefined, subject: '', who: [] };

    test('verifies, and tells what the builder states apart from what the certificate proves', async () => {
      const ran = await ask([...who, '--type', PROVENANCE, `oci:${layout}`]);
      expect(outcome(ran), ran.stdout.toString()).toEqual([0, 'verified']);
      const [image] = (JSON.parse(ran.stdout.toString()) as { images: { digest: string; evidence: { claims: unknown }[] }[] }).images;
      expect(image?.digest).toBe(digest);
      expect(image?.evidence).toMatchObject([
        {
          outcome: 'verified',
          format: 'cosign-tag',
          predicateType: PROVENANCE,
          signer: { kind: 'keyless', issuer: ISSUER, subject },
          claims: {
            certificate: { githubWorkflowRef: 'refs/heads/main' },
            builder: {
              builder: subject,
              source: 'git+https://github.com/slsa-framework/example-package@refs/heads/main',
              sourceDigest: expect.stringMatching(/^sha1:[0-9a-f]{40}$/),
              ref: 'refs/heads/main',
              entryPoint: '.github/workflows/verifier-e2e.all.workflow_dispatch.main.all.slsa3.yml',
              buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1',
            },
          },
        },
      ]);
    });

    test('verifies by digest, by short name, and as a library', async () => {
      expect(outcome(await ask([...who, '--type', 'slsaprovenance', `oci:${layout}@${digest}`]))).toEqual([0, 'verified']);
      if (digest === undefined) return;
      const verdict = await verifySubject({
        stores: [await openStore({ kind: 'layout', path: layout, tag: undefined, digest: undefined })],
        digest,
        subject: { digests: new Map([[algorithmOf(digest), hexOf(digest)]]), bytes: undefined },
        requirement: {
          kind: 'evidence',
          wanted: { kind: 'attestation', predicateType: { uri: PROVENANCE, versioned: false } },
          authorities: [{ kind: 'identity', name: 'builder', subject: exactly(subject), issuer: exactly(ISSUER), claims: new Map() }],
          threshold: 1,
          demands: {},
          trust: parseTrustedRoot(readFileSync(ROOT, 'utf8')),
        },
        now: Date.now(),
      });
      expect(verdict).toMatchObject({ outcome: 'verified', errors: [] });
    });

    test.each([
      ['another builder', ['--certificate-identity', `${subject}x`, '--certificate-oidc-issuer', ISSUER], 'untrusted'],
      ['another issuer', ['--certificate-identity', subject, '--certificate-oidc-issuer', 'https://accounts.google.com'], 'untrusted'],
      ['another predicate type', [...who, '--type', 'slsaprovenance1'], 'unsigned'],
      ['another repository', [...who, '--certificate-github-workflow-repository', 'slsa-framework/other'], 'untrusted'],
    ])('is refused for %s', async (_what, argv, expected) => {
      const type = argv.includes('--type') ? [] : ['--type', PROVENANCE];
      expect(outcome(await ask([...argv, ...type, `oci:${layout}`]))).toEqual([1, expected]);
    });
  });
});
