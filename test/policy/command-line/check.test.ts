/** `assay policy check`: what compiles, and every mistake with its place. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterPolicy, imagePolicy, type Lab, OURS, openLab, SIGNED } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab('policy-check');
});
afterAll(() => lab.close());

const NOTATION = {
  version: '1.0',
  trustPolicies: [{ name: 'skip', registryScopes: ['registry.example/scratch'], signatureVerification: { level: 'skip' } }],
};

/** A mistake in a file: where, and with which code. */
type Row = [what: string, text: string, line: number | undefined, column: number | undefined, says: RegExp, code?: string];

const MISTAKES: readonly Row[] = [
  ['no YAML', 'kind: ImagePolicy\nspec: [', 2, undefined, /./],
  ['a name that stands twice', 'kind: ImagePolicy\nkind: ImagePolicy\n', 2, 1, /twice|unique|duplicate/i],
  [
    'a pattern that nobody has quoted',
    'kind: ImagePolicy\nspec:\n  images: [**]\n',
    3,
    12,
    /\*\* is an alias of YAML, and nothing has that name/,
  ],
  ['aliases without end', `a: &x 1\nb:\n${'- *x\n'.repeat(20_000)}`, undefined, undefined, /too many aliases/],
  ['nothing at all', '\n', undefined, undefined, /it is empty/],
  ['a plain value', 'hello\n', 1, 1, /plain value/],
  ['another kind', 'apiVersion: v1\nkind: Pod\n', 2, 7, /kind "Pod" is no policy/],
  ['two kinds in one file', `${imagePolicy('a', SIGNED)}---\n{"default": [{"type": "reject"}]}\n`, 10, 1, /two kinds/],
  ['a misspelt field', imagePolicy('a', '{signature: {by: ours, bye: ours}}'), 8, 40, /unknown field/],
  ['a misspelt name with its value on the next lines', imagePolicy('a', SIGNED, '  excpet:\n    - "a/b"\n'), 9, 3, /unknown field/],
  ['a field that is missing', imagePolicy('a', '{signature: {}}'), 8, 24, /"by" is missing/],
  ['an authority that is not there', imagePolicy('a', '{signature: {by: hours}}'), 8, 29, /no authority "hours"/],
  ['a threshold that can never be met', imagePolicy('a', '{signature: {by: ours, threshold: 2}}'), 8, 46, /can never sign/],
  [
    'a key file that is not there',
    imagePolicy('a', '{signature: {by: {key: gone.pub, trustedRoot: trusted_root.json}}}'),
    8,
    35,
    /gone\.pub/,
    'file-unreadable',
  ],
  [
    'a key that is none',
    imagePolicy('a', '{signature: {by: {key: {data: none}, trustedRoot: trusted_root.json}}}'),
    8,
    35,
    /holds no public key/,
    'key-invalid',
  ],
  [
    'an expression that is none',
    imagePolicy('a', '{signature: {by: {keyless: {issuer: a, subjectRegExp: "("}, trustedRoot: trusted_root.json}}}'),
    8,
    66,
    /subjectRegExp/,
    'identity-invalid',
  ],
  [
    'CEL that does not compile',
    imagePolicy('a', '{attestation: {type: cyclonedx, by: ours, where: [{cel: "predicate.("}]}}'),
    8,
    68,
    /cel/,
  ],
  [
    'CUE that does not compile',
    imagePolicy('a', '{attestation: {type: cyclonedx, by: ours, where: [{cue: "a: {"}]}}'),
    8,
    68,
    /CUE text does not compile/,
  ],
  [
    'Rego that does not compile',
    imagePolicy('a', '{attestation: {type: cyclonedx, by: ours, where: [{rego: "package x y"}]}}'),
    8,
    69,
    /Rego text does not compile/,
  ],
  ['a ClusterImagePolicy with a misspelt field', clusterPolicy('  mod: warn\n', OURS), 14, 8, /mod/],
  ['a ClusterImagePolicy with another mode', clusterPolicy('  mode: perhaps\n', OURS), 14, 9, /unsupported mode/],
  ['a trust policy without a version', '{"trustPolicies": []}', 1, undefined, /version/],
  ['a policy.json without a default', '{"transports": {}}', 1, undefined, /default/],
];

