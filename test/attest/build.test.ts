import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROVENANCE_TYPE, provenanceOf } from '../../src/attestation/build/index.ts';
import { readPredicate } from '../../src/attestation/index.ts';
import { checkPredicate } from '../../src/attestation/schema/index.ts';
import { cycloneDxSchemas } from '../../src/cli/attest/cyclonedx-schemas.ts';
import type { JsonObject } from '../../src/codec/json.ts';
import { newKey } from '../../src/testing/authority/index.ts';
import { assay } from '../cli/harness.ts';
import { json, serve, token } from '../sign/oidc-kit.ts';

const COMMIT = '904e2c3e02725e314cf6cf141c4700081298dcbd';
const SECRET = 'hunter2-hunter2';

/** What no provenance may hold, as the CI systems set it. */
const SECRETS = {
  GITHUB_TOKEN: SECRET,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: SECRET,
  CI_JOB_TOKEN: SECRET,
  CI_REGISTRY_PASSWORD: SECRET,
  CI_REPOSITORY_URL: `https://gitlab-ci-token:${SECRET}@gitlab.example/acme/app.git`,
  BUILDKITE_AGENT_ACCESS_TOKEN: SECRET,
  COSIGN_PASSWORD: SECRET,
  AWS_SECRET_ACCESS_KEY: SECRET,
};

const GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/app',
  GITHUB_WORKFLOW_REF: 'acme/app/.github/workflows/release.yml@refs/heads/main',
  GITHUB_REF: 'refs/tags/v1.2.3',
  GITHUB_SHA: COMMIT,
  GITHUB_EVENT_NAME: 'push',
  GITHUB_REPOSITORY_ID: '17',
  GITHUB_REPOSITORY_OWNER_ID: '18',
  GITHUB_RUN_ID: '1001',
  GITHUB_RUN_ATTEMPT: '2',
  RUNNER_ENVIRONMENT: 'github-hosted',
  RUNNER_OS: 'Linux',
};

const GITLAB = {
  GITLAB_CI: 'true',
  CI_SERVER_URL: 'https://gitlab.example',
  CI_PROJECT_URL: 'https://gitlab.example/acme/app',
  CI_RUNNER_ID: '12270835',
  CI_RUNNER_VERSION: '17.1.0',
  CI_JOB_NAME: 'build',
  CI_JOB_URL: 'https://gitlab.example/acme/app/-/jobs/5',
  CI_JOB_STARTED_AT: '2026-01-02T03:04:05Z',
  CI_COMMIT_SHA: COMMIT,
  CI_COMMIT_BRANCH: 'main',
  CI_PIPELINE_SOURCE: 'push',
};

const BUILDKITE = {
  BUILDKITE: 'true',
  BUILDKITE_REPO: 'git@github.com:acme/app.git',
  BUILDKITE_BRANCH: 'main',
  BUILDKITE_COMMIT: COMMIT,
  BUILDKITE_ORGANIZATION_SLUG: 'acme',
  BUILDKITE_PIPELINE_SLUG: 'app',
  BUILDKITE_BUILD_URL: 'https://buildkite.com/acme/app/builds/7',
  BUILDKITE_JOB_ID: '0190-a',
};

const MERGE_REQUEST = {
  ...GITLAB,
  CI_COMMIT_BRANCH: '',
  CI_PROJECT_ID: '17',
  CI_PIPELINE_SOURCE: 'merge_request_event',
  CI_MERGE_REQUEST_PROJECT_ID: '17',
  CI_MERGE_REQUEST_REF_PATH: 'refs/merge-requests/7/head',
  CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'patch-1',
};

const PULL_REQUEST = {
  ...BUILDKITE,
  BUILDKITE_PULL_REQUEST: '5',
  BUILDKITE_PULL_REQUEST_REPO: 'https://github.com/stranger/app.git',
};

const TEKTON = {
  TEKTON_SOURCE_URL: 'https://git.example/acme/app',
  TEKTON_SOURCE_COMMIT: COMMIT,
  TEKTON_SOURCE_REF: 'refs/heads/main',
  TEKTON_PIPELINE_RUN_UID: '1f3c',
  TEKTON_PIPELINE: 'release',
};
const TEKTON_BUILDER = { builder: 'https://tekton.example/builders/1' };

