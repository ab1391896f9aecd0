/** `assay slsa verify` over provenance that a virtual Sigstore signed, honest but for one thing. */
import { describe, expect, test } from 'vitest';
import {
  dsseBundle,
  type EvidenceSigner,
  inTotoStatement,
  pushBundle,
  pushImage,
  registrySink,
  sign,
  signEnvelope,
} from '../../src/testing/index.ts';
import { assay } from '../cli/harness.ts';
import {
  type Answer,
  APP,
  ATTESTING,
  ask,
  bundleOf,
  by,
  COMMIT,
  DELEGATOR,
  DIGEST,
  folder,
  GENERATOR,
  GENERIC,
  key,
  OTHERS,
  type Parts,
  provenance1,
  provenance02,
  put,
  registry,
  sigstore,
  V1,
  V02,
} from './lab.ts';

describe('a generator of slsa-github-generator', () => {
  test('verifies, with everything that can be asked', async () => {
    const file = await bundleOf(by(GENERIC), V02, provenance02());
    const answer = await ask(
      '--provenance-path',
      file,
      ...APP,
      '--source-branch',
      'main',
      '--source-tag',
      'v1.2.3',
      '--builder-id',
      GENERIC,
      'artifact',
    );
    expect([answer.exit, answer.outcome], answer.text).toEqual([0, 'verified']);
    expect(JSON.parse(answer.text)).toMatchObject({
      schema: 'assay/slsa-verify/v1',
      files: [{ build: { level: 3, certificate: { sourceRepositoryURI: 'https://github.com/acme/app' } } }],
    });
    const short = await ask(
      '--provenance-path',
      file,
      '--source-uri',
      'git+https://github.com/acme/app',
      '--source-versioned-tag',
      'v1.2',
      '--builder-id',
      GENERIC.replace('refs/tags/', ''),
      'artifact',
    );
    expect(short.exit, short.text).toBe(0);
  });

  test.each<[string, readonly string[], string]>([
    ['another source', ['--source-uri', 'github.com/acme/other'], 'ErrorMismatchSource'],
    ['a source that begins so', ['--source-uri', 'github.com/acme/ap'], 'ErrorMismatchSource'],
    ['another branch', [...APP, '--source-branch', 'master'], 'ErrorMismatchBranch'],
    ['another tag', [...APP, '--source-tag', 'v1.2'], 'ErrorMismatchTag'],
    ['another version', [...APP, '--source-versioned-tag', 'v1.3'], 'ErrorMismatchVersionedTag'],
    ['another builder', [...APP, '--builder-id', `${GENERATOR}builder_go_slsa3.yml`], 'ErrorUntrustedReusableWorkflow'],
    [
      'another release of the builder',
      [...APP, '--builder-id', `${GENERIC.replace('v2.1.0', 'v2.0.0')}`],
      'ErrorUntrustedReusableWorkflow',
    ],
    ['inputs of a build that was pushed', [...APP, '--build-workflow-input', 'a=b'], 'ErrorMismatchWorkflowInputs'],
  ])('is refused for %s', async (_what, argv, fault) => {
    const answer = await ask('--provenance-path', await bundleOf(by(GENERIC), V02, provenance02()), ...argv, 'artifact');
    expect(answer.exit).toBe(1);
    expect(answer.text).toContain(fault);
  });

  test.each<[string, EvidenceSigner, Parts, string]>([
    ['a workflow of somebody else', by(ATTESTING), { builder: ATTESTING }, 'ErrorUntrustedReusableWorkflow'],
    [
      'a generator that is not at a release',
      by(GENERIC.replace('refs/tags/v2.1.0', 'refs/heads/main')),
      {},
      'ErrorUntrustedReusableWorkflow',
    ],
    ['a generator at a prerelease', by(GENERIC.replace('v2.1.0', 'v2.1.0-rc.1')), {}, 'ErrorUntrustedReusableWorkflow'],
    ['another issuer', by(GENERIC, 'acme/app', 'https://accounts.google.com'), {}, 'the issuer is'],
    ['a certificate of another repository', by(GENERIC, 'acme/other'), {}, 'ErrorMismatchSource'],
    [
      'a statement of another repository',
      by(GENERIC),
      { source: 'git+https://github.com/acme/other@refs/tags/v1.2.3' },
      'ErrorMismatchSource',
    ],
    ['another material', by(GENERIC), { material: 'git+https://github.com/acme/other@refs/tags/v1.2.3' }, 'ErrorMismatchSource'],
    ['a material at another ref', by(GENERIC), { material: 'git+https://github.com/acme/app@refs/heads/evil' }, 'ErrorInvalidDssePayload'],
    [
      'a builder that is not the signer',
      by(GENERIC),
      { builder: `${GENERATOR}builder_go_slsa3.yml@refs/tags/v2.1.0` },
      'ErrorMismatchBuilderID',
    ],
    [
      'a build type of another builder',
      by(GENERIC),
      { buildType: 'https://github.com/slsa-framework/slsa-github-generator/go@v1' },
      'ErrorInvalidBuildType',
    ],
  ])('refuses %s', async (_what, signer, parts, fault) => {
    const answer = await ask('--provenance-path', await bundleOf(signer, V02, provenance02(parts)), ...APP, 'artifact');
    expect(answer.exit, answer.text).toBe(1);
    expect(answer.text).toContain(fault);
  });

  test('refuses another file, and an envelope that no log has seen', async () => {
    const file = await bundleOf(by(GENERIC), V02, provenance02());
    expect(await ask('--provenance-path', file, ...APP, 'other')).toMatchObject({ exit: 1, outcome: 'invalid' });
    const both = await ask('--provenance-path', file, ...APP, 'artifact', 'other');
    expect([both.exit, both.outcome]).toEqual([1, 'invalid']);
    const bare = { ...signEnvelope(key, inTotoStatement(DIGEST, V02, { predicate: JSON.parse(JSON.stringify(provenance02())) })) };
    expect(await ask('--provenance-path', await put(JSON.stringify(bare)), ...APP, 'artifact')).toMatchObject({
      exit: 1,
      outcome: 'untrusted',
    });
    expect(await ask('--provenance-path', await put('{"not": '), ...APP, 'artifact')).toMatchObject({ exit: 1, outcome: 'invalid' });
  });

  test('takes one bundle of several, and prints the statement that was verified', async () => {
    const statement = inTotoStatement(DIGEST, V02, { predicate: JSON.parse(JSON.stringify(provenance02())) });
    const lines = [by(ATTESTING), by(GENERIC)].map((signer) => JSON.stringify(dsseBundle(sigstore, signer, statement, { logs: [{}] })));
    const file = await put(`${lines.join('\n')}\n`);
    const ran = await assay(
      ['slsa', 'verify', '--trusted-root', 'trusted_root.json', '--provenance-path', file, ...APP, '--print-provenance', 'artifact'],
      { cwd: folder },
    );
    expect(ran.exit).toBe(0);
    expect(JSON.parse(ran.stdout.toString())).toEqual(JSON.parse(Buffer.from(statement).toString()));
  });
});

