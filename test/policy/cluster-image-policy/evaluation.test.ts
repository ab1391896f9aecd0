/** What policies say of images: the order of evaluation, who suffices, what is asked of attestations, and the words of denials. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Workload } from '../../../src/policy/policy.ts';
import { GITHUB_ISSUER, PREDICATES, WORKFLOW } from '../../../src/testing/index.ts';
import { CYCLONEDX } from './images.ts';
import {
  compile,
  evaluator,
  images,
  judge,
  k1,
  k2,
  own,
  policy,
  type Question,
  type Resource,
  subject,
  trustRoot,
  type Value,
} from './lab.ts';

afterAll(() => evaluator.close());

const PASS = { static: { action: 'pass' } };
const FAIL = { static: { action: 'fail', message: 'not here' } };
const BY_K1 = { name: 'first', key: { data: k1.spkiPem } };
const BY_K2 = { name: 'second', key: { data: k2.spkiPem } };
const KEYLESS = { name: 'release', keyless: { identities: [{ issuer: GITHUB_ISSUER, subject: WORKFLOW }] } };
const OWN = trustRoot(own, 'own');
const ROOTED = { ...KEYLESS, keyless: { ...KEYLESS.keyless, trustRootRef: 'own' } };
const rego = (body: string): string => `package sigstore\n\n${body}\n`;
const name = (image: string): string => subject({ image }).text;
const spec = (authorities: readonly Value[], more: Resource = {}): Resource => ({ authorities, ...more });
const bom = (text: Value, authority: Resource = BY_K1): Resource => ({
  ...authority,
  attestations: [{ name: 'must-have-cyclonedx', predicateType: CYCLONEDX, policy: text }],
});

/** The image, the specification, verdict and outcome. */
const TABLE: readonly (readonly [what: string, image: string, spec: Resource, verdict: string, outcome: string])[] = [
  ['the key that signed', 'by key', spec([BY_K1]), 'allow', 'verified'],
  ['another key', 'by key', spec([BY_K2]), 'deny', 'untrusted'],
  ['any of two keys', 'by key', spec([BY_K2, BY_K1]), 'allow', 'verified'],
  ['a key or an identity', 'keyless', spec([BY_K2, KEYLESS]), 'allow', 'verified'],
  ['nothing signed', 'unsigned', spec([BY_K1, KEYLESS]), 'deny', 'unsigned'],
  ['a signature over another image', 'forged', spec([BY_K1]), 'deny', 'untrusted'],
  ['a static yes never verifies', 'unsigned', spec([PASS]), 'allow', 'unsigned'],
  ['a static no', 'by key', spec([FAIL]), 'deny', 'denied'],
  ['a static no beside a key', 'by key', spec([FAIL, BY_K1]), 'allow', 'verified'],
  ['a key without ctlog needs no log', 'by key', spec([{ ...BY_K1, ctlog: {} }]), 'allow', 'verified'],
  ['a key with ctlog needs one', 'by key, logged', spec([{ ...BY_K1, ctlog: { url: 'https://rekor.sigstore.dev' } }]), 'allow', 'verified'],
  [
    'a log of somebody else',
    'by key, logged by own',
    spec([{ ...BY_K1, ctlog: { url: 'https://rekor.sigstore.dev' } }]),
    'deny',
    'untrusted',
  ],
  ['an identity by another authority', 'keyless by own', spec([KEYLESS]), 'deny', 'untrusted'],
  ['an identity by a trust root and its log', 'keyless by own', spec([{ ...ROOTED, ctlog: { trustRootRef: 'own' } }]), 'allow', 'verified'],
  [
    'an identity by a trust root, with timestamp',
    'keyless by own, stamped',
    spec([{ ...ROOTED, rfc3161timestamp: { trustRootRef: 'own' } }]),
    'allow',
    'verified',
  ],
  ['a timestamp that is missing', 'keyless by own', spec([{ ...ROOTED, rfc3161timestamp: { trustRootRef: 'own' } }]), 'deny', 'untrusted'],
  ['a certificate that expired, and no proven time', 'keyless by own, bare', spec([ROOTED]), 'deny', 'expired'],
  ['a key in the form of a bundle', 'bundle by key', spec([{ ...BY_K1, signatureFormat: 'bundle' }]), 'allow', 'verified'],
  [
    'a bundle whose time the public good instance stamped',
    'keyless bundle, stamped',
    spec([{ ...KEYLESS, signatureFormat: 'bundle', rfc3161timestamp: {} }]),
    'allow',
    'verified',
  ],
  [
    'a bundle without a log where none is given up',
    'keyless bundle, stamped',
    spec([{ ...KEYLESS, signatureFormat: 'bundle' }]),
    'deny',
    'untrusted',
  ],
  ['a bundle by a trust root needs its log', 'keyless bundle', spec([{ ...ROOTED, signatureFormat: 'bundle' }]), 'deny', 'untrusted'],
  ['a bundle where any form counts', 'bundle by key', spec([BY_K1]), 'allow', 'verified'],
  ['a bundle where only tags count', 'bundle by key', spec([{ ...BY_K1, signatureFormat: 'legacy' }]), 'deny', 'unsigned'],
  ['a tag where only bundles count', 'by key', spec([{ ...BY_K1, signatureFormat: 'bundle' }]), 'deny', 'unsigned'],
  [
    'a signature is no attestation',
    'by key',
    spec([{ ...BY_K1, attestations: [{ name: 'a', predicateType: CYCLONEDX }] }]),
    'deny',
    'unsigned',
  ],
  ['an attestation is no signature', 'attested', spec([BY_K1]), 'deny', 'unsigned'],
  [
    'an attestation without policy',
    'attested',
    spec([{ ...BY_K1, attestations: [{ name: 'a', predicateType: CYCLONEDX }] }]),
    'allow',
    'verified',
  ],
  ['its deprecated name', 'attested', spec([{ ...BY_K1, attestations: [{ name: 'a', predicateType: 'cyclonedx' }] }]), 'allow', 'verified'],
  [
    'one of several is content',
    'attested twice',
    spec([bom({ type: 'cue', data: 'predicate: metadata: tools: [{name: "trivy"}]' })]),
    'allow',
    'verified',
  ],
  [
    'every one that is wanted',
    'attested twice',
    spec([
      {
        ...BY_K1,
        attestations: [
          { name: 'a', predicateType: CYCLONEDX },
          { name: 'b', predicateType: PREDICATES.vuln },
        ],
      },
    ]),
    'allow',
    'verified',
  ],
  [
    'one that is wanted and missing',
    'attested twice',
    spec([
      {
        ...BY_K1,
        attestations: [
          { name: 'a', predicateType: CYCLONEDX },
          { name: 'b', predicateType: PREDICATES.slsa1 },
        ],
      },
    ]),
    'deny',
    'unsigned',
  ],
  [
    'a Rego policy that is content',
    'attested',
    spec([bom({ type: 'rego', data: rego('isCompliant { input.predicate.metadata.tools[_].name == "syft" }') })]),
    'allow',
    'verified',
  ],
  [
    'a Rego policy that is not',
    'attested',
    spec([bom({ type: 'rego', data: rego('isCompliant { input.predicateType == "else" }') })]),
    'deny',
    'denied',
  ],
  [
    'two signers by the policy',
    'attested and signed',
    spec([BY_K1, KEYLESS], {
      policy: {
        type: 'cue',
        data: 'import "list"\nauthorityMatches: {first: signatures: list.MinItems(1), release: signatures: list.MinItems(1)}',
      },
    }),
    'allow',
    'verified',
  ],
  [
    'two signers by the policy, one missing',
    'by key',
    spec([BY_K1, KEYLESS], { policy: { type: 'rego', data: rego('isCompliant { count(input.authorityMatches) == 2 }') } }),
    'deny',
    'denied',
  ],
  [
    'who signed is known to the policy',
    'keyless',
    spec([KEYLESS], {
      policy: { type: 'cue', data: `authorityMatches: release: signatures: [{subject: "${WORKFLOW}", issuer: "${GITHUB_ISSUER}"}]` },
    }),
    'allow',
    'verified',
  ],
  [
    'what an attestation is is known to the policy',
    'attested',
    spec([{ ...BY_K1, attestations: [{ name: 'a', predicateType: CYCLONEDX }] }], {
      policy: {
        type: 'rego',
        data: rego(
          `isCompliant { a := input.authorityMatches.first.attestations.a[0]; a.predicateType == "${CYCLONEDX}"; startswith(a.digest, "sha256:"); a.id == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }`,
        ),
      },
    }),
    'allow',
    'verified',
  ],
  [
    'a warning of a policy that is content counts against it',
    'unsigned',
    spec([PASS], { policy: { type: 'rego', data: rego('isCompliant[r] { r := {"result": true, "warning": "old"} }') } }),
    'deny',
    'denied',
  ],
];

