/** TrustRoots: what they have to hold, and that every field of them decides. */
import { afterAll, describe, expect, test } from 'vitest';
import { validateTrustRoot, validationText } from '../../../src/policy/dialect/cluster-image-policy/index.ts';
import { fieldPaths, TRUST_ROOT } from '../../../src/policy/dialect/cluster-image-policy/validation/fields.ts';
import type { TufSource } from '../../../src/policy/resources.ts';
import { GITHUB_ISSUER, WORKFLOW } from '../../../src/testing/index.ts';
import './images.ts';
import { compile, evaluator, judge, own, policy, type Resource, rootOf, stranger, trustRoot, type Value } from './lab.ts';

afterAll(() => evaluator.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const ROOT = base64('{"signatures": [], "signed": {}}');
const root = (spec: Value): Resource => ({
  apiVersion: 'policy.sigstore.dev/v1alpha1',
  kind: 'TrustRoot',
  metadata: { name: 'own' },
  spec,
});
const chain = (of: typeof own): string => base64(of.ca.chain.map((c) => c.pem).join(''));
const stamps = (of: typeof own): string => base64(of.tsa.chain.map((c) => c.pem).join(''));
const K = 'spec.sigstoreKeys';

const CASES: readonly (readonly [string, Value, string])[] = [
  ['nothing', {}, 'expected exactly one, got neither: spec.remote, spec.repository, spec.sigstoreKeys'],
  ['two at once', { remote: {}, sigstoreKeys: {} }, 'expected exactly one, got both: spec.remote, spec.repository, spec.sigstoreKeys'],
  ['an empty remote', { remote: {} }, 'missing field(s): spec.remote.mirror, spec.remote.root'],
  ['an empty repository', { repository: {} }, 'missing field(s): spec.repository.repository, spec.repository.root'],
  [
    'a root that is no JSON',
    { remote: { mirror: 'https://tuf.example', root: base64('garbage') } },
    'invalid value: failed to unmarshal: spec.remote.root\n',
  ],
  [
    'a root without signatures',
    { remote: { mirror: 'https://tuf.example', root: base64('{}') } },
    'invalid value: missing signatures in root.json: spec.remote.root\nno signatures',
  ],
  ['no keys', { sigstoreKeys: {} }, `expected exactly one, got neither: ${K}.certificateAuthority, ${K}.timestampAuthorities`],
  [
    'an empty authority',
    { sigstoreKeys: { certificateAuthorities: [{}] } },
    `missing field(s): ${['certchain', 'subject.commonName', 'subject.organization', 'uri'].map((n) => `${K}.certificateAuthority[0].${n}`).join(', ')}`,
  ],
  [
    'the mistakes of every list, not only of the last',
    {
      sigstoreKeys: {
        certificateAuthorities: [{ subject: { organization: 'a', commonName: 'b' }, uri: 'https://a', certChain: chain(own) }],
        ctLogs: [{}],
        tLogs: [{ baseURL: 'https://a', hashAlgorithm: 'sha-256' }],
      },
    },
    `missing field(s): ${K}.ctLogs[0].baseURL, ${K}.ctLogs[0].hashAlgorithm, ${K}.ctLogs[0].publicKey, ${K}.tLogs[0].publicKey`,
  ],
  [
    'two leaves of a timestamp authority',
    {
      sigstoreKeys: {
        timestampAuthorities: [
          {
            subject: { organization: 'a', commonName: 'b' },
            uri: 'https://a',
            certChain: base64(`${own.tsa.leaf.pem}${stranger.tsa.leaf.pem}`),
          },
        ],
      },
    },
    `invalid value: certificate chain must contain at most one TSA certificate: ${K}.timestampAuthorities[0].certChain`,
  ],
  ['a misspelt field', { sigstoreKeys: { tlogs: [] } }, `json: unknown field "tlogs": ${K}.tlogs`],
];

test.each(CASES)('%s', async (_what, spec, text) => {
  expect(validationText(validateTrustRoot(root(spec)).errors)).toContain(text);
  const { files } = await compile([root(spec)]);
  expect(files[0]?.errors.every((e) => e.code === 'policy-invalid' && e.at?.line !== undefined)).toBe(true);
  expect(files[0]?.errors).not.toEqual([]);
});

test('keys that are none are found when the file is checked', async () => {
  const broken = trustRoot(own, 'own');
  const { files } = await compile(JSON.stringify(broken).replace(base64(own.rekor.key.spkiPem), base64('no key')));
  expect(files[0]?.errors.map((e) => e.code)).toEqual(['trust-invalid']);
});

test('two trust roots of one name are no trust root', async () => {
  const authority = { keyless: { identities: [{ issuer: 'a', subject: 'b' }], trustRootRef: 'own' } };
  const said = await judge([policy({ authorities: [authority] }), trustRoot(own, 'own'), trustRoot(stranger, 'own')], {
    image: 'keyless by own',
  });
  expect(said).toMatchObject({ verdict: 'deny', outcome: 'inconclusive' });
});

/** Everything that is asked of the trust root: an authority, its CT log, a log and a timestamp. */
const LOGGED = {
  keyless: { identities: [{ issuer: GITHUB_ISSUER, subject: WORKFLOW }], trustRootRef: 'own' },
  ctlog: { trustRootRef: 'own' },
};
const STAMPED = { ...LOGGED, ctlog: null, rfc3161timestamp: { trustRootRef: 'own' } };
const keys = trustRoot(own, 'own').spec as Resource;

/** A repository whose content depends on everything that is said of it. */
async function tufRoot({ root: initial, from, targets, target }: TufSource): Promise<ReturnType<typeof rootOf>> {
  const place = 'mirror' in from ? from.mirror : Buffer.from(from.archive).toString();
  const right = Buffer.from(initial).toString().includes('signatures') && `${place} ${targets} ${target}`;
  return rootOf(
    right === 'https://tuf.example targets trusted_root.json' || right === 'archive targets trusted_root.json' ? own : stranger,
  );
}

const remote = { remote: { root: ROOT, mirror: 'https://tuf.example' } };
const repository = { repository: { root: ROOT, mirrorFS: base64('archive') } };
const OTHER = base64('{"signatures": [], "else": true}');

/** A field, the document, and the two values that are compared. The first is right. */
const FIELDS: readonly (readonly [string, Resource, Value | undefined, Value])[] = [
  ['spec.remote.root', remote, ROOT, base64('{}')],
  ['spec.remote.mirror', remote, 'https://tuf.example', 'https://else.example'],
  ['spec.remote.targets', remote, undefined, 'else'],
  ['spec.remote.trustedRootTarget', remote, 'trusted_root.json', 'else.json'],
  ['spec.repository.root', repository, OTHER, base64('{}')],
  ['spec.repository.mirrorFS', repository, base64('archive'), base64('else')],
  ['spec.repository.targets', repository, 'targets', 'else'],
  ['spec.repository.trustedRootTarget', repository, undefined, 'else.json'],
  ['spec.sigstoreKeys.certificateAuthorities[].subject.organization', keys, 'acme', ''],
  ['spec.sigstoreKeys.certificateAuthorities[].subject.commonName', keys, 'acme', ''],
  ['spec.sigstoreKeys.certificateAuthorities[].uri', keys, 'https://fulcio.acme.example', ''],
  ['spec.sigstoreKeys.certificateAuthorities[].certChain', keys, chain(own), chain(stranger)],
  ['spec.sigstoreKeys.tLogs[].baseURL', keys, 'https://rekor.acme.example', ''],
  ['spec.sigstoreKeys.tLogs[].hashAlgorithm', keys, 'sha256', 'sha-512'],
  ['spec.sigstoreKeys.tLogs[].publicKey', keys, base64(own.rekor.key.spkiPem), base64(stranger.rekor.key.spkiPem)],
  ['spec.sigstoreKeys.ctLogs[].baseURL', keys, 'https://ctfe.acme.example', ''],
  ['spec.sigstoreKeys.ctLogs[].hashAlgorithm', keys, 'SHA2_256', 'sha-384'],
  ['spec.sigstoreKeys.ctLogs[].publicKey', keys, base64(own.ct.key.spkiPem), base64(stranger.ct.key.spkiPem)],
  ['spec.sigstoreKeys.timestampAuthorities[].subject.organization', keys, 'acme', ''],
  ['spec.sigstoreKeys.timestampAuthorities[].subject.commonName', keys, 'acme', ''],
  ['spec.sigstoreKeys.timestampAuthorities[].uri', keys, 'https://tsa.acme.example', ''],
  ['spec.sigstoreKeys.timestampAuthorities[].certChain', keys, stamps(own), stamps(stranger)],
];

describe('every field decides', () => {
  test.each(FIELDS)('%s', async (field, spec, ...values) => {
    const stamped = field.includes('timestampAuthorities');
    const found = await Promise.all(
      values.map((value) => {
        const document = put(root(spec), field.replaceAll('[]', '.0').split('.'), value);
        const image = stamped ? 'keyless by own, stamped' : 'keyless by own';
        return judge([policy({ authorities: [stamped ? STAMPED : LOGGED] }), document], { image, tufRoot });
      }),
    );
    expect(found.map((f) => f.verdict)).toEqual(['allow', 'deny']);
  });

  test('there are no others', () => {
    const all = fieldPaths(TRUST_ROOT).filter((p) => p.startsWith('spec.'));
    expect(FIELDS.map(([field]) => field).sort()).toEqual([...all].sort());
  });
});

function put(target: Value, path: readonly string[], value: Value | undefined): Value {
  const [first, ...rest] = path;
  if (first === undefined) return value ?? null;
  if (Array.isArray(target)) return target.map((v: Value, i) => (String(i) === first ? put(v, rest, value) : v));
  const members = target as Resource;
  return { ...members, [first]: put(members[first] ?? {}, rest, value) };
}