describe('a builder of others, by the delegator', () => {
  test('has to be asked for, and be at a release', async () => {
    const file = await bundleOf(by(DELEGATOR), V1, provenance1());
    expect(
      (await ask('--provenance-path', file, ...APP, '--builder-id', OTHERS.split('@')[0] ?? '', '--source-tag', 'v1.2.3', 'artifact')).exit,
    ).toBe(0);
    expect((await ask('--provenance-path', file, ...APP, 'artifact')).text).toContain('ErrorInvalidBuilderID');
    expect((await ask('--provenance-path', file, ...APP, '--builder-id', ATTESTING, 'artifact')).text).toContain('ErrorMismatchBuilderID');
    const moving = await bundleOf(by(DELEGATOR), V1, provenance1({ builder: OTHERS.replace('refs/tags/v1.2.3', 'refs/heads/main') }));
    expect((await ask('--provenance-path', moving, ...APP, '--builder-id', OTHERS.split('@')[0] ?? '', 'artifact')).text).toContain(
      'ErrorInvalidRef',
    );
  });
});

describe("GitHub's attestations", () => {
  const workflow = { builder: ATTESTING, buildType: 'https://actions.github.io/buildtypes/workflow/v1' };
  test('verify for the workflow that was asked for', async () => {
    const file = await bundleOf(by(ATTESTING), V1, provenance1(workflow));
    expect((await ask('--attestation-path', file, ...APP, '--builder-id', ATTESTING, 'artifact')).exit).toBe(0);
    // Without a version only releases count.
    expect((await ask('--attestation-path', file, ...APP, '--builder-id', ATTESTING.split('@')[0] ?? '', 'artifact')).text).toContain(
      'ErrorUntrustedReusableWorkflow',
    );
    expect((await ask('--attestation-path', file, ...APP, 'artifact')).text).toContain('ErrorUntrustedReusableWorkflow');
  });
});

