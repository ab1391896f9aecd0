/** What is wrong with resources, in policy-controller's words: messages, paths, their order and merging. */
import { afterAll, describe, expect, test } from 'vitest';
import { validateClusterImagePolicy, validationText } from '../../../src/policy/dialect/cluster-image-policy/index.ts';
import { compile, evaluator, k1, k2, own, policy, type Resource, trustRoot, type Value } from './lab.ts';

afterAll(() => evaluator.close());

const PASS = { static: { action: 'pass' } };
const KEY: Resource = { data: k1.spkiPem };
const NAMED = { identities: [{ issuer: 'https://issuer.example', subject: 'somebody' }] };
const AT = 'spec.authorities[0]';
const keyPaths = ['data', 'kms', 'secretref'].map((n) => `${AT}.key.${n}`).join(', ');
const kinds = ['key', 'keyless', 'static'].map((n) => `${AT}.${n}`).join(', ');
const AWS = 'kms key should be in the format awskms://[ENDPOINT]/[ID/ALIAS/ARN] (endpoint optional)';
const one = (authority: Resource): Resource => ({ authorities: [authority] });
const keyed = (key: Resource): Resource => one({ key });
const keyless = (more: Resource): Resource => one({ keyless: { ...NAMED, ...more } });
const identified = (identity: Resource): Resource => one({ keyless: { identities: [identity] } });
const attesting = (more: Resource): Resource =>
  one({ key: KEY, attestations: [{ name: 'bom', predicateType: 'https://cyclonedx.org/bom', ...more }] });
const judging = (p: Resource): Resource => attesting({ policy: p });
const either = (path: string, names: readonly string[]): string => names.map((n) => `${path}.${n}`).join(', ');
const sources = ['configMapRef', 'data', 'remote'];

