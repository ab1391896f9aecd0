import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CYCLONEDX, LINK, OPENVEX, PROVENANCE_1, PROVENANCE_02, SPDX_2, VULN } from '../attest/documents.ts';
import { pushImage } from './lab/images.ts';
import { makeKey } from './lab/keys.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { type CosignVersion, openWorkshop, type Ran, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const DOCUMENTS: readonly (readonly [type: string, document: object])[] = [
  ['slsaprovenance', PROVENANCE_02],
  ['slsaprovenance1', PROVENANCE_1],
  ['spdxjson', SPDX_2],
  ['cyclonedx', CYCLONEDX('1.6')],
  ['vuln', VULN],
  ['openvex', OPENVEX],
  ['link', LINK],
  ['custom', { anything: true }],
  ['https://acme.example/review/v1', { reviewed: true }],
];

const READERS: readonly (readonly [form: string, version: CosignVersion])[] = [
  ['bundle', '3'],
  ['cosign-tag', '2.5'],
];

const GITLAB = {
  GITLAB_CI: 'true',
  CI_SERVER_URL: 'https://gitlab.example',
  CI_PROJECT_URL: 'https://gitlab.example/acme/app',
  CI_RUNNER_ID: '17',
  CI_JOB_NAME: 'build',
  CI_JOB_URL: 'https://gitlab.example/acme/app/-/jobs/5',
  CI_COMMIT_SHA: '904e2c3e02725e314cf6cf141c4700081298dcbd',
  CI_COMMIT_BRANCH: 'main',
};

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))(
  'predicates that Assay attests, real cosign reads',
  () => {
    let workshop: Workshop;
    let registries: readonly LabRegistry[];

    beforeAll(async () => {
      workshop = openWorkshop('predicates');
      registries = await startBoth(workshop);
      await Promise.all([makeKey(workshop, 'p256', 'key'), makeKey(workshop, 'p256', 'verifier')]);
      for (const [i, [, document]] of DOCUMENTS.entries()) workshop.write(`predicate-${i}`, JSON.stringify(document));
    });
    afterAll(async () => {
      await Promise.all(registries.map((r) => r.close()));
      await workshop.close();
    });

    async function make(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
      const ran = await workshop.assay(argv, { COSIGN_PASSWORD: '', ...env });
      expect(ran.code, `${argv.join(' ')}\n${ran.stdout}${ran.stderr}`).toBe(0);
      return ran;
    }

    /** The predicate that cosign verified and printed. */
    async function read(version: CosignVersion, key: string, type: string, image: string): Promise<unknown> {
      const argv = ['verify-attestation', '--allow-http-registry', '--insecure-ignore-tlog', '--key', key, '--type', type, image];
      const ran = await workshop.cosign(version, argv);
      expect(ran.code, ran.stderr).toBe(0);
      const { payload } = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { payload: string };
      return (JSON.parse(Buffer.from(payload, 'base64').toString()) as { predicate: unknown }).predicate;
    }

    const CASES = DOCUMENTS.flatMap(([type, document], i) =>
      READERS.map(([form, version], r) => ({ type, document, i, form, version, r })),
    );
    test.for(CASES)('$type as $form, by cosign $version', async ({ type, document, i, form, version, r }) => {
      const image = await pushImage(registries[r]?.host ?? '', `document-${i}/${form}`);
      const argv = ['--type', type, '--predicate', `predicate-${i}`, '--format', form];
      await make(['attest', '--key', 'key.key', '--tlog-upload=false', ...argv, image.reference]);
      const found = await read(version, 'key.pub', type, image.tagged);
      expect(found).toEqual(type === 'custom' ? { Data: JSON.stringify(document), Timestamp: expect.any(String) } : document);
    });

    test.for(READERS)('provenance of the CI environment as %s, by cosign %s', async ([form, version]) => {
      const image = await pushImage(registries[0]?.host ?? '', `from-ci/${form}`);
      await make(['attest', '--key', 'key.key', '--tlog-upload=false', '--from-ci', '--format', form, image.reference], GITLAB);
      expect(await read(version, 'key.pub', 'slsaprovenance1', image.tagged)).toMatchObject({
        buildDefinition: { externalParameters: { source: 'https://gitlab.example/acme/app' } },
        runDetails: { builder: { id: 'https://gitlab.example/-/runners/17' } },
      });
    });

    test.for([0, 1])('a summary of what Assay verified of an image that cosign signed, in registry %i', async (r) => {
      const image = await pushImage(registries[r]?.host ?? '', 'summary');
      const signed = ['sign', '-y', '--allow-http-registry', '--key=key.key', '--tlog-upload=false', '--use-signing-config=false'];
      await workshop.make('3', [...signed, image.reference]);
      await make([
        ...['verify', '--key', 'key.pub', '--insecure-ignore-tlog', '--attach-vsa', '--vsa-key', 'verifier.key'],
        ...['--vsa-verifier-id', 'https://verifier.example', image.reference],
      ]);
      const summary = await read('3', 'verifier.pub', 'https://slsa.dev/verification_summary/v1', image.tagged);
      expect(summary).toMatchObject({
        verifier: { id: 'https://verifier.example' },
        verificationResult: 'PASSED',
        verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED'],
      });
      // cosign 3 takes any attestation by a key for a signature; Assay does not.
      const verify = await workshop.assay(['verify', '--insecure-ignore-tlog', '--key', 'verifier.pub', image.tagged]);
      expect(verify.code).toBe(1);
    });
  },
);
