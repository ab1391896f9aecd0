/** Faults of policy-controller that Assay does not have, one test each. */
import { afterAll, describe, expect, test } from 'vitest';
import { publicKeyFromPem } from '../../../src/crypto/index.ts';
import { AssayError } from '../../../src/errors.ts';
import type { Evaluator } from '../../../src/policy/language/evaluator.ts';
import { CYCLONEDX } from './images.ts';
import { compile, evaluator, judge, k1, k2, object, own, policy, type Resource, trustRoot } from './lab.ts';

afterAll(() => evaluator.close());

const PASS = { static: { action: 'pass' } };
const BY_K1 = { key: { data: k1.spkiPem } };
const TOLD = (data: Resource): Resource => object('ConfigMap', 'config-policy-controller', data);
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: {} };

describe('not as policy-controller', () => {
  test('a policy without authorities admits nobody, even where it is accepted', async () => {
    const told = TOLD({ 'fail-on-empty-authorities': 'false', 'no-match-policy': 'allow' });
    const said = await judge([policy({}), told], { image: 'by key' });
    expect(said).toMatchObject({ verdict: 'deny', errors: [] });
    expect(said.reasons[0]).toContain('failed to process policy: image-policy');
  });

  test.each<readonly [string, Resource, string]>([
    ['a hash that is too short', { key: { data: k1.spkiPem, hashAlgorithm: 'sha224' } }, 'algorithm-unsupported'],
    [
      'a broken policy text',
      { ...BY_K1, attestations: [{ name: 'a', predicateType: CYCLONEDX, policy: { type: 'cue', data: 'x: {' } }] },
      'policy-invalid',
    ],
  ])('%s makes the policy fail, and does not remove it', async (_what, authority, code) => {
    // An authority that would admit everybody stands beside it, and images without a policy would be admitted.
    const said = await judge([policy({ authorities: [PASS, authority] }), TOLD({ 'no-match-policy': 'allow' })], { image: 'by key' });
    expect(said).toMatchObject({ verdict: 'deny', outcome: 'inconclusive', errors: [code] });
  });

  test.each<readonly [string, Resource]>([
    ['Secret', { key: { secretRef: { name: 'nowhere' } } }],
    ['Secret of a ca-cert', { keyless: { 'ca-cert': { secretRef: { name: 'nowhere' } }, identities: [{ issuer: 'i', subject: 's' }] } }],
    ['trust root', { ...BY_K1, ctlog: { trustRootRef: 'nowhere' } }],
    [
      'ConfigMap',
      {
        ...BY_K1,
        attestations: [{ name: 'a', predicateType: CYCLONEDX, policy: { type: 'cue', configMapRef: { name: 'nowhere', key: 'k' } } }],
      },
    ],
  ])('a missing %s leaves a valid policy that is never met, and says so', async (_what, authority) => {
    const said = await judge([policy({ authorities: [PASS, authority] }), TOLD({ 'no-match-policy': 'allow' })], { image: 'by key' });
    expect(said).toMatchObject({ verdict: 'deny', outcome: 'inconclusive', errors: [] });
    expect(said.reasons.join()).toContain('nowhere');
  });

  test('a key in a service is valid and never satisfied, and takes nothing from the authorities beside it', async () => {
    const inService = { key: { kms: 'gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k' } };
    const alone = await judge([policy({ authorities: [inService] })], { image: 'by key' });
    expect(alone).toMatchObject({ verdict: 'deny', outcome: 'inconclusive', errors: [] });
    expect(alone.reasons.join()).toContain('key service');
    expect(await judge([policy({ authorities: [inService, BY_K1] })], { image: 'by key' })).toMatchObject({ verdict: 'allow' });
  });

  test('a key that its service gives decides', async () => {
    const inService = { key: { kms: 'hashivault://release' } };
    const giving = (pem: string) => ({ image: 'by key', serviceKey: async () => publicKeyFromPem(pem) });
    expect(await judge([policy({ authorities: [inService] })], giving(k1.spkiPem))).toMatchObject({ verdict: 'allow', errors: [] });
    expect(await judge([policy({ authorities: [inService] })], giving(k2.spkiPem))).toMatchObject({
      verdict: 'deny',
      outcome: 'untrusted',
    });
  });

  test.each(['key-unavailable', 'key-refused', 'offline'] as const)(
    'a service that answers %s leaves the image inconclusive',
    async (code) => {
      const inService = { key: { kms: 'hashivault://release' } };
      const silent = { image: 'by key', serviceKey: () => Promise.reject(new AssayError(code, 'nobody there')) };
      const alone = await judge([policy({ authorities: [inService] })], silent);
      expect(alone).toMatchObject({ verdict: 'deny', outcome: 'inconclusive', errors: [] });
      expect(alone.reasons.join()).toContain('nobody there');
      expect(await judge([policy({ authorities: [inService, BY_K1] })], silent)).toMatchObject({ verdict: 'allow' });
    },
  );

  test('a policy with mistakes is about the images that it names', async () => {
    const broken = policy({ images: [{ glob: 'registry.example/**' }], authorities: [] });
    expect((await judge([broken, TOLD({ 'no-match-policy': 'allow' })], { image: 'by key' })).verdict).toBe('deny');
    const elsewhere = policy({ images: [{ glob: 'other.example/**' }], authorities: [] });
    expect((await judge([elsewhere, TOLD({ 'no-match-policy': 'allow' })], { image: 'by key' })).verdict).toBe('allow');
    const unreadable = policy({ images: [{ glob: '[' }], authorities: [PASS] });
    expect((await judge([unreadable, TOLD({ 'no-match-policy': 'allow' })], { image: 'by key' })).verdict).toBe('deny');
    const misspelt = policy({ match: [{ resorce: 'pods', version: 'v1' }], authorities: [PASS] });
    expect((await judge([misspelt, TOLD({ 'no-match-policy': 'allow' })], { image: 'by key', workload: pod })).verdict).toBe('deny');
    const nameless = policy({ images: [], authorities: [PASS] });
    expect((await judge([nameless, TOLD({ 'no-match-policy': 'allow' })], { image: 'by key' })).verdict).toBe('deny');
  });

  test('a policy that warns and one that forbids do not change places, and always say the same', async () => {
    const both = [
      policy({ mode: 'warn', authorities: [{ key: { data: k2.spkiPem } }] }, 'v1beta1', 'warns'),
      policy({ authorities: [{ static: { action: 'fail', message: 'no' } }, { key: { data: k2.spkiPem } }] }, 'v1beta1', 'forbids'),
    ];
    const answers = await Promise.all([0, 1, 2, 3].map(() => judge(both, { image: 'by key' })));
    expect(answers.map((a) => a.verdict)).toEqual(['deny', 'deny', 'deny', 'deny']);
    expect(new Set(answers.map((a) => JSON.stringify(a.reasons))).size).toBe(1);
    expect(answers[0]?.reasons[0]).toMatch(/^validation failed: failed policy: forbids\n/);
    expect(answers[0]?.reasons[1]).toMatch(/^failed policy: warns\n/);
  });

  test('which of several refusals is told does not depend on which came first', async () => {
    const wanted = {
      ...BY_K1,
      attestations: [
        { name: 'a', predicateType: CYCLONEDX, policy: { type: 'cue', data: 'predicate: metadata: tools: [{name: "else"}]' } },
      ],
    };
    const answers = await Promise.all(
      [0, 1, 2, 3, 4, 5].map(() => judge([policy({ authorities: [wanted] })], { image: 'attested twice' })),
    );
    expect(new Set(answers.flatMap((a) => a.reasons)).size).toBe(1);
  });

  test('more authorities than anybody needs are a mistake', async () => {
    const said = await judge([policy({ authorities: Array.from({ length: 1025 }, () => PASS) })], { image: 'unsigned' });
    expect(said).toMatchObject({ verdict: 'deny', outcome: 'inconclusive', errors: ['limit'] });
  });

  test('an attestation that nobody asked for has signed counts for nothing', async () => {
    const wanted = { key: { data: k2.spkiPem }, attestations: [{ name: 'a', predicateType: CYCLONEDX }] };
    expect(await judge([policy({ authorities: [wanted] })], { image: 'attested' })).toMatchObject({
      verdict: 'deny',
      outcome: 'untrusted',
    });
  });

  test('what kind of workload it is is known of Pods as well', async () => {
    const typed = {
      type: 'rego',
      includeTypeMeta: true,
      data: 'package sigstore\nisCompliant { input.typemeta == {"kind": "Pod", "apiVersion": "v1"} }',
    };
    expect((await judge([policy({ authorities: [PASS], policy: typed })], { image: 'unsigned', workload: pod })).verdict).toBe('allow');
  });

  test('of several keys in one text only the first counts, for signatures and attestations alike, and it is said', async () => {
    const keys = { key: { data: `${k2.spkiPem}${k1.spkiPem}` } };
    const both = [keys, { ...keys, attestations: [{ name: 'a', predicateType: CYCLONEDX }] }];
    for (const [i, image] of ['by key', 'attested'].entries())
      expect((await judge([policy({ authorities: [both[i] ?? {}] })], { image })).verdict).toBe('deny');
    const { files } = await compile([policy({ authorities: both })]);
    expect(files[0]?.warnings.map((w) => w.code)).toEqual(['further-keys', 'further-keys']);
  });

  test('a text that does not compile is an error of the file, with its line and column', async () => {
    const text = [
      'apiVersion: policy.sigstore.dev/v1beta1',
      'kind: ClusterImagePolicy',
      'metadata: {name: a}',
      'spec:',
      '  images: [{glob: "**"}]',
      '  authorities: [{static: {action: pass}}]',
      '  policy:',
      '    type: cue',
      '    data: |',
      '      x: 1',
      '      y: {',
    ].join('\n');
    const { files } = await compile(`${text}\n`);
    expect(files[0]?.errors.map((e) => [e.code, e.at?.path])).toEqual([['policy-invalid', 'spec.policy.data']]);
    expect(files[0]?.errors[0]?.at?.line).toBeGreaterThanOrEqual(11);
    expect(files[0]?.errors[0]?.message).toContain('does not compile');
  });

  test('a policy whose evaluation is stopped denies, and says that nothing was decided', async () => {
    const stopped: Evaluator = {
      compile: async () => ({ evaluate: async () => Promise.reject(new AssayError('policy-unevaluable', 'the evaluation took too long')) }),
      close: async () => undefined,
    };
    const ask = { evaluator: async () => stopped };
    const whole = policy({ authorities: [PASS], policy: { type: 'cue', data: 'x: 1' } });
    const said = await judge([whole], { image: 'unsigned', ...ask });
    expect(said).toMatchObject({ verdict: 'deny', outcome: 'inconclusive' });
    expect(said.reasons[0]).toContain('the evaluation took too long');
    const attested = { ...BY_K1, attestations: [{ name: 'a', predicateType: CYCLONEDX, policy: { type: 'cue', data: 'x: 1' } }] };
    expect(await judge([policy({ authorities: [attested] })], { image: 'attested', ...ask })).toMatchObject({
      verdict: 'deny',
      outcome: 'inconclusive',
    });
  });

  test('engines that were not built are an error, and the policy denies', async () => {
    const ask = { evaluator: async () => Promise.reject(new AssayError('engine-missing', 'the engines are not there')) };
    const said = await judge([policy({ authorities: [PASS], policy: { type: 'cue', data: 'x: 1' } })], { image: 'unsigned', ...ask });
    expect(said).toMatchObject({ verdict: 'deny', outcome: 'inconclusive', errors: ['engine-missing'] });
  });

  test('a trust root without CT log, and no word that none is needed, satisfies nobody', async () => {
    const identity = { issuer: 'https://token.actions.githubusercontent.com', subjectRegExp: '.' };
    const keyless = { identities: [identity], trustRootRef: 'bare' };
    const authority = { keyless, rfc3161timestamp: { trustRootRef: 'bare' } };
    const bare = trustRoot(own, 'bare', { ctLogs: [], logs: [] });
    const ask = { image: 'keyless by own, stamped' };
    expect(await judge([policy({ authorities: [authority] }), bare], ask)).toMatchObject({ verdict: 'deny', outcome: 'inconclusive' });
    const told = { ...authority, keyless: { ...keyless, insecureIgnoreSCT: true } };
    expect(await judge([policy({ authorities: [told] }), bare], ask)).toMatchObject({ verdict: 'allow', outcome: 'verified' });
  });
});