describe('Google Cloud Build', () => {
  const IMAGE = 'us-docker.pkg.dev/acme/app';
  const ID = 'projects/verified-builder/locations/us-west2/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1';
  const GLOBAL = 'projects/verified-builder/locations/global/keyRings/attestor/cryptoKeys/provenanceSigner/cryptoKeyVersions/1';
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.1',
    subject: [{ name: 'x', digest: { sha256: DIGEST.slice(7) } }],
    predicate: {
      builder: { id: 'https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3' },
      recipe: {
        type: 'https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1',
        arguments: { '@type': 'type.googleapis.com/google.devtools.cloudbuild.v1.Build', substitutions: { TAG_NAME: 'v1.2.3' } },
      },
      materials: [{ uri: 'git+https://github.com/acme/app', digest: { sha1: COMMIT } }],
    },
  };

  async function summary(
    options: {
      readonly keyid?: string;
      readonly bare?: boolean;
      readonly edit?: (s: { [k: string]: unknown }) => void;
      readonly signed?: object;
    } = {},
  ): Promise<string> {
    const payload = Buffer.from(JSON.stringify(options.signed ?? statement));
    const { predicate, ...rest } = statement;
    const bare = options.bare ?? true;
    const signature = bare ? sign(key, payload) : Buffer.from(signEnvelope(key, payload).signatures[0]?.sig ?? '', 'base64');
    const entry = {
      kind: 'BUILD',
      resourceUri: `https://${IMAGE}@${DIGEST}`,
      build: { intotoStatement: { ...rest, slsaProvenance: predicate } },
      envelope: {
        payloadType: 'application/vnd.in-toto+json',
        payload: payload.toString('base64url'),
        signatures: [{ keyid: options.keyid ?? ID, sig: Buffer.from(signature).toString('base64url') }],
      },
    };
    options.edit?.(entry);
    return put(
      JSON.stringify({
        image_summary: { digest: DIGEST, fully_qualified_digest: `${IMAGE}@${DIGEST}` },
        provenance_summary: { provenance: [entry] },
      }),
    );
  }
  const gcb = async (file: string, ...argv: readonly string[]): Promise<Answer> =>
    ask(
      '--provenance-path',
      file,
      '--gcb-key',
      `${ID}=key.pub`,
      '--gcb-key',
      `${GLOBAL}=key.pub`,
      ...(argv.includes('--source-uri') ? [] : APP),
      ...argv,
      `${IMAGE}@${DIGEST}`,
    );

  test('verifies what a regional key signed as it is, and a global one by its pre-authentication encoding', async () => {
    const answer = await gcb(
      await summary(),
      '--source-tag',
      'v1.2.3',
      '--builder-id',
      'https://cloudbuild.googleapis.com/GoogleHostedWorker',
    );
    expect(answer.exit, answer.text).toBe(0);
    expect((await gcb(await summary({ keyid: GLOBAL, bare: false }))).exit).toBe(0);
    expect((await gcb(await summary({ keyid: GLOBAL, bare: true }))).outcome).toBe('untrusted');
    expect((await gcb(await summary({ bare: false }))).outcome).toBe('untrusted');
  });

  test('a file that holds no key is misuse, and named', async () => {
    const broken = await put('no key');
    const answer = await ask('--provenance-path', await summary(), '--gcb-key', broken, ...APP, `${IMAGE}@${DIGEST}`);
    expect(answer.exit, answer.text).toBe(2);
    expect(answer.text).toContain('key-invalid');
    expect(answer.text).toContain(broken);
  });

  test.each<[string, Parameters<typeof summary>[0], readonly string[], string]>([
    ['another source', {}, ['--source-uri', 'github.com/acme/other'], 'ErrorMismatchSource'],
    ['another tag', {}, ['--source-tag', 'v1.2.4'], 'ErrorMismatchTag'],
    ['a branch that is not named', {}, ['--source-branch', 'main'], 'ErrorMismatchBranch'],
    [
      'another version of the builder',
      {},
      ['--builder-id', 'https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.2'],
      'ErrorMismatchBuilderID',
    ],
    ['another kind', { edit: (e) => Object.assign(e, { kind: 'OTHER' }) }, [], 'ErrorInvalidFormat'],
    ['another resource', { edit: (e) => Object.assign(e, { resourceUri: `${IMAGE}@sha256:00` }) }, [], 'ErrorMismatchHash'],
    [
      'another text',
      { edit: (e) => Object.assign(e, { build: { intotoStatement: { ...statement, predicateType: 'x' } } }) },
      [],
      'ErrorMismatchIntoto',
    ],
    ['a key that nobody knows', { keyid: 'projects/other/cryptoKeys/builtByGCB/cryptoKeyVersions/1' }, [], 'ErrorInvalidPublicKey'],
    [
      'another builder',
      { signed: { ...statement, predicate: { ...statement.predicate, builder: { id: 'https://acme.example' } } } },
      [],
      'ErrorInvalidBuilderID',
    ],
  ])('is refused for %s', async (_what, options, argv, fault) => {
    const answer = await gcb(await summary(options), ...argv);
    expect(answer.exit, answer.text).toBe(1);
    expect(answer.text).toContain(fault);
  });

  test('is not believed with the keys that Assay knows, which did not sign it', async () => {
    const answer = await ask('--provenance-path', await summary(), ...APP, `${IMAGE}@${DIGEST}`);
    expect([answer.exit, answer.outcome]).toEqual([1, 'untrusted']);
  });
});