describe.each(['v1alpha1', 'v1beta1'])('ClusterImagePolicy %s', (version) => {
  test.each(TABLE)('%s (%s)', async (_what, image, given, verdict, outcome) => {
    const said = await judge([policy(given, version), OWN], { image });
    expect(said).toMatchObject({ verdict, outcome, errors: [] });
  });
});

describe('several policies', () => {
  test('every one that is about the image has to be met', async () => {
    const both = [policy(spec([BY_K1]), 'v1beta1', 'a'), policy(spec([FAIL]), 'v1beta1', 'b')];
    const said = await judge(both, { image: 'by key' });
    expect(said.verdict).toBe('deny');
    expect(said.reasons).toEqual([`validation failed: failed policy: b\n${name('by key')} disallowed by static policy: not here`]);
  });

  test('one that only warns lets the image pass, with its text', async () => {
    const both = [policy(spec([BY_K1]), 'v1beta1', 'a'), policy(spec([FAIL], { mode: 'warn' }), 'v1beta1', 'b')];
    const said = await judge(both, { image: 'by key' });
    expect(said).toMatchObject({ verdict: 'warn', reasons: [`failed policy: b\n${name('by key')} disallowed by static policy: not here`] });
  });

  test('an image that none is about is denied, or as policy-controller was told', async () => {
    const about = policy({ authorities: [PASS], images: [{ glob: 'other.example/**' }] });
    const told = (answer: string): Resource => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'config-policy-controller', namespace: 'cosign-system' },
      data: { 'no-match-policy': answer },
    });
    const verdicts = await Promise.all(
      ['deny', 'warn', 'allow', 'whatever'].map(async (a) => (await judge([about, told(a)], { image: 'by key' })).verdict),
    );
    expect(verdicts).toEqual(['deny', 'warn', 'allow', 'deny']);
    expect((await judge([about], { image: 'by key' })).verdict).toBe('deny');
  });

  test('a policy about a digest is about the image whatever its tag', async () => {
    const about = policy({ authorities: [PASS], images: [{ glob: name('by key') }] });
    expect((await judge([about], { image: 'by key', text: 'registry.example/team/app:v1' })).verdict).toBe('allow');
    expect((await judge([about], { image: 'unsigned', text: 'registry.example/team/app:v1' })).verdict).toBe('deny');
  });

  test('an image in a layout has no name: only a policy about everything means it', async () => {
    const [all, some] = ['**', 'registry.example/**'].map((glob) => policy({ authorities: [BY_K1], images: [{ glob }] })) as [
      Resource,
      Resource,
    ];
    const ask = { image: 'by key', text: 'oci:./build/app', repository: 'oci:./build/app' };
    expect(await judge([all], ask)).toMatchObject({ verdict: 'allow', outcome: 'verified' });
    expect((await judge([some], ask)).verdict).toBe('deny');
  });

  test('a log with a key that is not ECDSA is known by its name too', async () => {
    const { key, host } = own.rekor2;
    const keys = (OWN.spec as Resource).sigstoreKeys as Resource;
    const log = { baseURL: `https://${host}`, hashAlgorithm: 'sha-256', publicKey: Buffer.from(key.spkiPem).toString('base64') };
    const root = { ...OWN, spec: { sigstoreKeys: { ...keys, tLogs: [log] } } };
    const asked = policy(spec([{ ...ROOTED, ctlog: { trustRootRef: 'own' } }]));
    expect(await judge([asked, root], { image: 'keyless by own, in Rekor v2' })).toMatchObject({
      verdict: 'allow',
      outcome: 'verified',
      errors: [],
    });
    expect((await judge([asked, OWN], { image: 'keyless by own, in Rekor v2' })).verdict).toBe('deny');
  });

  test('the same question is the same requirement, so that verdicts are remembered', async () => {
    const typed = { type: 'cue', data: 'x: 1', includeTypeMeta: true };
    const { set } = await compile([policy(spec([PASS], { policy: typed }))]);
    const [{ requirement } = { requirement: undefined }] = set.policies;
    const of = (kind: string): unknown => {
      const workload = { apiVersion: 'v1', kind, metadata: {}, spec: { containers: [] } };
      return typeof requirement === 'function' ? requirement(subject({ image: 'unsigned', workload })) : undefined;
    };
    expect(of('Pod')).toBeDefined();
    expect(of('Pod')).toBe(of('Pod'));
    expect(of('Pod')).not.toBe(of('Job'));
  });

  test('an image that is no reference is denied', async () => {
    const said = await judge([policy(spec([PASS]))], { image: 'unsigned', text: 'registry.example/UPPER' });
    expect(said).toMatchObject({ verdict: 'deny', outcome: 'inconclusive' });
  });
});

