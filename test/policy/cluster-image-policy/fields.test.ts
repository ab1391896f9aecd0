/** Every field of the resources: two inputs that differ in that field alone, and are judged differently. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { CLUSTER_IMAGE_POLICY, fieldPaths } from '../../../src/policy/dialect/cluster-image-policy/validation/fields.ts';
import type { Workload } from '../../../src/policy/policy.ts';
import { GITHUB_ISSUER, PREDICATES, WORKFLOW } from '../../../src/testing/index.ts';
import { CYCLONEDX } from './images.ts';
import { evaluator, judge, k1, k2, object, own, policy, type Question, type Resource, stranger, trustRoot, type Value } from './lab.ts';

afterAll(() => evaluator.close());

/** A field with the two values that are compared; `undefined`: the field is absent. */
interface Row {
  readonly field: string;
  readonly at: readonly (string | number)[];
  readonly spec: Resource;
  readonly values: readonly [Value | undefined, Value | undefined];
  readonly verdicts: readonly [string, string];
  readonly ask: Question;
  readonly others?: readonly Resource[];
}

const TRIVY = 'predicate: metadata: tools: [{name: "trivy"}]\n';
const SYFT = 'predicate: metadata: tools: [{name: "syft"}]\n';
const rego = (body: string): string => `package sigstore\n\nisCompliant {\n  ${body}\n}\n`;
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const PASS: Resource = { static: { action: 'pass' } };
const KEY: Resource = { key: { data: k1.spkiPem } };
const IDENTITY: Resource = { issuer: GITHUB_ISSUER, subject: WORKFLOW };
const WORKLOAD: Workload = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'app', labels: { tier: 'web' } },
  spec: { replicas: 3 },
};
const [OWN, STRANGER] = [trustRoot(own, 'own'), trustRoot(stranger, 'stranger')];
const chainOf = (of: typeof own): string => of.ca.chain.map((c) => c.pem).join('');
const A = ['spec', 'authorities', 0] as const;

function row(
  field: string,
  at: Row['at'],
  spec: Resource,
  values: Row['values'],
  ask: Question,
  more: Partial<Pick<Row, 'verdicts' | 'others'>> = {},
): Row {
  return { field, at, spec, values, ask, verdicts: ['allow', 'deny'], ...more };
}

const passed = (spec: Resource): Resource => ({ authorities: [PASS], ...spec });
const byKey = (more: Resource): Resource => ({ authorities: [{ ...KEY, ...more }] });
const keyless = (more: Resource, beside: Resource = {}): Resource => ({
  authorities: [{ keyless: { identities: [IDENTITY], ...more }, ...beside }],
});
const ca = (more: Resource): Resource => keyless({ 'ca-cert': { data: chainOf(own), ...more } }, { ctlog: { trustRootRef: 'own' } });
const attested = (more: Resource): Resource => byKey({ attestations: [{ name: 'bom', predicateType: CYCLONEDX, ...more }] });
const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };
const selecting = (more: Resource): Resource =>
  passed({ match: [{ ...deployments, selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['web'], ...more }] } }] });
const web: Question = { image: 'unsigned', workload: WORKLOAD };
const fetched = new Map([
  ['https://policies.example/syft.cue', SYFT],
  ['https://policies.example/any.cue', 'predicate: _\n'],
]);
const remote = { url: 'https://policies.example/syft.cue', sha256sum: sha(SYFT) };
const maps = [
  object('ConfigMap', 'wants-syft', { cue: SYFT, other: TRIVY }),
  object('ConfigMap', 'wants-trivy', { cue: TRIVY }),
  object('ConfigMap', 'wants-syft', { cue: SYFT }, 'default'),
];
const bom: Question = { image: 'attested', fetched };