const CASES: readonly (readonly [what: string, spec: Value, text: string])[] = [
  ['an empty policy', { images: [] }, 'missing field(s): spec.authorities, spec.images'],
  ['no glob', { images: [{}] }, 'missing field(s): spec.authorities, spec.images[0].glob'],
  [
    'a bracket',
    { images: [{ glob: '[' }], authorities: [PASS] },
    'invalid value: [: spec.images[0].glob\nglob is invalid: syntax error in pattern',
  ],
  [
    'a glob that is none, and no authorities',
    { images: [{ glob: '$FOO*' }] },
    'invalid value: $FOO*: spec.images[0].glob\nglob is invalid: invalid glob "$FOO*"\nmissing field(s): spec.authorities',
  ],
  ['an unknown mode', { mode: 'garbage', authorities: [PASS] }, 'invalid value: garbage: spec.mode\nunsupported mode'],
  [
    'an unknown resource',
    { ...one(PASS), match: [{ resource: 'apple', group: 'apps', version: 'v1' }] },
    'invalid value: apple: spec.match[0].resource\nunsupported resource name',
  ],
  [
    'a selector alone',
    { ...one(PASS), match: [{ selector: { matchLabels: { a: 'b' } } }] },
    'invalid value: : spec.match[0].selector\nselector requires a resource type to match the labels',
  ],
  ['nobody', one({ rfc3161timestamp: { trustRootRef: 'own' } }), `expected exactly one, got neither: ${kinds}`],
  ['a key and an identity', one({ key: KEY, keyless: NAMED }), `expected exactly one, got both: ${kinds}`],
  ['a key and a static answer', one({ key: KEY, ...PASS }), `expected exactly one, got both: ${kinds}`],
  ['an identity and a static answer', one({ keyless: NAMED, ...PASS }), `expected exactly one, got both: ${kinds}`],
  ['nulls, which are absent fields', one({ key: null, keyless: null }), `expected exactly one, got neither: ${kinds}`],
  [
    'a static answer with what only evidence has',
    one({
      ...PASS,
      source: [{ oci: 'registry.example/app' }],
      ctlog: {},
      rfc3161timestamp: {},
      attestations: [{ name: 'a', predicateType: 'https://a.example' }],
    }),
    `expected exactly one, got both: ${either(AT, ['attestations', 'ctlog', 'rfc3161timestamp', 'source', 'static'])}`,
  ],
  ['no action', one({ static: {} }), `missing field(s): ${AT}.static.action`],
  ['an unknown action', one({ static: { action: 'garbage' } }), `invalid value: garbage: ${AT}.static.action\nunsupported action`],
  ['an empty key', keyed({}), `expected exactly one, got neither: ${keyPaths}`],
  ['an empty key beside a null', one({ key: {}, keyless: null }), `expected exactly one, got neither: ${keyPaths}`],
  ['a key twice', keyed({ ...KEY, kms: 'hashivault://url' }), `expected exactly one, got both: ${keyPaths}`],
  ['a service and a Secret', keyed({ kms: 'hashivault://url', secretRef: { name: 'a' } }), `expected exactly one, got both: ${keyPaths}`],
  ['no PEM', keyed({ data: '---somedata---' }), `invalid value: ---somedata---: ${AT}.key.data`],
  ['an unknown hash', keyed({ ...KEY, hashAlgorithm: 'shaINVALID' }), `invalid value: shaINVALID: ${AT}.key.hashAlgorithm`],
  [
    'a Secret elsewhere',
    keyed({ secretRef: { name: 'a', namespace: 'default' } }),
    `invalid value: default: ${AT}.key.secretref.namespace\nsecretref.namespace is invalid. If set, it should use the same namespace where the policy-controller was deployed`,
  ],
  [
    'a service that nobody knows',
    keyed({ kms: 'fookms://localhost:8888/xpa:butnotvalid' }),
    `invalid value: fookms://localhost:8888/xpa:butnotvalid: ${AT}.key.kms\nmalformed KMS format, should be prefixed by any of the supported providers: [awskms:// azurekms:// hashivault:// gcpkms://]`,
  ],
  ...(
    [
      [
        'awskms://1234abcd-12ab-34cd-56ef-1234567890ab',
        "malformed AWS KMS format 'awskms://$ENDPOINT/$KEYID', should be conformant with KMS standard documented here: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id",
      ],
      ['awskms://localhost:::4566/alias/exampleAlias', 'malformed endpoint: address localhost:::4566: too many colons in address'],
      ['awskms://localhost/alias/exampleAlias', 'malformed endpoint: address localhost: missing port in address'],
      ['awskms://localhost:4566/alias/exampleAlias', 'failed to parse either key or alias arn: arn: invalid prefix'],
      ['awskms:///1234abcd-12ab-34cd-56ef-1234567890ab', 'failed to parse either key or alias arn: arn: invalid prefix'],
      ['awskms://localhost:4566/arn:sonotvalid', AWS],
      ['awskms://arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab', AWS],
    ] as const
  ).flatMap(([kms, why]) => [
    [`${kms} as a key`, keyed({ kms }), `invalid value: ${kms}: ${AT}.key.kms\n${why}`] as const,
    [`${kms} as a CA`, keyless({ 'ca-cert': { kms } }), `invalid value: ${kms}: ${AT}.keyless.ca-cert.kms\n${why}`] as const,
  ]),
  [
    'a CA and an address',
    keyless({ 'ca-cert': { secretRef: { name: 'ca' } }, url: 'http://example.com' }),
    `expected exactly one, got both: ${AT}.keyless.ca-cert, ${AT}.keyless.url`,
  ],
  ['no identities', one({ keyless: { url: 'https://fulcio.sigstore.dev' } }), `missing field(s): ${AT}.keyless.identities`],
  [
    'an empty identity',
    identified({}),
    `missing field(s): ${either(`${AT}.keyless.identities[0]`, ['issuer', 'issuerRegExp', 'subject', 'subjectRegExp'])}`,
  ],
  [
    'an issuer twice',
    identified({ issuer: 'a', issuerRegExp: '^a$', subject: 'b' }),
    `expected exactly one, got both: ${either(`${AT}.keyless.identities[0]`, ['issuer', 'issuerRegExp'])}`,
  ],
  [
    'expressions that are none',
    identified({ issuerRegExp: '****', subjectRegExp: 'a(' }),
    `invalid value: ****: ${AT}.keyless.identities[0].issuerRegExp\nregex is invalid: error parsing regexp: missing argument to repetition operator: \`*\`\n` +
      `invalid value: a(: ${AT}.keyless.identities[0].subjectRegExp\nregex is invalid: error parsing regexp: missing closing ): \`a(\``,
  ],
  ['two sources', one({ key: KEY, source: [{}, {}] }), `invalid value: source: ${AT}.source\nonly single source is supported`],
  [
    'a repository with a star',
    one({ key: KEY, source: [{ oci: 'registry.example.com/repo/*' }] }),
    `invalid value: registry.example.com/repo/*: ${AT}.source[0].oci\nrepository can only contain the characters \`abcdefghijklmnopqrstuvwxyz0123456789_-./\`: repo/*`,
  ],
  [
    'a registry with a sign',
    one({ key: KEY, source: [{ oci: 're@gistry/reponame' }] }),
    `invalid value: re@gistry/reponame: ${AT}.source[0].oci\nregistries must be valid RFC 3986 URI authorities: re@gistry/reponame`,
  ],
  [
    'a Secret without a name',
    one({ key: KEY, source: [{ signaturePullSecrets: [{ name: '' }] }] }),
    `missing field(s): ${AT}.source[0].signaturePullSecrets[0].name`,
  ],
  [
    'an attestation without name and type',
    one({ key: KEY, attestations: [{}] }),
    `missing field(s): ${AT}.attestations.name, ${AT}.attestations.predicateType`,
  ],
  [
    'another language',
    judging({ type: 'not-cue', data: 'x' }),
    `invalid value: not-cue: ${AT}.attestations.policy.type\nonly [cue,rego] are supported at the moment`,
  ],
  ['a policy without text', judging({ type: 'cue' }), `missing field(s): ${either(`${AT}.attestations.policy`, sources)}`],
  [
    'a policy with three texts',
    judging({ type: 'cue', data: 'x', configMapRef: { name: 'a', key: 'b' }, remote: { url: 'https://a.example', sha256sum: 'x' } }),
    `expected exactly one, got both: ${either(`${AT}.attestations.policy`, sources)}`,
  ],
  [
    'a policy without encryption or sum',
    judging({ type: 'cue', remote: { url: 'http://example.com' } }),
    `invalid value: http://example.com: ${AT}.attestations.policy.remote.url\nurl valid is invalid. host and https scheme are expected\nmissing field(s): ${AT}.attestations.policy.remote.sha256sum`,
  ],
  [
    'a ConfigMap without key',
    judging({ type: 'cue', configMapRef: { name: 'a' } }),
    `missing field(s): ${AT}.attestations.policy.configMapRef.key`,
  ],
  [
    'an attestation that asks for the image and the workload',
    judging({ type: 'cue', data: 'x: 1', fetchConfigFile: true, includeSpec: false, includeObjectMeta: true, includeTypeMeta: true }),
    `must not set the field(s): ${either(`${AT}.attestations.policy`, ['fetchConfigFile', 'includeObjectMeta', 'includeSpec', 'includeTypeMeta'])}`,
  ],
  [
    'the same mistake in two places',
    { authorities: [{ keyless: {} }, { keyless: {} }] },
    'missing field(s): spec.authorities[0].keyless.identities, spec.authorities[1].keyless.identities',
  ],
  ['a misspelt field', one({ ...PASS, ctLog: {} }), `json: unknown field "ctLog": ${AT}.ctLog`],
  ['a value of another kind', { authorities: [PASS], mode: 5 }, 'invalid value: 5: spec.mode\nexpected a text'],
  [
    'an operator that is none',
    { ...one(PASS), match: [{ resource: 'pods', version: 'v1', selector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } }] },
    'invalid value: selector: spec.match[0].selector\npolicy with wrong match label selector: "Is" is not a valid label selector operator (In, NotIn, Exists, DoesNotExist)',
  ],
];