describe('workloads', () => {
  const pod: Workload = { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { tier: 'web' } }, spec: {} };
  const deployment: Workload = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { labels: { tier: 'db' } }, spec: {} };
  const pods = { group: '', version: 'v1', resource: 'pods' };
  const apps = { group: 'apps', version: '*', resource: 'deployments' };
  const only = (key: string, operator: string, values?: readonly string[]): Resource => ({
    ...pods,
    selector: { matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] },
  });

  test.each<readonly [string, readonly Value[], Workload | undefined, string]>([
    ['no entry means all', [], pod, 'allow'],
    ['no entry means none at all, too', [], undefined, 'allow'],
    ['a Pod', [pods], pod, 'allow'],
    ['a Deployment where Pods are meant', [pods], deployment, 'deny'],
    ['a Deployment of any version', [apps], deployment, 'allow'],
    ['any of two', [pods, apps], deployment, 'allow'],
    ['no workload where Pods are meant', [pods], undefined, 'deny'],
    ['a label', [{ ...pods, selector: { matchLabels: { tier: 'web' } } }], pod, 'allow'],
    ['another label', [{ ...pods, selector: { matchLabels: { tier: 'web', zone: 'a' } } }], pod, 'deny'],
    ['In', [only('tier', 'In', ['db', 'web'])], pod, 'allow'],
    ['NotIn', [only('tier', 'NotIn', ['web'])], pod, 'deny'],
    ['NotIn of a label that is not there', [only('zone', 'NotIn', ['a'])], pod, 'allow'],
    ['Exists', [only('tier', 'Exists')], pod, 'allow'],
    ['DoesNotExist', [only('tier', 'DoesNotExist')], pod, 'deny'],
  ])('%s', async (_what, match, workload, verdict) => {
    const ask: Question = { image: 'unsigned', ...(workload === undefined ? {} : { workload }) };
    expect((await judge([policy(spec([PASS], { match }))], ask)).verdict).toBe(verdict);
  });

  test.each([
    ['Ingress', 'networking.k8s.io/v1', { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' }],
    ['NetworkPolicy', 'networking.k8s.io/v1', { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' }],
    ['CronJob', 'batch/v1', { group: 'batch', version: 'v1', resource: 'cronjobs' }],
  ])('the plural of %s', async (kind, apiVersion, match) => {
    const said = await judge([policy(spec([PASS], { match: [match] }))], { image: 'unsigned', workload: { ...pod, apiVersion, kind } });
    expect(said.verdict).toBe('allow');
  });
});

describe('the words of a denial', () => {
  const path = 'spec.containers[0].image';
  const digest = (image: string): string => images.get(image)?.digest ?? '';

  test('the classic example', async () => {
    const said = await judge([policy(spec([bom({ type: 'cue', data: 'predicate: metadata: tools: [{name: "trivy"}]' })]))], {
      image: 'attested',
      path,
    });
    expect(said.reasons).toEqual([
      `validation failed: failed policy: image-policy: ${path}\n${name('attested')} failed evaluating cue policy for must-have-cyclonedx: ` +
        'failed to evaluate the policy with error: predicate.metadata.tools.0.name: conflicting values "syft" and "trivy"',
    ]);
  });

  test('every authority says what it found', async () => {
    const said = await judge([policy(spec([BY_K2, KEYLESS, FAIL]))], { image: 'by key', path });
    const full = `registry.example/team/app@${digest('by key')}`;
    expect(said.reasons).toEqual([
      [
        `validation failed: failed policy: image-policy: ${path}\n${full}`,
        `signature key validation failed for authority second for ${full}: no matching signatures: not signed by second`,
        `signature keyless validation failed for authority release for ${full}: no matching signatures: signed with a key, a certificate identity was asked for`,
        'disallowed by static policy: not here',
      ].join(' '),
    ]);
  });

  test.each<readonly [string, string, Resource, string]>([
    ['nothing signed', 'unsigned', BY_K1, 'signature key validation failed for authority first for IMAGE: no signatures found'],
    [
      'nothing attested',
      'unsigned',
      bom({ type: 'cue', data: 'x: 1' }),
      'attestation key validation failed for authority first for IMAGE: no matching attestations',
    ],
    [
      'something else attested',
      'attested',
      {
        ...BY_K1,
        attestations: [
          { name: 'a', predicateType: CYCLONEDX },
          { name: 'b', predicateType: 'https://slsa.dev/provenance/v1' },
        ],
      },
      `no matching attestations with type https://slsa.dev/provenance/v1, checked the following predicateTypes: "${CYCLONEDX}"`,
    ],
    [
      'Rego that says no',
      'attested',
      bom({ type: 'rego', data: rego('isCompliant { false }') }),
      "failed evaluating rego policy for type must-have-cyclonedx: policy is not compliant for query 'isCompliant = data.sigstore.isCompliant'",
    ],
  ])('%s', async (_what, image, authority, text) => {
    const { reasons } = await judge([policy(spec([authority]))], { image });
    expect(reasons).toEqual([
      `validation failed: failed policy: image-policy\n${name(image)} ${text.replace('IMAGE', `registry.example/team/app@${digest(image)}`)}`,
    ]);
  });

  test('a policy about the whole image', async () => {
    const { reasons } = await judge(
      [policy(spec([PASS], { policy: { type: 'cue', data: 'authorityMatches: "authority-0": static: false' } }))],
      { image: 'unsigned' },
    );
    expect(reasons[0]).toContain(
      'failed evaluating cue policy for ClusterImagePolicy: failed to evaluate the policy with error: authorityMatches."authority-0".static: conflicting values',
    );
  });
});