const ROWS: readonly Row[] = [
  row('spec.images[].glob', ['spec', 'images', 0, 'glob'], passed({ images: [{}] }), ['registry.example/**', 'other.example/**'], {
    image: 'unsigned',
  }),
  row('spec.match[].group', ['spec', 'match', 0, 'group'], passed({ match: [deployments] }), ['apps', 'batch'], web),
  row('spec.match[].version', ['spec', 'match', 0, 'version'], passed({ match: [deployments] }), ['*', 'v2'], web),
  row('spec.match[].resource', ['spec', 'match', 0, 'resource'], passed({ match: [deployments] }), ['deployments', 'pods'], web),
  row(
    'spec.match[].selector.matchLabels',
    ['spec', 'match', 0, 'selector', 'matchLabels'],
    passed({ match: [{ ...deployments, selector: {} }] }),
    [{ tier: 'web' }, { tier: 'db' }],
    web,
  ),
  ...(
    [
      ['key', 'tier', 'zone'],
      ['operator', 'In', 'NotIn'],
    ] as const
  ).map(([name, ...values]) =>
    row(
      `spec.match[].selector.matchExpressions[].${name}`,
      ['spec', 'match', 0, 'selector', 'matchExpressions', 0, name],
      selecting({}),
      values,
      web,
    ),
  ),
  row(
    'spec.match[].selector.matchExpressions[].values[]',
    ['spec', 'match', 0, 'selector', 'matchExpressions', 0, 'values', 0],
    selecting({}),
    ['web', 'db'],
    web,
  ),
  row('spec.mode', ['spec', 'mode'], { authorities: [KEY] }, ['warn', 'enforce'], { image: 'unsigned' }, { verdicts: ['warn', 'deny'] }),
  row(
    'spec.authorities[].name',
    [...A, 'name'],
    passed({ policy: { type: 'rego', data: rego('input.authorityMatches.builder.static') } }),
    ['builder', 'else'],
    { image: 'unsigned' },
  ),
  row('spec.authorities[].key.data', [...A, 'key', 'data'], byKey({}), [k1.spkiPem, k2.spkiPem], { image: 'by key' }),
  row(
    'spec.authorities[].key.secretRef.name',
    [...A, 'key', 'secretRef', 'name'],
    { authorities: [{ key: { secretRef: {} } }] },
    ['right', 'wrong'],
    { image: 'by key' },
    { others: [object('Secret', 'right', { 'cosign.pub': k1.spkiPem }), object('Secret', 'wrong', { 'cosign.pub': k2.spkiPem })] },
  ),
  row(
    'spec.authorities[].key.secretRef.namespace',
    [...A, 'key', 'secretRef', 'namespace'],
    { authorities: [{ key: { secretRef: { name: 'right' } } }] },
    ['cosign-system', 'default'],
    { image: 'by key' },
    { others: [object('Secret', 'right', { 'cosign.pub': k1.spkiPem })] },
  ),
  row('spec.authorities[].key.kms', [...A, 'key', 'kms'], byKey({}), [undefined, 'gcpkms://projects/p/key'], { image: 'by key' }),
  row('spec.authorities[].key.hashAlgorithm', [...A, 'key', 'hashAlgorithm'], byKey({}), ['SHA512', 'sha256'], {
    image: 'by key, SHA-512',
  }),
  row(
    'spec.authorities[].keyless.url',
    [...A, 'keyless', 'url'],
    ca({}),
    [undefined, 'https://fulcio.sigstore.dev'],
    { image: 'keyless by own' },
    { others: [OWN] },
  ),
  ...(
    [
      ['issuer', GITHUB_ISSUER, 'https://accounts.example'],
      ['subject', WORKFLOW, 'somebody@else.example'],
    ] as const
  ).map(([name, ...values]) =>
    row(`spec.authorities[].keyless.identities[].${name}`, [...A, 'keyless', 'identities', 0, name], keyless({}), values, {
      image: 'keyless',
    }),
  ),
  row(
    'spec.authorities[].keyless.identities[].issuerRegExp',
    [...A, 'keyless', 'identities', 0, 'issuerRegExp'],
    keyless({ identities: [{ subject: WORKFLOW }] }),
    ['githubusercontent', '^githubusercontent'],
    { image: 'keyless' },
  ),
  row(
    'spec.authorities[].keyless.identities[].subjectRegExp',
    [...A, 'keyless', 'identities', 0, 'subjectRegExp'],
    keyless({ identities: [{ issuer: GITHUB_ISSUER }] }),
    ['^https://github\\.com/acme/', '^https://github\\.com/evil/'],
    { image: 'keyless' },
  ),
  row(
    'spec.authorities[].keyless.ca-cert.data',
    [...A, 'keyless', 'ca-cert', 'data'],
    ca({}),
    [chainOf(own), chainOf(stranger)],
    { image: 'keyless by own' },
    { others: [OWN] },
  ),
  row(
    'spec.authorities[].keyless.ca-cert.secretRef.name',
    [...A, 'keyless', 'ca-cert', 'secretRef', 'name'],
    keyless({ 'ca-cert': { secretRef: {} } }, { ctlog: { trustRootRef: 'own' } }),
    ['right', 'wrong'],
    { image: 'keyless by own' },
    { others: [OWN, object('Secret', 'right', { ca: chainOf(own) }), object('Secret', 'wrong', { ca: chainOf(stranger) })] },
  ),
  row(
    'spec.authorities[].keyless.ca-cert.secretRef.namespace',
    [...A, 'keyless', 'ca-cert', 'secretRef', 'namespace'],
    keyless({ 'ca-cert': { secretRef: { name: 'right' } } }, { ctlog: { trustRootRef: 'own' } }),
    [undefined, 'default'],
    { image: 'keyless by own' },
    { others: [OWN, object('Secret', 'right', { ca: chainOf(own) })] },
  ),
  row(
    'spec.authorities[].keyless.ca-cert.kms',
    [...A, 'keyless', 'ca-cert', 'kms'],
    ca({}),
    [undefined, 'hashivault://ca'],
    { image: 'keyless by own' },
    { others: [OWN] },
  ),
  row(
    'spec.authorities[].keyless.ca-cert.hashAlgorithm',
    [...A, 'keyless', 'ca-cert', 'hashAlgorithm'],
    ca({}),
    ['sha256', 'sha224'],
    { image: 'keyless by own' },
    { others: [OWN] },
  ),
  row(
    'spec.authorities[].keyless.trustRootRef',
    [...A, 'keyless', 'trustRootRef'],
    keyless({}, { ctlog: { trustRootRef: 'own' } }),
    ['own', 'stranger'],
    { image: 'keyless by own' },
    { others: [OWN, STRANGER] },
  ),
  row(
    'spec.authorities[].keyless.insecureIgnoreSCT',
    [...A, 'keyless', 'insecureIgnoreSCT'],
    keyless({ trustRootRef: 'own' }, { ctlog: { trustRootRef: 'own' } }),
    [true, false],
    { image: 'keyless by own, no SCT' },
    { others: [OWN] },
  ),
  row('spec.authorities[].ctlog.url', [...A, 'ctlog', 'url'], byKey({ ctlog: {} }), [undefined, 'https://rekor.sigstore.dev'], {
    image: 'by key',
  }),
  row(
    'spec.authorities[].ctlog.trustRootRef',
    [...A, 'ctlog', 'trustRootRef'],
    byKey({ ctlog: {} }),
    ['own', 'stranger'],
    { image: 'by key, logged by own' },
    { others: [OWN, STRANGER] },
  ),
  row(
    'spec.authorities[].rfc3161timestamp.trustRootRef',
    [...A, 'rfc3161timestamp', 'trustRootRef'],
    byKey({ rfc3161timestamp: {} }),
    ['own', 'stranger'],
    { image: 'by key, stamped' },
    { others: [OWN, STRANGER] },
  ),
  row(
    'spec.authorities[].source[].oci',
    [...A, 'source', 0, 'oci'],
    byKey({ source: [{}] }),
    ['registry.example/signatures', 'registry.example/none'],
    { image: 'elsewhere' },
  ),
  row('spec.authorities[].source[].tagPrefix', [...A, 'source', 0, 'tagPrefix'], byKey({ source: [{}] }), ['v1-', 'v2-'], {
    image: 'prefixed',
  }),
  row(
    'spec.authorities[].source[].signaturePullSecrets[].name',
    [...A, 'source', 0, 'signaturePullSecrets', 0, 'name'],
    byKey({ source: [{ oci: 'registry.example/private', signaturePullSecrets: [{}] }] }),
    ['right', 'wrong'],
    { image: 'elsewhere' },
    {
      others: ['right', 'wrong'].map((name) =>
        object('Secret', name, { '.dockerconfigjson': JSON.stringify({ auths: { 'registry.example': { auth: name } } }) }, 'default'),
      ),
    },
  ),
  row(
    'spec.authorities[].attestations[].name',
    [...A, 'attestations', 0, 'name'],
    { ...attested({}), policy: { type: 'rego', data: rego('input.authorityMatches["authority-0"].attestations.bom[_].id') } },
    ['bom', 'else'],
    bom,
  ),
  row(
    'spec.authorities[].attestations[].predicateType',
    [...A, 'attestations', 0, 'predicateType'],
    attested({}),
    [CYCLONEDX, PREDICATES.vuln],
    bom,
  ),
  ...(['fetchConfigFile', 'includeSpec', 'includeObjectMeta', 'includeTypeMeta'] as const).map((name) =>
    row(
      `spec.authorities[].attestations[].policy.${name}`,
      [...A, 'attestations', 0, 'policy', name],
      attested({ policy: { type: 'cue', data: SYFT } }),
      [undefined, false],
      bom,
    ),
  ),
  ...texts('spec.authorities[].attestations[].policy', [...A, 'attestations', 0, 'policy'], (p) => attested({ policy: p }), bom),
  ...texts(
    'spec.policy',
    ['spec', 'policy'],
    (p) => passed({ policy: p }),
    { image: 'unsigned', fetched },
    (text) => (text === SYFT ? 'authorityMatches: "authority-0": static: true\n' : 'authorityMatches: "authority-0": static: false\n'),
  ),
  row(
    'spec.policy.fetchConfigFile',
    ['spec', 'policy', 'fetchConfigFile'],
    passed({ policy: { type: 'rego', data: rego('input.config["linux/amd64"].config.User == "nobody"') } }),
    [true, false],
    { image: 'unsigned' },
  ),
  ...(
    [
      ['includeSpec', 'input.spec.replicas == 3'],
      ['includeObjectMeta', 'input.metadata.labels.tier == "web"'],
      ['includeTypeMeta', 'input.typemeta.kind == "Deployment"'],
    ] as const
  ).map(([name, body]) =>
    row(`spec.policy.${name}`, ['spec', 'policy', name], passed({ policy: { type: 'rego', data: rego(body) } }), [true, undefined], web),
  ),
  row('spec.authorities[].static.action', [...A, 'static', 'action'], { authorities: [{ static: {} }] }, ['pass', 'fail'], {
    image: 'unsigned',
  }),
  row('spec.authorities[].signatureFormat', [...A, 'signatureFormat'], keyless({}), ['bundle', 'legacy'], { image: 'keyless bundle' }),
];