describe('policy check', () => {
  test('names every policy that compiles, of any dialect, and exits 0', async () => {
    lab.write('native.yaml', imagePolicy('native', SIGNED));
    lab.write('cluster.yaml', clusterPolicy('  mode: warn\n', OURS));
    lab.write('trustpolicy.json', JSON.stringify(NOTATION));
    lab.write('policy.json', '{"default": [{"type": "reject"}]}');
    const files = ['native.yaml', 'cluster.yaml', 'trustpolicy.json', 'policy.json'];
    const { exit, json } = await lab.askJson(['policy', 'check', ...files]);
    expect(json.files.map((f: { file: string; policies: object[]; errors: object[] }) => [f.file, f.policies[0], f.errors])).toEqual([
      ['native.yaml', { dialect: 'image-policy', name: 'native', mode: 'enforce' }, []],
      ['cluster.yaml', { dialect: 'cluster-image-policy', name: 'image-policy', mode: 'warn' }, []],
      ['trustpolicy.json', expect.objectContaining({ dialect: 'notation', name: 'skip' }), []],
      ['policy.json', expect.objectContaining({ dialect: 'containers-policy' }), []],
    ]);
    expect({ exit, schema: json.schema }).toEqual({ exit: 0, schema: 'assay/policy-check/v1' });
    const { text } = await lab.ask(['policy', 'check', ...files]);
    expect(text).toContain('ok native.yaml: image-policy native\nok cluster.yaml: cluster-image-policy image-policy (warn)\n');
  });

  test.each<Row>([...MISTAKES])(
    '%s is an error with its place, in text and in JSON',
    async (_what, content, line, column, says, code = 'policy-invalid') => {
      lab.write('bad.yaml', content);
      lab.write('good.yaml', imagePolicy('good', SIGNED));
      const { exit, json } = await lab.askJson(['policy', 'check', 'good.yaml', 'bad.yaml']);
      const [good, bad] = json.files;
      expect(bad.errors[0]).toMatchObject({
        code,
        message: expect.stringMatching(says),
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
      });
      expect({ exit, good: good.errors }).toEqual({ exit: 1, good: [] });
      const { text, exit: same } = await lab.ask(['policy', 'check', 'good.yaml', 'bad.yaml']);
      const place = line === undefined ? '' : `bad\\.yaml:${line}${column === undefined ? '' : `:${column}`}`;
      expect(text).toMatch(new RegExp(`^FAIL bad\\.yaml: \\d+ errors?\n  error ${place}`, 'm'));
      expect(same).toBe(1);
    },
  );

  test('says all mistakes at once, and what was probably meant', async () => {
    lab.write('many.yaml', imagePolicy('a', '{signature: {bye: ours, treshold: 2}}', '  moed: warn\n'));
    const { text, exit } = await lab.ask(['policy', 'check', 'many.yaml']);
    expect(exit).toBe(1);
    for (const hint of ['by', 'threshold', 'mode']) expect(text).toContain(`hint: did you mean: ${hint}\n`);
  });

  test('lists mistakes as they stand in the file, and says the file once', async () => {
    lab.write('order.yaml', imagePolicy('a', '{signature: {bye: ours}}').replace('["**"]', '["a:tag", "b:tag"]'));
    const { json } = await lab.askJson(['policy', 'check', 'order.yaml']);
    const places = json.files[0].errors.map((e: { line: number; column: number }) => e.line * 1000 + e.column);
    expect(places.length).toBeGreaterThan(2);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    lab.write('pod.yaml', 'kind: Pod\n');
    expect((await lab.ask(['policy', 'check', 'pod.yaml'])).text).toContain('  error pod.yaml:1:7: kind "Pod" is no policy');
  });

  test('two policies of one name are an error, across files too', async () => {
    lab.write('one.yaml', imagePolicy('same', SIGNED));
    lab.write('two.yaml', imagePolicy('same', SIGNED));
    const { exit, json } = await lab.askJson(['policy', 'check', 'one.yaml', 'two.yaml']);
    expect(json.files[1].errors).toMatchObject([{ code: 'policy-invalid', message: expect.stringContaining('the name "same"') }]);
    expect(exit).toBe(1);
  });

  test('what weakens a policy is a warning with its place, and no error', async () => {
    lab.write('weak.yaml', imagePolicy('weak', '{signature: {by: {key: ours.pub, unsafeSkipTransparencyLog: true}}}'));
    const { exit, json } = await lab.askJson(['policy', 'check', 'weak.yaml']);
    expect(json.files[0].warnings).toContainEqual(expect.objectContaining({ code: 'weakened', line: 8 }));
    expect(exit).toBe(0);
  });

  test('standard input is a file as any', async () => {
    const { exit, text } = await lab.ask(['policy', 'check', '-'], { stdin: imagePolicy('piped', SIGNED) });
    expect({ exit, text }).toEqual({ exit: 0, text: 'ok -: image-policy piped\n' });
  });

  test.each([
    ['no file', [], 'usage-invalid'],
    ['a file that is not there', ['gone.yaml'], 'file-unreadable'],
  ])('%s is misuse', async (_what, files, code) => {
    const { exit, json } = await lab.askJson(['policy', 'check', ...files]);
    expect({ exit, code: json.errors[0].code }).toEqual({ exit: 2, code });
  });

  test('paints no terminal with what a file holds', async () => {
    lab.write('paint.yaml', 'kind: "\\e[2J\\nok good.yaml"\n');
    const { text } = await lab.ask(['policy', 'check', 'paint.yaml']);
    expect(text.includes(String.fromCharCode(27)) || /^ok/m.test(text)).toBe(false);
  });
});

describe('the public good instance', () => {
  const KEYLESS = `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: { name: keyless }
spec:
  images: [{ glob: "**" }]
  authorities: [{ keyless: { identities: [{ issuer: https://issuer.test, subject: dev@acme.test }] } }]
`;

  test('is not asked what it trusts now: nothing is judged', async () => {
    // Whoever asked would have to go through a proxy that is not there.
    const env = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };
    const { exit, json } = await lab.askJson(['policy', 'check', lab.write('keyless.yaml', KEYLESS)], { env });
    expect(json.files).toMatchObject([{ policies: [{ name: 'keyless' }], errors: [] }]);
    expect(exit).toBe(0);
  });

  test('is asked before an image is judged; what it does not answer is not known', async () => {
    lab.image('asked', { signed: 'ours' });
    const env = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' };
    const { exit, json } = await lab.askJson(['verify', '--policy', lab.write('keyless.yaml', KEYLESS), lab.ref('asked')], { env });
    expect(json.images).toMatchObject([{ outcome: 'inconclusive', decision: { verdict: 'deny' } }]);
    expect(exit).toBe(3);
  });

  test('takes nothing from the authority beside it', async () => {
    lab.image('beside', { signed: 'ours' });
    const both = KEYLESS.replace('authorities: [', `authorities: [{ key: { data: ${JSON.stringify(OURS)} } }, `);
    const env = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' };
    const { exit, json } = await lab.askJson(['verify', '--policy', lab.write('both.yaml', both), lab.ref('beside')], { env });
    expect(json.images).toMatchObject([{ outcome: 'verified', decision: { verdict: 'allow' } }]);
    expect(exit).toBe(0);
  });
});
