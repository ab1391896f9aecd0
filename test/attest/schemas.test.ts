import { describe, expect, test } from 'vitest';
import { wantedPredicateType } from '../../src/attestation/index.ts';
import { checkPredicate } from '../../src/attestation/schema/index.ts';
import { cycloneDxSchemas } from '../../src/cli/attest/cyclonedx-schemas.ts';
import type { Json } from '../../src/codec/json.ts';
import { CUSTOM, CYCLONEDX, LINK, OPENVEX, PROVENANCE_1, PROVENANCE_02, SPDX_2, SPDX_3, SUMMARY_1, VULN } from './documents.ts';

async function check(type: string, predicate: unknown): Promise<string> {
  const uri = wantedPredicateType(type).uri;
  try {
    await checkPredicate(uri, predicate as Json, cycloneDxSchemas);
    return 'good';
  } catch (error) {
    expect(error).toMatchObject({ code: 'predicate-invalid' });
    return (error as Error).message;
  }
}

/** A copy with one member changed, by its path; `undefined` takes it away. */
function changed(document: object, path: string, value?: unknown): object {
  const copy = structuredClone(document) as Record<string, unknown>;
  const steps = path.split('/');
  const last = steps.pop() ?? '';
  let at: Record<string, unknown> = copy;
  for (const step of steps) at = at[step] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

describe('what is good is signed', () => {
  test.each<[type: string, document: object]>([
    ['slsaprovenance1', PROVENANCE_1],
    ['slsaprovenance', PROVENANCE_02],
    ['slsaprovenance02', { builder: { id: 'https://b.example' }, buildType: 'https://t.example', materials: null }],
    ['spdxjson', SPDX_2],
    ['spdx', changed(SPDX_2, 'spdxVersion', 'SPDX-2.2')],
    ['spdxjson', SPDX_3],
    ['https://spdx.dev/Document/v2.3', SPDX_2],
    ...['3', '3.0', '3.0.1'].map((v): [string, object] => [`https://spdx.dev/Document/v${v}`, SPDX_3]),
    ['vuln', VULN],
    ['openvex', OPENVEX],
    ['https://openvex.dev/ns/v0.2.0', OPENVEX],
    ['vsa', SUMMARY_1],
    ['link', LINK],
    ['custom', CUSTOM],
    ['https://acme.example/review/v1', { anything: [1, null] }],
    ...['1.2', '1.3', '1.4', '1.5', '1.6', '1.7'].map((v): [string, object] => ['cyclonedx', CYCLONEDX(v)]),
    ['https://cyclonedx.org/bom/v1.6', CYCLONEDX('1.6')],
  ])('%s', async (type, document) => expect(await check(type, document)).toBe('good'));
});

describe('what is broken is refused, with the place', () => {
  test.each<[name: string, type: string, document: object, said: string]>([
    ['no builder', 'slsaprovenance1', changed(PROVENANCE_1, 'runDetails/builder/id'), 'runDetails.builder.id is missing'],
    ['no build type', 'slsaprovenance1', changed(PROVENANCE_1, 'buildDefinition/buildType', 'make'), 'buildDefinition.buildType is no uri'],
    ['no parameters', 'slsaprovenance1', changed(PROVENANCE_1, 'buildDefinition/externalParameters'), 'externalParameters is missing'],
    [
      'a time without zone',
      'slsaprovenance1',
      changed(PROVENANCE_1, 'runDetails/metadata/startedOn', '2026-01-02T03:04:05'),
      'is no date-time',
    ],
    [
      'a day that is none',
      'slsaprovenance1',
      changed(PROVENANCE_1, 'runDetails/metadata/startedOn', '2026-02-30T03:04:05Z'),
      'is no date-time',
    ],
    [
      'a short digest',
      'slsaprovenance1',
      changed(PROVENANCE_1, 'buildDefinition/resolvedDependencies/0/digest', { gitCommit: 'abc' }),
      'buildDefinition.resolvedDependencies[0].digest.gitCommit does not have the form',
    ],
    ['v1 as v0.2', 'slsaprovenance', PROVENANCE_1, 'builder is missing; buildType is missing'],
    ['v0.2 as v1', 'slsaprovenance1', PROVENANCE_02, 'buildDefinition is missing; runDetails is missing'],
    ['materials in the old form', 'slsaprovenance', changed(PROVENANCE_02, 'materials', { a: {} }), 'materials is no'],
    ['no licence of the data', 'spdxjson', changed(SPDX_2, 'dataLicense'), 'dataLicense is missing'],
    ['no namespace', 'spdxjson', changed(SPDX_2, 'documentNamespace'), 'documentNamespace is missing'],
    ['an unknown version', 'spdxjson', changed(SPDX_2, 'spdxVersion', 'SPDX-2.1'), 'no schema is known'],
    ['no version', 'spdxjson', changed(SPDX_2, 'spdxVersion'), 'spdxVersion is missing'],
    ['an id that is none', 'spdxjson', changed(SPDX_2, 'packages/0/SPDXID', 'Package 1'), 'packages[0].SPDXID does not have the form'],
    ['no download location', 'spdxjson', changed(SPDX_2, 'packages/0/downloadLocation'), 'packages[0].downloadLocation is missing'],
    [
      'a member of nobody',
      'spdxjson',
      changed(SPDX_2, 'packages/0/colour', 'red'),
      'packages[0].colour is no member that the schema knows',
    ],
    [
      'a relationship of nobody',
      'spdxjson',
      changed(SPDX_2, 'relationships/0/relationshipType', 'LIKES'),
      'relationships[0].relationshipType',
    ],
    ['2.3 under the type of 2.2', 'https://spdx.dev/Document/v2.2', SPDX_2, 'the predicate type says version 2.2'],
    ['3.0.1 under the type of 3.1', 'https://spdx.dev/Document/v3.1', SPDX_3, 'the predicate type says version 3.1, @context says 3.0.1'],
    ['a graph without document', 'spdxjson', changed(SPDX_3, '@graph', [{ type: 'Tool' }]), '@graph'],
    ['CycloneDX as SPDX', 'spdxjson', CYCLONEDX('1.6'), 'SPDXID is missing'],
    ['SPDX as CycloneDX', 'cyclonedx', SPDX_2, 'specVersion is missing'],
    ['CycloneDX of the future', 'cyclonedx', changed(CYCLONEDX('1.6'), 'specVersion', '1.9'), 'no schema is known'],
    ['a component without name', 'cyclonedx', changed(CYCLONEDX('1.6'), 'components/0/name'), 'components[0].name is missing'],
    ['a component of no kind', 'cyclonedx', changed(CYCLONEDX('1.4'), 'components/0/type', 'thing'), 'components[0].type is none of'],
    ['what only 1.6 has', 'cyclonedx', changed(CYCLONEDX('1.5'), 'declarations', {}), 'declarations is no member that the schema knows'],
    [
      'a licence of nobody',
      'cyclonedx',
      changed(CYCLONEDX('1.6'), 'components/0/licenses', [{ license: { id: 'Mine' } }]),
      'license.id is none of',
    ],
    [
      'the same component twice',
      'cyclonedx',
      changed(CYCLONEDX('1.6'), 'components', [CYCLONEDX('1.6').components[0], CYCLONEDX('1.6').components[0]]),
      'components has the same element twice',
    ],
    ['a serial number that is none', 'cyclonedx', changed(CYCLONEDX('1.6'), 'serialNumber', '17'), 'serialNumber does not have the form'],
    ['a scan without report', 'vuln', changed(VULN, 'scanner/result'), 'scanner.result is missing'],
    ['a scan without times', 'vuln', changed(VULN, 'metadata'), 'metadata is missing'],
    ['VEX without reason', 'openvex', changed(OPENVEX, 'statements/0/justification'), 'statements[0]'],
    [
      'VEX with a reason of nobody',
      'openvex',
      changed(OPENVEX, 'statements/0/justification', 'trust_me'),
      'statements[0].justification is none of',
    ],
    [
      'affected without action',
      'openvex',
      changed(OPENVEX, 'statements/0/status', 'affected'),
      'statements[0].action_statement is missing',
    ],
    ['VEX about nothing', 'openvex', changed(OPENVEX, 'statements', []), 'statements'],
    ['VEX of another version', 'openvex', changed(OPENVEX, '@context', 'https://openvex.dev/ns'), 'no schema is known'],
    ['VEX without context', 'openvex', changed(OPENVEX, '@context'), '@context is missing'],
    ['a summary without verdict', 'vsa', changed(SUMMARY_1, 'verificationResult', 'MAYBE'), 'verificationResult is none of PASSED, FAILED'],
    ['a summary without verifier', 'vsa', changed(SUMMARY_1, 'verifier'), 'verifier is missing'],
    ['a level that is none', 'vsa', changed(SUMMARY_1, 'verifiedLevels', ['SLSA_3']), 'verifiedLevels[0]'],
    ['a link without materials', 'link', changed(LINK, 'materials'), 'materials is missing'],
    ['a link of another kind', 'link', changed(LINK, '_type', 'layout'), '_type is not "link"'],
    ['a wrapper without data', 'custom', { Timestamp: '2026-01-02T03:04:05Z' }, 'Data is missing'],
  ])('%s', async (_name, type, document, said) => expect(await check(type, document)).toContain(said));

  test('several mistakes at once, and no more than a person reads', async () => {
    const packages = Array.from({ length: 50 }, (_, i) => ({ SPDXID: `SPDXRef-${i}`, name: 'a' }));
    const said = await check('spdxjson', { ...SPDX_2, packages });
    expect(said.match(/downloadLocation is missing/g)).toHaveLength(8);
    expect(said).toContain('and 42 more');
  });
});

describe('bounds', () => {
  test('a large document is judged in linear time, and its first mistake is named', async () => {
    const component = (i: number): object => ({ type: 'library', name: `c${i}`, version: '1', purl: `pkg:npm/c${i}@1` });
    const components = Array.from({ length: 40_000 }, (_, i) => component(i));
    expect(await check('cyclonedx', { ...CYCLONEDX('1.6'), components })).toBe('good');
    expect(await check('cyclonedx', { ...CYCLONEDX('1.6'), components: [...components, component(7)] })).toContain(
      'the same element twice',
    );
    const broken = components.map((c) => ({ ...c, type: 'thing' }));
    expect(await check('cyclonedx', { ...CYCLONEDX('1.6'), components: broken })).toMatch(/components\[0\]\.type is none of[^;]*$/);
  });

  test('texts made to keep a backtracking expression busy', async () => {
    const long = `${'a.'.repeat(200_000)}!`;
    for (const [type, document] of [
      ['slsaprovenance1', changed(PROVENANCE_1, 'runDetails/builder/id', long)],
      ['vsa', changed(SUMMARY_1, 'verifiedLevels', [`SLSA_${'A_'.repeat(200_000)}!`])],
      ['vsa', changed(SUMMARY_1, 'slsaVersion', `${'1.'.repeat(200_000)}!`)],
      ['spdxjson', changed(SPDX_2, 'packages/0/SPDXID', `SPDXRef-${long}`)],
      ['cyclonedx', changed(CYCLONEDX('1.7'), 'metadata/timestamp', `2026-01-02T03:04:05.${'1'.repeat(400_000)}!`)],
      ['https://spdx.dev/Document/v2.3', changed(SPDX_2, 'documentNamespace', `https://${long} `)],
    ] as const)
      expect(await check(type, document)).not.toBe('good');
  });
});