/** Where a policy's text comes from; `as` gives the texts for what is asked there. */
function texts(
  field: string,
  at: Row['at'],
  spec: (text: Resource) => Resource,
  ask: Question,
  as: (text: string) => string = (text) => text,
): readonly Row[] {
  const [right, wrong] = [as(SYFT), as(TRIVY)];
  const asked = { ...ask, fetched: new Map([...fetched].map(([url, text]) => [url, url.includes('syft') ? right : text])) };
  const others = maps.map((m) => JSON.parse(JSON.stringify(m, (_, v) => (v === SYFT ? right : v === TRIVY ? wrong : v))) as Resource);
  const from = (name: string): Resource =>
    spec({ type: 'cue', [name]: name === 'remote' ? { ...remote, sha256sum: sha(right) } : { name: 'wants-syft', key: 'cue' } });
  return [
    row(`${field}.type`, [...at, 'type'], spec({ data: right }), ['cue', 'rego'], asked),
    row(`${field}.data`, [...at, 'data'], spec({ type: 'cue' }), [right, wrong], asked),
    row(`${field}.configMapRef.name`, [...at, 'configMapRef', 'name'], from('configMapRef'), ['wants-syft', 'wants-trivy'], asked, {
      others,
    }),
    row(`${field}.configMapRef.key`, [...at, 'configMapRef', 'key'], from('configMapRef'), ['cue', 'other'], asked, { others }),
    row(`${field}.configMapRef.namespace`, [...at, 'configMapRef', 'namespace'], from('configMapRef'), [undefined, 'default'], asked, {
      others,
    }),
    row(`${field}.remote.url`, [...at, 'remote', 'url'], from('remote'), [remote.url, 'https://policies.example/any.cue'], asked),
    row(`${field}.remote.sha256sum`, [...at, 'remote', 'sha256sum'], from('remote'), [sha(right), sha('else')], asked),
  ];
}