const MARKERS = new Set(['GITHUB_ACTIONS', 'GITLAB_CI', 'BUILDKITE', 'TEKTON_SOURCE_URL']);
const OPTIONAL = new Set([
  ...['RUNNER_OS', 'CI_RUNNER_VERSION', 'CI_JOB_URL', 'CI_JOB_STARTED_AT', 'CI_COMMIT_BRANCH', 'CI_PIPELINE_SOURCE'],
  ...['BUILDKITE_BRANCH', 'TEKTON_SOURCE_REF', 'TEKTON_PIPELINE'],
]);

describe('provenance of the environment', () => {
  test.each([
    [
      'GitHub Actions',
      GITHUB,
      {},
      {
        builder: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        invocation: 'https://github.com/acme/app/actions/runs/1001/attempts/2',
        source: { uri: 'https://github.com/acme/app', ref: 'refs/heads/main', entryPoint: '.github/workflows/release.yml' },
      },
      'git+https://github.com/acme/app@refs/tags/v1.2.3',
    ],
    [
      'GitLab CI',
      GITLAB,
      {},
      {
        builder: 'https://gitlab.example/-/runners/12270835',
        buildType: 'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1',
        invocation: 'https://gitlab.example/acme/app/-/jobs/5',
        startedOn: new Date('2026-01-02T03:04:05Z'),
        source: { uri: 'https://gitlab.example/acme/app', digests: new Map([['gitCommit', COMMIT]]) },
      },
      'git+https://gitlab.example/acme/app@refs/heads/main',
    ],
    [
      'Buildkite',
      BUILDKITE,
      {},
      {
        builder: 'https://buildkite.com/acme',
        buildType: 'urn:assay:build:buildkite:v1',
        invocation: 'https://buildkite.com/acme/app/builds/7#0190-a',
        source: { ref: 'refs/heads/main', digests: new Map([['gitCommit', COMMIT]]) },
      },
      'git+ssh://github.com/acme/app.git@refs/heads/main',
    ],
    [
      'Tekton',
      TEKTON,
      TEKTON_BUILDER,
      {
        builder: 'https://tekton.example/builders/1',
        buildType: 'urn:assay:build:tekton:v1',
        invocation: '1f3c',
        source: { uri: 'git+https://git.example/acme/app@refs/heads/main', digests: new Map([['gitCommit', COMMIT]]) },
      },
      'git+https://git.example/acme/app@refs/heads/main',
    ],
  ])('%s: Assay reads it, its schema allows it, and no secret is in it', async (_name, environment, overrides, read, dependency) => {
    const predicate = provenanceOf({ ...SECRETS, ...environment }, overrides);
    await checkPredicate(PROVENANCE_TYPE, predicate, cycloneDxSchemas);
    expect(readPredicate(PROVENANCE_TYPE, predicate)).toMatchObject({ kind: 'slsa-provenance', version: '1', ...read });
    expect(predicate).toMatchObject({ buildDefinition: { resolvedDependencies: [{ uri: dependency, digest: { gitCommit: COMMIT } }] } });
    expect(JSON.stringify(predicate)).not.toContain('hunter2');
  });

  test.each(
    Object.entries({ GITHUB, GITLAB, BUILDKITE, TEKTON }).flatMap(([system, environment]) =>
      Object.keys(environment)
        .filter((name) => !OPTIONAL.has(name))
        .map((name) => [system, name, environment] as const),
    ),
  )('%s without %s is refused, naming it', (_system, name, environment) => {
    const overrides = environment === TEKTON ? TEKTON_BUILDER : {};
    for (const value of [undefined, '']) {
      try {
        provenanceOf({ ...environment, [name]: value }, overrides);
      } catch (error) {
        expect(error).toMatchObject({ code: 'predicate-invalid' });
        expect((error as Error).message).toMatch(MARKERS.has(name) ? /no build/ : new RegExp(`\\b${name}\\b`));
        continue;
      }
      expect.fail('it was not refused');
    }
  });

  test.each<[name: string, environment: Readonly<Record<string, string>>]>([
    ['two systems', { ...GITHUB, ...GITLAB }],
    ['a marker that says no', { ...GITHUB, GITHUB_ACTIONS: 'false' }],
    ['a short commit', { ...GITHUB, GITHUB_SHA: 'abc1234' }],
    ['HEAD instead of a commit', { ...BUILDKITE, BUILDKITE_COMMIT: 'HEAD' }],
    ['a workflow that is none', { ...GITHUB, GITHUB_WORKFLOW_REF: 'release.yml' }],
    ['a workflow of another repository', { ...GITHUB, GITHUB_WORKFLOW_REF: 'acme/rules/.github/workflows/all.yml@refs/heads/main' }],
    ['a workflow without a ref', { ...GITHUB, GITHUB_WORKFLOW_REF: 'acme/app/.github/workflows/release.yml' }],
    ['a repository on this machine', { ...BUILDKITE, BUILDKITE_REPO: 'file:///srv/app.git' }],
    ['an address whose scheme is missing', { ...BUILDKITE, BUILDKITE_REPO: `acme:${SECRET}@git.example/acme/app` }],
    ['a repository with something behind it', { ...GITHUB, GITHUB_REPOSITORY: 'acme/app@refs/heads/main' }],
    ['a push without a ref', { ...GITHUB, GITHUB_REF: '' }],
    ['a repository that is no address', { ...BUILDKITE, BUILDKITE_REPO: `https://x:${SECRET} @` }],
    ['Tekton without a builder', TEKTON],
  ])('%s is refused', (_name, environment) => {
    let message = '';
    try {
      provenanceOf(environment);
    } catch (error) {
      expect(error).toMatchObject({ code: 'predicate-invalid' });
      ({ message } = error as Error);
    }
    expect(message).not.toBe('');
    expect(message).not.toContain('hunter2');
  });

  test.each<[name: string, environment: Readonly<Record<string, string>>, uri: string]>([
    [
      'GitLab: the result of a merge',
      { ...MERGE_REQUEST, CI_MERGE_REQUEST_EVENT_TYPE: 'merged_result' },
      'git+https://gitlab.example/acme/app@refs/merge-requests/7/merge',
    ],
    [
      'GitLab: a merge train',
      { ...MERGE_REQUEST, CI_MERGE_REQUEST_EVENT_TYPE: 'merge_train' },
      'git+https://gitlab.example/acme/app@refs/merge-requests/7/train',
    ],
    [
      'GitLab: a merge request by itself',
      { ...MERGE_REQUEST, CI_MERGE_REQUEST_EVENT_TYPE: 'detached' },
      'git+https://gitlab.example/acme/app@refs/merge-requests/7/head',
    ],
    [
      'GitLab: a merge request in the fork that asks, where its number is none of the fork’s',
      { ...MERGE_REQUEST, CI_PROJECT_ID: '42', CI_MERGE_REQUEST_EVENT_TYPE: 'detached' },
      'git+https://gitlab.example/acme/app@refs/heads/patch-1',
    ],
    [
      'Buildkite: main of a fork is not main',
      { ...PULL_REQUEST, BUILDKITE_PIPELINE_PROVIDER: 'github' },
      'git+ssh://github.com/acme/app.git@refs/pull/5/head',
    ],
    [
      'Buildkite: a pull request as it would be merged',
      { ...PULL_REQUEST, BUILDKITE_PIPELINE_PROVIDER: 'github_enterprise', BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC: 'true' },
      'git+ssh://github.com/acme/app.git@refs/pull/5/merge',
    ],
    ['Buildkite: a fork elsewhere', { ...PULL_REQUEST, BUILDKITE_PIPELINE_PROVIDER: 'bitbucket' }, 'git+ssh://github.com/acme/app.git'],
    [
      'Buildkite: a pull request of the repository itself elsewhere',
      { ...PULL_REQUEST, BUILDKITE_PIPELINE_PROVIDER: 'bitbucket', BUILDKITE_PULL_REQUEST_REPO: 'git://github.com/acme/app' },
      'git+ssh://github.com/acme/app.git@refs/heads/main',
    ],
    ['Buildkite: no pull request', { ...BUILDKITE, BUILDKITE_PULL_REQUEST: 'false' }, 'git+ssh://github.com/acme/app.git@refs/heads/main'],
    ['GitHub: a deployment of a commit', { ...GITHUB, GITHUB_EVENT_NAME: 'deployment', GITHUB_REF: '' }, 'git+https://github.com/acme/app'],
  ])('%s: the ref that is stated is the one that has the commit', (_name, environment, uri) => {
    expect(provenanceOf(environment)).toMatchObject({
      buildDefinition: { resolvedDependencies: [{ uri, digest: { gitCommit: COMMIT } }] },
    });
  });

  test.each(['main#x', 'main:x', 'm%61in', 'main?x'])('a branch %s is read as no other branch', (branch) => {
    for (const predicate of [
      provenanceOf({ ...BUILDKITE, BUILDKITE_BRANCH: branch }),
      provenanceOf({ ...TEKTON, TEKTON_SOURCE_REF: `refs/heads/${branch}` }, TEKTON_BUILDER),
    ]) {
      const read = readPredicate(PROVENANCE_TYPE, predicate);
      expect(read).toMatchObject({ source: { ref: `refs/heads/${branch.replace(/[#:%?]/, encodeURIComponent)}` } });
      expect(URL.canParse(read.kind === 'slsa-provenance' ? (read.source.uri ?? '') : '')).toBe(true);
    }
  });

  test.each([
    ['.github/workflows/rel@2.yml', 'refs/heads/main'],
    ['.github/workflows/release.yml', 'refs/tags/app@1.2.3'],
    ['.github/workflows/rel@2.yml', 'refs/tags/app@1.2.3'],
  ])('GitHub: the workflow %s at %s', (path, ref) => {
    expect(provenanceOf({ ...GITHUB, GITHUB_REF: ref, GITHUB_WORKFLOW_REF: `acme/app/${path}@${ref}` })).toMatchObject({
      buildDefinition: { externalParameters: { workflow: { path, ref } } },
    });
  });

  test('GitHub: in a reusable workflow the builder is that one, as in the certificate', () => {
    const job = 'acme/workflows/.github/workflows/build.yml@refs/tags/v1';
    const said = { repository: 'acme/app', ref: GITHUB.GITHUB_REF, sha: COMMIT, workflow_ref: GITHUB.GITHUB_WORKFLOW_REF, run_id: '1001' };
    const builderWith = (token: JsonObject): unknown => provenanceOf(GITHUB, { token }).runDetails;
    expect(builderWith({ ...said, job_workflow_ref: job })).toMatchObject({ builder: { id: `https://github.com/${job}` } });
    expect(builderWith({ sub: 'nobody’s job' })).toMatchObject({ builder: { id: `https://github.com/${GITHUB.GITHUB_WORKFLOW_REF}` } });
    for (const name of Object.keys(said))
      expect(() => builderWith({ ...said, job_workflow_ref: job, [name]: 'another' })).toThrow(
        expect.objectContaining({ code: 'predicate-invalid', message: expect.stringContaining(`says ${name} "another"`) }),
      );
  });

  test('addresses lose what signs in to them', () => {
    const config = `https://acme:${SECRET}@ci.example/app.yml?private_token=${SECRET}`;
    expect(provenanceOf({ ...GITLAB, CI_CONFIG_PATH: config })).toMatchObject({
      buildDefinition: { externalParameters: { variables: { CI_CONFIG_PATH: 'https://ci.example/app.yml' } } },
    });
    expect(provenanceOf({ ...GITLAB, CI_CONFIG_PATH: 'ci.yml@acme/ci' })).toMatchObject({
      buildDefinition: { externalParameters: { variables: { CI_CONFIG_PATH: 'ci.yml@acme/ci' } } },
    });
    for (const repo of [`https://acme:${SECRET}@git.example/acme/app`, `https://git.example/acme/app?private_token=${SECRET}`])
      expect(JSON.stringify(provenanceOf({ ...BUILDKITE, BUILDKITE_REPO: repo }))).toMatch(
        /^(?!.*hunter2).*git\+https:\/\/git\.example\/acme\/app/,
      );
  });

  test('what the caller says goes before, and cannot contradict the build', () => {
    const said = provenanceOf(GITHUB, {
      builder: 'https://b.example',
      buildType: 'https://t.example',
      parameters: new Map([['level', '3']]),
    });
    expect(said).toMatchObject({
      buildDefinition: { buildType: 'https://t.example', externalParameters: { level: '3', workflow: { ref: 'refs/heads/main' } } },
      runDetails: { builder: { id: 'https://b.example' } },
    });
    expect(() => provenanceOf(GITHUB, { parameters: new Map([['workflow', 'x']]) })).toThrow(/--parameter workflow/);
  });
});