describe('a verification summary', () => {
  const summary = {
    verifier: { id: 'https://v.example' },
    timeVerified: '2026-01-01T00:00:00Z',
    resourceUri: 'image://app',
    verificationResult: 'PASSED',
    verifiedLevels: ['SLSA_BUILD_LEVEL_2', 'ACME_OK'],
  };
  const vsa = async (predicate: object, ...argv: readonly string[]): Promise<Answer> => {
    const statement = inTotoStatement(DIGEST, 'https://slsa.dev/verification_summary/v1', {
      predicate: JSON.parse(JSON.stringify(predicate)),
    });
    const file = await put(JSON.stringify(signEnvelope(key, statement, { keyid: 'k' })));
    return ask(
      '--vsa',
      file,
      '--public-key-path',
      'key.pub',
      '--verifier-id',
      'https://v.example',
      '--resource-uri',
      'image://app',
      ...argv,
    );
  };
  test('passes, about digests or a file', async () => {
    expect(
      (
        await vsa(
          summary,
          '--subject-digest',
          DIGEST,
          '--verified-level',
          'SLSA_BUILD_LEVEL_1',
          '--verified-level',
          'ACME_OK',
          '--public-key-id',
          'k',
        )
      ).exit,
    ).toBe(0);
    expect((await vsa(summary, 'artifact')).exit).toBe(0);
  });
  test.each<[string, object, readonly string[], string]>([
    ['another verifier', { ...summary, verifier: { id: 'x' } }, [], 'ErrorMismatchVerifierID'],
    ['another resource', { ...summary, resourceUri: 'x' }, [], 'ErrorMismatchResourceURI'],
    ['a failure', { ...summary, verificationResult: 'FAILED' }, [], 'ErrorInvalidVerificationResult'],
    ['too low a level', summary, ['--verified-level', 'SLSA_BUILD_LEVEL_3'], 'ErrorMismatchVerifiedLevels'],
    ['a level of another track', summary, ['--verified-level', 'SLSA_SOURCE_LEVEL_1'], 'ErrorMismatchVerifiedLevels'],
    ['a level that is not there', summary, ['--verified-level', 'OTHER'], 'ErrorMismatchVerifiedLevels'],
    ['another name of the key', summary, ['--public-key-id', 'other'], 'ErrorInvalidPublicKey'],
    ['one digest more', summary, ['--subject-digest', 'gce_image_id:1'], 'ErrorMissingSubjectDigest'],
  ])('is refused for %s', async (_what, predicate, argv, fault) => {
    const answer = await vsa(predicate, '--subject-digest', DIGEST, ...argv);
    expect(answer.exit, answer.text).toBe(1);
    expect(answer.text).toContain(fault);
  });
});

