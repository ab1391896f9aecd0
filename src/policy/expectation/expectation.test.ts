import { describe, expect, test } from 'vitest';
import type { Json } from '../../codec/json.ts';
import type { Condition, ConditionResult, Findings } from '../../verify/index.ts';
import type { Answer } from '../language/evaluator.ts';
import { listsComponents } from './bill-of-materials.ts';
import { ageText, parseAge } from './duration.ts';
import { notOlderThan } from './freshness.ts';
import { CEL_VARIABLES, programHolds } from './program.ts';
import { slsaConditions } from './slsa/expectation.ts';
import { PUBLISH, packageConditions, publishConditions } from './slsa/npm.ts';
import { canonicalRepository } from './slsa/repository.ts';
import { isRelease, isVersionWithin } from './slsa/version.ts';
import { fewVulnerabilities } from './vulnerabilities.ts';

const NOW = Date.parse('2026-01-31T00:00:00Z');

interface Evidence {
  readonly predicateType?: string;
  readonly predicate?: Json;
  readonly subjects?: readonly { readonly name: string }[];
  readonly times?: readonly string[];
  readonly claims?: Readonly<Record<string, string>>;
  readonly keyId?: string;
  readonly subject?: string;
  /** Of a signature or artifact: what was signed. */
  readonly payload?: Json;
}

function findings(e: Evidence): Findings {
  const subjects = (e.subjects ?? [{ name: 'x' }]).map((s) => ({
    name: s.name,
    digests: new Map([['sha512', '00']]),
    annotations: new Map(),
  }));
  const statement =
    e.predicateType === undefined
      ? undefined
      : { type: 'https://in-toto.io/Statement/v1', predicateType: e.predicateType, subjects, predicate: e.predicate };
  return {
    id: 'x',
    kind: 'attestation',
    format: 'sigstore-bundle',
    outcome: 'verified',
    signer: { kind: 'keyless', keyId: e.keyId ?? 'k', ...(e.subject === undefined ? {} : { subject: e.subject }) },
    claims: { certificate: new Map(Object.entries(e.claims ?? {})), builder: new Map() },
    predicateType: e.predicateType,
    times: (e.times ?? []).map((t) => ({ source: 'log', time: new Date(t) })),
    log: [],
    checks: [],
    payload: Buffer.from(JSON.stringify(statement === undefined ? (e.payload ?? null) : { predicate: e.predicate ?? null })),
    authorities: [],
    statement,
  };
}

async function ask(condition: Condition | undefined, evidence: Evidence): Promise<ConditionResult['result'] | undefined> {
  return (await condition?.evaluate({ findings: findings(evidence), now: NOW }))?.result;
}

async function askAll(conditions: readonly Condition[], evidence: Evidence): Promise<readonly string[]> {
  const said = await Promise.all(conditions.map((c) => c.evaluate({ findings: findings(evidence), now: NOW })));
  return said.flatMap((s) => (s.result === 'pass' ? [] : [s.reason]));
}