function put(target: Value, at: readonly (string | number)[], value: Value | undefined): Value {
  const [first, ...rest] = at;
  if (first === undefined) return value ?? null;
  if (Array.isArray(target)) return target.map((v: Value, i) => (i === first ? put(v, rest, value) : v));
  const members = (target ?? {}) as Resource;
  return { ...members, [first]: put(members[first] ?? {}, rest, value) };
}

function named(at: readonly (string | number)[]): string {
  return at.map((p, i) => (typeof p === 'number' ? '[]' : `${i === 0 ? '' : '.'}${p}`)).join('');
}

describe.each(['v1alpha1', 'v1beta1'])('ClusterImagePolicy %s', (version) => {
  test.each(ROWS.map((r) => [r.field, r] as const))('%s decides', async (field, { at, spec, values, verdicts, ask, others = [] }) => {
    expect(named(at)).toBe(field);
    const found = await Promise.all(values.map((v) => judge([put(policy(spec, version), at, v), ...others], ask)));
    expect(found.map((f) => f.verdict)).toEqual(verdicts);
  });

  test('spec.authorities[].static.message is said', async () => {
    const texts = await Promise.all(
      ['no longer kept', 'not for production'].map(async (message) => {
        const { reasons } = await judge([policy({ authorities: [{ static: { action: 'fail', message } }] }, version)], {
          image: 'unsigned',
        });
        return reasons.join();
      }),
    );
    expect(texts[0]).toContain('disallowed by static policy: no longer kept');
    expect(texts[1]).toContain('disallowed by static policy: not for production');
  });
});

test('every field of the resource has its row', () => {
  const all = fieldPaths(CLUSTER_IMAGE_POLICY).filter((p) => p.startsWith('spec.'));
  expect(all).toHaveLength(60);
  expect([...ROWS.map((r) => r.field), 'spec.authorities[].static.message'].sort()).toEqual([...all].sort());
});