describe('assay attest-blob --from-ci', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-provenance-'));
    const key = newKey('p256');
    writeFileSync(join(folder, 'a.key'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, 'a.pub'), key.spkiPem);
    writeFileSync(join(folder, 'artifact'), 'an artifact');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (argv: readonly string[], env = {}): ReturnType<typeof assay> =>
    assay([...argv, '--output', 'json'], { cwd: folder, home: folder, env: { ...SECRETS, ...env } });
  const attest = (argv: readonly string[], env = {}): ReturnType<typeof assay> =>
    run(['attest-blob', '--key', 'a.key', '--tlog-upload=false', ...argv, 'artifact'], env);

  test('it verifies, states the build, and is kept when the same build attests again', async () => {
    const made = await attest(['--from-ci', '--parameter', 'release=v1.2.3'], GITHUB);
    expect(JSON.parse(made.stdout.toString())).toMatchObject({
      outcome: 'signed',
      files: [{ evidence: [{ predicateType: PROVENANCE_TYPE }] }],
    });
    const verified = await run(
      [
        ...['verify-blob-attestation', '--key', 'a.pub', '--insecure-ignore-tlog', '--type', 'slsaprovenance1'],
        ...['--bundle', 'artifact.sigstore.json', 'artifact'],
      ],
      GITHUB,
    );
    expect(verified.exit).toBe(0);
    expect(JSON.parse(verified.stdout.toString())).toMatchObject({
      files: [
        { evidence: [{ claims: { builder: { builder: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main' } } }] },
      ],
    });
    const bundle = JSON.parse(readFileSync(join(folder, 'artifact.sigstore.json'), 'utf8')) as { dsseEnvelope: { payload: string } };
    expect(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()).not.toContain('hunter2');
    const again = await attest(['--type', 'slsaprovenance1', '--from-ci', '--parameter', 'release=v1.2.3'], GITHUB);
    expect(JSON.parse(again.stdout.toString())).toMatchObject({ outcome: 'kept' });
  });

  test.each<[argv: readonly string[], code: string, env?: Readonly<Record<string, string>>]>([
    [['--from-ci'], 'predicate-invalid', {}],
    [['--from-ci', '--predicate', 'a.pub'], 'usage-invalid'],
    [['--from-ci', '--statement', 'a.pub'], 'usage-invalid'],
    [['--from-ci', '--type', 'slsaprovenance'], 'usage-invalid'],
    [['--from-ci', '--parameter', 'novalue'], 'usage-invalid'],
    [['--from-ci', '--parameter', 'a=1', '--parameter', 'a=2'], 'usage-invalid'],
    [['--from-ci', '--builder-id', 'me'], 'predicate-invalid'],
    [['--builder-id', 'https://b.example', '--predicate', 'a.pub'], 'usage-invalid'],
  ])('%s is refused', async (argv, code, env = GITHUB) => {
    const { exit, stdout } = await attest(argv, env);
    expect(JSON.parse(stdout.toString())).toMatchObject({ errors: [{ code }] });
    expect(exit).toBe(2);
  });

  test('the builder is asked of the job’s identity token, where the job may get one', async () => {
    const job = 'acme/workflows/.github/workflows/build.yml@refs/tags/v1';
    const state = { claims: { job_workflow_ref: job, sha: COMMIT }, status: 200 };
    const url = await serve(({ headers }, response) =>
      json(response, headers.authorization === 'bearer runner' ? { value: token(state.claims) } : {}, state.status),
    );
    const env = { ...GITHUB, ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/?a=b`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner' };
    const from = (...argv: readonly string[]): ReturnType<typeof assay> => attest(['--from-ci', '--bundle', 'job.json', ...argv], env);
    const builder = (): unknown => {
      const { dsseEnvelope } = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8')) as { dsseEnvelope: { payload: string } };
      return JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()).predicate.runDetails.builder.id;
    };
    expect((await from()).exit).toBe(0);
    expect(builder()).toBe(`https://github.com/${job}`);
    expect((await from('--force', '--builder-id', 'https://b.example')).exit).toBe(0);
    expect(builder()).toBe('https://b.example');
    state.claims.sha = COMMIT.replace('9', '8');
    const other = await from('--force');
    expect(other.exit).toBe(2);
    expect(JSON.parse(other.stdout.toString())).toMatchObject({ errors: [{ code: 'predicate-invalid' }] });
    state.status = 403;
    const refused = await from('--force');
    expect(refused.exit).toBe(3);
    expect(JSON.parse(refused.stdout.toString())).toMatchObject({
      errors: [{ code: 'service-refused', hint: expect.stringContaining('--builder-id') }],
    });
  });

  test('a predicate that breaks its schema is refused, and attested when that is what is wanted', async () => {
    writeFileSync(join(folder, 'broken.json'), '{"buildDefinition":{}}');
    const argv = ['--type', 'slsaprovenance1', '--predicate', 'broken.json', '--bundle', 'broken.sigstore.json'];
    const refused = await attest(argv);
    expect(refused.exit).toBe(2);
    expect(JSON.parse(refused.stdout.toString())).toMatchObject({
      errors: [{ code: 'predicate-invalid', message: expect.stringContaining('buildDefinition.buildType is missing') }],
    });
    const forced = await attest([...argv, '--unsafe-skip-schema']);
    expect(JSON.parse(forced.stdout.toString())).toMatchObject({
      outcome: 'signed',
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'weakened' })]),
    });
  });
});