describe.each(['v1alpha1', 'v1beta1'])('ClusterImagePolicy %s', (version) => {
  test.each(CASES)('%s', async (_what, spec, text) => {
    const { errors } = await validateClusterImagePolicy(policy(spec as Resource, version));
    expect(validationText(errors)).toBe(text);
    const compiled = await compile([policy(spec as Resource, version)]);
    const [file] = compiled.files;
    expect(file?.errors.map((e) => e.message).join('\n')).toBe(
      text.replace(/^(?=\S+.*: (?:spec|metadata|apiVersion))/gm, 'validation failed: '),
    );
    expect(file?.errors.every((e) => e.code === 'policy-invalid' && e.at?.line !== undefined && e.at.column !== undefined)).toBe(true);
  });

  test.each<readonly [string, Resource]>([
    ['a key', keyed(KEY)],
    [
      'every hash by any name',
      { authorities: ['sha224', 'SHA256', ' sha384 ', 'sha512'].map((hashAlgorithm) => ({ key: { ...KEY, hashAlgorithm } })) },
    ],
    ['a key of a service in full', keyed({ kms: 'awskms://localhost:4566/arn:aws:kms:us-east-2:111122223333:alias/ExampleAlias' })],
    [
      'a key of a service by its id in full',
      keyed({ kms: 'awskms:///arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' }),
    ],
    ['an identity', keyless({ url: 'https://fulcio.sigstore.dev' })],
    ['an identity by a CA', keyless({ 'ca-cert': { secretRef: { name: 'ca', namespace: 'cosign-system' } } })],
    ['a registry as source', one({ key: KEY, source: [{ oci: 'registry.example.com' }] })],
    ['a repository as source', one({ key: KEY, source: [{ oci: 'registry.example.com:5000/a/b' }] })],
    ['an empty source', one({ key: KEY, source: [{ oci: '' }] })],
    ['a digest as glob', { ...one(PASS), images: [{ glob: `ghcr.io/a@sha256:${'0'.repeat(64)}` }] }],
    ['a resource of a group of its own', { ...one(PASS), match: [{ group: 'serving.knative.dev', version: 'v1', resource: 'services' }] }],
    [
      'everything about the image',
      {
        ...one(PASS),
        policy: { type: 'rego', data: 'x', fetchConfigFile: true, includeSpec: true, includeObjectMeta: true, includeTypeMeta: true },
      },
    ],
  ])('%s is valid', async (_what, spec) => {
    const { errors } = await validateClusterImagePolicy(policy(spec, version));
    expect(validationText(errors)).toBe('');
  });
});