describe('an image in a registry', () => {
  test('is asked for its provenance, and other attestations do not count', async () => {
    const container = `${GENERATOR}generator_container_slsa3.yml@refs/tags/v2.1.0`;
    const sink = registrySink(registry.content, 'acme/app');
    const image = pushImage(sink, 'app', { tag: 'v1' });
    const reference = `${registry.host}/acme/app:v1`;
    expect(await ask(...APP, reference)).toMatchObject({ exit: 1, outcome: 'unsigned' });
    const statement = (type: string, predicate: object): Uint8Array =>
      inTotoStatement(image.digest, type, { predicate: JSON.parse(JSON.stringify(predicate)) });
    pushBundle(sink, image, dsseBundle(sigstore, by(container), statement('https://cyclonedx.org/bom', {}), { logs: [{}] }));
    expect(await ask(...APP, reference)).toMatchObject({ exit: 1, outcome: 'unsigned' });
    const parts = { builder: container, buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1' };
    pushBundle(sink, image, dsseBundle(sigstore, by(container), statement(V02, provenance02(parts)), { logs: [{}] }));
    expect(await ask(...APP, '--source-tag', 'v1.2.3', reference)).toMatchObject({ exit: 0, outcome: 'verified' });
    expect(await ask('--source-uri', 'github.com/acme/other', reference)).toMatchObject({ exit: 1, outcome: 'denied' });
    expect(await ask(...APP, `${registry.host}/acme/missing:v1`)).toMatchObject({ exit: 3, outcome: 'inconclusive' });
  });
});

describe('provenance in another repository', () => {
  test('is read from there, and only from there', async () => {
    const container = `${GENERATOR}generator_container_slsa3.yml@refs/tags/v2.1.0`;
    const image = pushImage(registrySink(registry.content, 'acme/moved'), 'moved', { tag: 'v1' });
    const elsewhere = registrySink(registry.content, 'acme/provenance');
    const parts = { builder: container, buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1' };
    const statement = inTotoStatement(image.digest, V02, { predicate: JSON.parse(JSON.stringify(provenance02(parts))) });
    pushBundle(elsewhere, image, dsseBundle(sigstore, by(container), statement, { logs: [{}] }));
    const reference = `${registry.host}/acme/moved:v1`;
    expect(await ask(...APP, reference)).toMatchObject({ exit: 1, outcome: 'unsigned' });
    const answer = await ask(...APP, '--provenance-repository', `${registry.host}/acme/provenance`, reference);
    expect(answer.exit, answer.text).toBe(0);
  });
});

describe('misuse', () => {
  test.each<[string, readonly string[]]>([
    ['no source', ['--provenance-path', 'x.json', 'artifact']],
    ['nothing named', [...APP]],
    ['a file without provenance', [...APP, 'artifact']],
    ['files and images', [...APP, '--provenance-path', 'trusted_root.json', 'artifact', 'registry.example/app']],
    ['two tags', [...APP, '--provenance-path', 'trusted_root.json', '--source-tag', 'v1', '--source-versioned-tag', 'v1', 'artifact']],
    ['a version that is none', [...APP, '--provenance-path', 'trusted_root.json', '--source-versioned-tag', '1.2', 'artifact']],
    ['an input that is no pair', [...APP, '--provenance-path', 'trusted_root.json', '--build-workflow-input', 'x', 'artifact']],
    ['a summary without key', ['--vsa', 'trusted_root.json', '--verifier-id', 'x', '--resource-uri', 'y', 'artifact']],
    [
      'a summary about nothing',
      ['--vsa', 'trusted_root.json', '--verifier-id', 'x', '--resource-uri', 'y', '--public-key-path', 'key.pub'],
    ],
    [
      'a level that is none',
      [
        '--vsa',
        'trusted_root.json',
        '--verifier-id',
        'x',
        '--resource-uri',
        'y',
        '--public-key-path',
        'key.pub',
        '--verified-level',
        'SLSA_BUILD_LEVEL_X',
        'artifact',
      ],
    ],
  ])('%s', async (_what, argv) => {
    expect((await ask(...argv)).exit).toBe(2);
  });
});