describe('a span of time', () => {
  test.each([
    ['30d', 2_592_000_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
  ])('%s', (text, ms) => expect(parseAge(text)).toBe(ms));
  test.each(['', '30', '0s', 'd', '3 d', '-1d', '1w'])('%s is none', (text) => expect(() => parseAge(text)).toThrow());
  test('for people', () => expect([ageText(90_000_000), ageText(1000), ageText(3_600_000)]).toEqual(['1d1h', 'under a minute', '1h']));
});

describe('age', () => {
  const week = notOlderThan(parseAge('7d'), 'verified');
  const scan = notOlderThan(parseAge('7d'), 'metadata.scanFinishedOn');
  test.each<[string, Condition, Evidence, string]>([
    ['young', week, { times: ['2026-01-30T00:00:00Z'] }, 'pass'],
    ['old', week, { times: ['2026-01-20T00:00:00Z'] }, 'fail'],
    ['stamped again', week, { times: ['2026-01-30T00:00:00Z', '2026-01-20T00:00:00Z'] }, 'fail'],
    ['of unknown age', week, {}, 'fail'],
    ['from the future', week, { times: ['2026-03-01T00:00:00Z'] }, 'fail'],
    ['a young scan', scan, { predicateType: 'x:y', predicate: { metadata: { scanFinishedOn: '2026-01-30T00:00:00Z' } } }, 'pass'],
    [
      'an old scan, signed today',
      scan,
      { predicateType: 'x:y', predicate: { metadata: { scanFinishedOn: '2026-01-01T00:00:00Z' } }, times: ['2026-01-30T00:00:00Z'] },
      'fail',
    ],
    ['a scan without time', scan, { predicateType: 'x:y', predicate: {} }, 'fail'],
    ['a time that is none', scan, { predicateType: 'x:y', predicate: { metadata: { scanFinishedOn: 'now' } } }, 'fail'],
    ['a time of an object that inherits it', notOlderThan(1, 'constructor.name'), { predicateType: 'x:y', predicate: {} }, 'fail'],
  ])('%s', async (_what, condition, evidence, result) => expect(await ask(condition, evidence)).toBe(result));
});

describe('a program', () => {
  const said = (language: 'cel' | 'cue' | 'rego', answer: Answer, inputs: string[] = []): Condition =>
    programHolds({ language, name: 'x', message: undefined, program: { evaluate: (input) => note(input, answer, inputs) } });
  const note = async (input: string, answer: Answer, inputs: string[]): Promise<Answer> => {
    inputs.push(input);
    return answer;
  };
  test.each<['cel' | 'cue' | 'rego', Answer, string]>([
    ['cel', { value: true }, 'pass'],
    ['cel', { value: false }, 'fail'],
    ['cel', { value: 'true' }, 'inconclusive'],
    ['cel', { value: null }, 'inconclusive'],
    ['cel', { error: 'no such key' }, 'inconclusive'],
    ['cue', { value: true }, 'pass'],
    ['cue', { error: 'conflicting values' }, 'fail'],
    ['rego', { value: true }, 'pass'],
    ['rego', { value: false }, 'fail'],
    ['rego', { value: undefined }, 'fail'],
    ['rego', { value: { result: true, warning: 'w' } }, 'pass'],
    ['rego', { value: { result: false, error: 'e' } }, 'fail'],
    ['rego', { value: { result: 'true' } }, 'inconclusive'],
    ['rego', { value: [true] }, 'fail'],
    ['rego', { value: [] }, 'fail'],
    ['rego', { value: [{ result: false }, { result: true, warning: 'w' }] }, 'pass'],
    ['rego', { value: 1 }, 'inconclusive'],
    ['rego', { error: 'x' }, 'inconclusive'],
  ])('%s that says %j', async (language, answer, result) => expect(await ask(said(language, answer), { payload: {} })).toBe(result));

  test('CEL is given its variables, the others the document', async () => {
    const inputs: string[] = [];
    await ask(said('cel', { value: true }, inputs), { predicateType: 'x:y', predicate: { a: 1 }, claims: { issuer: 'i' } });
    const given = JSON.parse(inputs[0] ?? '') as Record<string, unknown>;
    expect(Object.keys(given).sort()).toEqual([...CEL_VARIABLES].sort());
    expect(given).toMatchObject({ predicate: { a: 1 }, claims: { certificate: { issuer: 'i' } }, now: '2026-01-31T00:00:00.000Z' });
    await ask(said('cue', { value: true }, inputs), { payload: { b: 2 } });
    expect(JSON.parse(inputs[1] ?? '')).toEqual({ b: 2 });
  });
});

describe('findings of a scan', () => {
  const none = fewVulnerabilities({ most: new Map([['critical', 0]]), ignore: new Set(['CVE-1']) });
  const trivy = (...found: readonly [string, string][]): Json => ({
    SchemaVersion: 2,
    Results: [{}, { Vulnerabilities: found.map(([VulnerabilityID, Severity]) => ({ VulnerabilityID, Severity })) }],
  });
  test.each<[string, Json, string]>([
    ['nothing', trivy(), 'pass'],
    ['something else', trivy(['CVE-2', 'HIGH']), 'pass'],
    ['what is ignored', trivy(['CVE-1', 'CRITICAL']), 'pass'],
    ['one too many', trivy(['CVE-2', 'CRITICAL']), 'fail'],
    ['one of Grype', { matches: [{ vulnerability: { id: 'CVE-2', severity: 'Critical' } }] }, 'fail'],
    ['none of Grype', { matches: [] }, 'pass'],
    ['a report of another scanner', { findings: [] }, 'inconclusive'],
  ])('%s', async (_what, report, result) => {
    expect(await ask(none, { payload: report })).toBe(result);
    expect(
      await ask(none, { predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1', predicate: { scanner: { result: report } } }),
    ).toBe(result);
  });
});

test('a bill of materials lists components', async () => {
  const one = listsComponents(1);
  expect(await ask(one, { payload: { bomFormat: 'CycloneDX', specVersion: '1.5', components: [{ name: 'a' }] } })).toBe('pass');
  expect(await ask(one, { payload: { bomFormat: 'CycloneDX', specVersion: '1.5' } })).toBe('fail');
  expect(await ask(one, { payload: { spdxVersion: 'SPDX-2.3', packages: [{ name: 'a' }], creationInfo: {} } })).toBe('pass');
  expect(await ask(one, { payload: { anything: 1 } })).toBe('fail');
});

describe('repositories and versions', () => {
  test.each([
    'github.com/a/b',
    'https://github.com/a/b',
    'git+https://github.com/a/b.git@refs/heads/main',
    'https://GitHub.com/a/b/',
    'https://github.com/a/b#main',
  ])('%s is github.com/a/b', (uri) => expect(canonicalRepository(uri)).toBe('github.com/a/b'));
  test.each(['http://github.com/a/b', 'github.com/A/b', 'github.com/a/b/c', 'ssh://github.com/a/b', 'github.com.evil/a/b'])(
    '%s is another',
    (uri) => expect(canonicalRepository(uri)).not.toBe('github.com/a/b'),
  );
  test.each<[string, string, boolean]>([
    ['v1.2.3', 'v1', true],
    ['v1.2.3', 'v1.2', true],
    ['v1.2.3', 'v1.2.3', true],
    ['v1.2.3+meta', 'v1.2.3', true],
    ['v12.0.0', 'v1', false],
    ['v1.2.3-rc.1', 'v1.2.3', false],
    ['v1.2.3', 'v1.2.4', false],
    ['v1', 'v1.0.0', true],
    ['main', 'v1', false],
    ['v01.2.3', 'v1', false],
  ])('%s within %s: %s', (tag, wanted, within) => expect(isVersionWithin(tag, wanted)).toBe(within));
  test('a release is whole', () =>
    expect(['v1.2.3', 'v1.2', '1.2.3', 'v1.2.3-rc', 'v1.2.3+x'].map(isRelease)).toEqual([true, false, false, false, false]));
});

describe('SLSA expectations', () => {
  const V1 = 'https://slsa.dev/provenance/v1';
  const SIGNER = 'https://github.com/acme/app/.github/workflows/x.yml@refs/heads/main';
  const claims = {
    issuer: 'https://token.actions.githubusercontent.com',
    sourceRepositoryURI: 'https://github.com/acme/app',
    sourceRepositoryRef: 'refs/heads/main',
    runnerEnvironment: 'github-hosted',
  };
  const built = (builder: string, more: object = {}): Json =>
    JSON.parse(
      JSON.stringify({
        buildDefinition: {
          buildType: 't',
          externalParameters: { workflow: { repository: 'https://github.com/acme/app', ref: 'refs/heads/main' }, ...more },
        },
        runDetails: { builder: { id: builder } },
      }),
    ) as Json;
  const evidence: Evidence = { predicateType: V1, predicate: built(SIGNER), claims, subject: SIGNER };
  const strict = { equal: new Map<string, Json>(), allow: new Set<string>() };
  const repository = 'https://github.com/acme/app';

  test.each<[string, Parameters<typeof slsaConditions>[0], Evidence, string | undefined]>([
    [
      'all as expected',
      { source: { repository, branch: 'main' }, builder: { id: SIGNER }, level: 2, parameters: strict, provenBy: 'certificate' },
      evidence,
      undefined,
    ],
    [
      'a level that nobody vouches for',
      { level: 3, parameters: undefined, provenBy: 'builder' },
      evidence,
      'is of build level 2, expected is 3',
    ],
    [
      'a level that the policy vouches for',
      { level: 3, builder: { id: SIGNER, level: 3 }, parameters: undefined, provenBy: 'builder' },
      evidence,
      undefined,
    ],
    [
      'a level that the policy vouches for another builder',
      { level: 3, builder: { id: `${SIGNER}x`, level: 3 }, parameters: undefined, provenBy: 'builder' },
      evidence,
      'the builder is',
    ],
    [
      'a builder that nobody knows',
      { level: 1, parameters: undefined, provenBy: 'builder' },
      { ...evidence, claims: {}, predicate: built('https://acme.example/b') },
      'is not known',
    ],
    [
      'source without certificate',
      { source: { repository }, parameters: undefined, provenBy: 'certificate' },
      { ...evidence, claims: {} },
      'the certificate proves no repository',
    ],
    [
      'source without certificate, which is enough',
      { source: { repository }, parameters: undefined, provenBy: 'builder' },
      { ...evidence, claims: {} },
      undefined,
    ],
    [
      'a certificate that says something else',
      { source: { repository }, parameters: undefined, provenBy: 'builder' },
      { ...evidence, claims: { ...claims, sourceRepositoryURI: 'https://github.com/acme/evil' } },
      'the certificate proves github.com/acme/evil',
    ],
    [
      'a self-hosted runner',
      { level: 2, parameters: undefined, provenBy: 'builder' },
      { ...evidence, claims: { ...claims, runnerEnvironment: 'self-hosted' } },
      'is not known',
    ],
    [
      'a parameter that nobody expects',
      { parameters: strict, provenBy: 'builder' },
      { ...evidence, predicate: built(SIGNER, { debug: true }) },
      'the parameter debug is not expected',
    ],
    [
      'a parameter that is allowed',
      { parameters: { ...strict, allow: new Set(['debug']) }, provenBy: 'builder' },
      { ...evidence, predicate: built(SIGNER, { debug: true }) },
      undefined,
    ],
    [
      'a name with a dot for what is below a name',
      { parameters: { ...strict, allow: new Set(['a.b']) }, provenBy: 'builder' },
      { ...evidence, predicate: built(SIGNER, { 'a.b': 1 }) },
      'is not expected',
    ],
    ['another build type', { buildType: 'u', parameters: undefined, provenBy: 'builder' }, evidence, 'the build type is t'],
    [
      'no provenance',
      { source: { repository }, parameters: undefined, provenBy: 'builder' },
      { predicateType: 'https://cyclonedx.org/bom', predicate: {} },
      'no SLSA provenance',
    ],
  ])('%s', async (_what, wanted, given, problem) => {
    const said = await askAll(slsaConditions(wanted), given);
    if (problem === undefined) expect(said).toEqual([]);
    else expect(said.join('; ')).toContain(problem);
  });
});

describe("npm's pair", () => {
  const wanted = { name: '@acme/app', version: '1.2.3' };
  const windows = [{ keyId: 'k', start: Date.parse('2025-01-01T00:00:00Z'), end: Date.parse('2025-12-31T00:00:00Z') }];
  const published: Evidence = {
    predicateType: PUBLISH,
    predicate: wanted,
    subjects: [{ name: 'pkg:npm/%40acme/app@1.2.3' }],
    times: ['2025-06-01T00:00:00Z'],
  };
  test.each<[string, Evidence, string | undefined]>([
    ['as expected', published, undefined],
    ['another version', { ...published, predicate: { ...wanted, version: '1.2.4' } }, 'ErrorMismatchPackageVersion'],
    ['another name', { ...published, subjects: [{ name: 'pkg:npm/other@1.2.3' }] }, 'ErrorMismatchPackageName'],
    ['two subjects', { ...published, subjects: [{ name: 'pkg:npm/%40acme/app@1.2.3' }, { name: 'x' }] }, 'ErrorInvalidSubject'],
    ['no package', { ...published, subjects: [{ name: '%' }] }, 'ErrorInvalidPackageName'],
    ['another key', { ...published, keyId: 'other' }, 'ErrorInvalidPublicKey'],
    ['after the key', { ...published, times: ['2026-01-30T00:00:00Z'] }, 'ErrorInvalidPublicKey'],
    ['at no proven time', { ...published, times: [] }, 'ErrorInvalidPublicKey'],
  ])('%s', async (_what, evidence, fault) => {
    const said = (await askAll(publishConditions(wanted, windows), evidence)).join('; ');
    if (fault === undefined) expect(said).toBe('');
    else expect(said).toContain(fault);
  });
  test('provenance is about the package too', async () => {
    expect(await askAll(packageConditions(wanted), { predicateType: 'x:y', subjects: [{ name: 'pkg:npm/%40acme/app@1.2.3' }] })).toEqual(
      [],
    );
    expect(
      await askAll(packageConditions({ name: undefined, version: '1.0.0' }), {
        predicateType: 'x:y',
        subjects: [{ name: 'pkg:npm/%40acme/app@1.2.3' }],
      }),
    ).toHaveLength(1);
  });
});