describe('beside the fields of the specification', () => {
  test('a version that nobody serves, and no name', async () => {
    const { errors } = await validateClusterImagePolicy({ ...policy(one(PASS), 'v1'), metadata: {} });
    expect(validationText(errors)).toBe(
      'invalid value: policy.sigstore.dev/v1: apiVersion\nunknown type, expected policy.sigstore.dev/v1alpha1 or policy.sigstore.dev/v1beta1\nmissing field(s): metadata.name',
    );
  });

  test('without authorities it is valid where policy-controller is told so', async () => {
    const { errors } = await validateClusterImagePolicy(policy({}), { failOnEmptyAuthorities: false });
    expect(errors).toEqual([]);
  });

  test('a misspelt field is told what was meant, with line and column', async () => {
    const text =
      'apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata:\n  name: a\nspec:\n  images:\n  - glob: "**"\n  authorites:\n  - static:\n      action: pass\n';
    const { files } = await compile(text);
    const unknown = files[0]?.errors.find((e) => e.message.includes('unknown field'));
    expect(unknown).toMatchObject({ hint: 'did you mean "authorities"?', at: { path: 'spec.authorites', line: 8 } });
  });

  test('the second place of a mistake is named by its line', async () => {
    const { files } = await compile([policy({ authorities: [{ keyless: {} }, { keyless: {} }] })]);
    expect(files[0]?.errors[0]?.hint).toMatch(/also in line \d+/);
  });

  test.each([
    ['a short name', 'vuln'],
    ['a word', 'notsupported'],
  ])('%s of a predicate is only a warning', async (_what, predicateType) => {
    const { errors, warnings } = await validateClusterImagePolicy(policy(attesting({ predicateType })));
    expect(errors).toEqual([]);
    expect(validationText(warnings)).toBe(
      `invalid value: ${predicateType}: ${AT}.attestations.predicateType\ndeprecated value, please use RFC 3986 conformant values`,
    );
  });

  test.each<readonly [string, Resource]>([
    ['unanchored-identity', identified({ issuer: 'https://issuer.example', subjectRegExp: 'acme' })],
    ['further-keys', keyed({ data: `${k1.spkiPem}${k2.spkiPem}` })],
    [
      'duplicate-authority',
      {
        authorities: [
          { ...PASS, name: 'a' },
          { ...PASS, name: 'a' },
        ],
      },
    ],
    ['glob-not-qualified', { ...one(PASS), images: [{ glob: 'image*' }] }],
    ['registry-alone', one({ key: KEY, source: [{ oci: 'registry.example' }] })],
    ['url-not-trusted', one({ key: KEY, ctlog: { url: 'https://rekor.example' } })],
    ['no-effect', one({ key: KEY, rfc3161timestamp: {} })],
    ['never-satisfied', keyless({ trustRootRef: 'bare' })],
  ])('a doubt: %s', async (code, spec) => {
    const { files } = await compile([policy(spec), trustRoot(own, 'bare', { ctLogs: [] })]);
    expect(files[0]?.errors).toEqual([]);
    expect(files[0]?.warnings.map((w) => w.code)).toContain(code);
  });
});
