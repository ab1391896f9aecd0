/** `assay policy explain`: which policies are about an image, what each part found, and what would satisfy it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { explainImage, explainText } from '../../../src/cli/policy/explain.ts';
import { styleOf } from '../../../src/cli/text/style.ts';
import { AssayError } from '../../../src/errors.ts';
import { parseDigest } from '../../../src/oci/digest.ts';
import type { CompiledPolicy } from '../../../src/policy/index.ts';
import { verifySubject } from '../../../src/verify/index.ts';
import { bomBy, clusterPolicy, imagePolicy, type Lab, OURS, openLab, SIGNED } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab('policy-explain');
  lab.image('signed', { signed: 'ours', boms: [bomBy('syft')] });
  lab.image('strange', { signed: 'theirs' });
  lab.write('enforce.yaml', imagePolicy('enforce', SIGNED));
  lab.write('elsewhere.yaml', imagePolicy('elsewhere', SIGNED).replace('["**"]', '["registry.example/**"]'));
  lab.write(
    'tree.yaml',
    imagePolicy(
      'tree',
      `
    anyOf:
      - {name: signed, signature: {by: ours}}
      - atLeast:
          count: 2
          of:
            - {name: scanned, attestation: {type: vuln, by: ours}}
            - {name: contents, attestation: {type: cyclonedx, by: ours, where: [{name: made by trivy, cel: 'predicate.metadata.tools.exists(t, t.name == "trivy")'}]}}
            - {static: {result: deny, reason: nobody asked}}
`,
    ),
  );
  lab.write('spec.yaml', clusterPolicy('  policy: {type: cue, includeSpec: true, data: "spec: hostNetwork: false"}\n', OURS));
});
afterAll(() => lab.close());
afterEach(() => lab.registry.faults.clear());

const explain = (image: string, ...policies: readonly string[]) =>
  lab.askJson(['policy', 'explain', ...policies.flatMap((p) => ['--policy', p]), lab.ref(image)]);

describe('policy explain', () => {
  test('says which policies are about the image and which are not, and exits 0 whatever the decision', async () => {
    const { exit, json } = await explain('strange', 'enforce.yaml', 'elsewhere.yaml');
    expect(json).toMatchObject({
      schema: 'assay/policy-explain/v1',
      decision: { verdict: 'deny' },
      outcome: 'untrusted',
      policies: [
        { name: 'enforce', dialect: 'image-policy', mode: 'enforce', applies: true, requirement: { met: false, outcome: 'untrusted' } },
        { name: 'elsewhere', applies: false },
      ],
    });
    expect(json.policies[1]).not.toHaveProperty('requirement');
    expect(exit).toBe(0);
    const { text } = await lab.ask(['policy', 'explain', '--policy', 'enforce.yaml', '--policy', 'elsewhere.yaml', lab.ref('strange')]);
    expect(text).toContain('FAIL enforce (image-policy, enforce): is about this image\n');
    expect(text).toContain('elsewhere (image-policy, enforce): is not about this image\n');
  });

  test('says of every leaf what was found, and what would satisfy it', async () => {
    const { json } = await explain('strange', 'enforce.yaml');
    const [{ requirement }] = json.policies;
    expect(requirement).toMatchObject({
      kind: 'evidence',
      authority: 'ours',
      met: false,
      wanted: expect.stringMatching(/^wanted is a signature by the key ours \(sha256:\w+…\)$/),
      found: [{ kind: 'signature', format: 'sigstore-bundle', outcome: 'untrusted', failed: [{ id: 'key' }] }],
    });
  });

  test('shows the whole tree, also of parts that were not needed', async () => {
    const { json } = await explain('strange', 'tree.yaml');
    const [{ requirement }] = json.policies;
    expect(requirement).toMatchObject({
      kind: 'anyOf',
      met: false,
      parts: [
        { kind: 'evidence', rule: 'signed', met: false, outcome: 'untrusted' },
        {
          kind: 'atLeast',
          met: false,
          parts: [
            { rule: 'scanned', outcome: 'unsigned', wanted: expect.stringContaining('attestation/vuln/v1') },
            { rule: 'contents', outcome: 'unsigned', wanted: expect.stringContaining('that satisfies made by trivy') },
            { kind: 'static', met: false, reason: expect.stringContaining('nobody asked') },
          ],
        },
      ],
    });
    const { text } = await lab.ask(['policy', 'explain', '--policy', 'tree.yaml', lab.ref('signed')]);
    expect(text).toMatch(/^allow \(verified\)/);
    expect(text).toMatch(/^ {4}ok signed › ours: /m);
    expect(text).toMatch(/^ {6}FAIL contents › ours: .*made by trivy/m);
  });

  test('says when it cannot be said whether a policy is met', async () => {
    lab.registry.faults.add({ kind: 'status', status: 500, match: 'referrers' });
    const { exit, json } = await explain('signed', 'enforce.yaml');
    expect(json).toMatchObject({ decision: { verdict: 'deny' }, outcome: 'inconclusive' });
    expect(json.policies).toMatchObject([{ applies: true, requirement: { met: false, outcome: 'inconclusive' } }]);
    expect(json.policies[0].requirement.reason).toContain('not every place answered');
    expect(exit).toBe(0);
    const { text } = await lab.ask(['policy', 'explain', '--policy', 'enforce.yaml', lab.ref('signed')]);
    expect(text).toMatch(/^deny \(inconclusive\)/);
    expect(text).toContain('a question was not answered, so nothing can be ruled out');
  });

  test('says that a policy cannot be met because what it refers to is not at hand', async () => {
    lab.write('secret.yaml', clusterPolicy('', OURS).replace(/key:[\s\S]*/, 'key: {secretRef: {name: gone}}\n'));
    const { json } = await explain('signed', 'secret.yaml');
    expect(json).toMatchObject({
      decision: { verdict: 'deny' },
      outcome: 'inconclusive',
      policies: [
        {
          applies: true,
          requirement: { met: false, outcome: 'inconclusive', reason: expect.stringContaining('secrets "gone" not found') },
        },
      ],
    });
    const { text } = await lab.ask(['policy', 'explain', '--policy', 'secret.yaml', lab.ref('signed')]);
    expect(text).toMatch(/^\?\? image-policy \(cluster-image-policy, enforce\): is about this image/m);
    expect(await lab.askJson(['verify', '--policy', 'secret.yaml', lab.ref('signed')])).toMatchObject({
      exit: 3,
      json: { outcome: 'inconclusive' },
    });
  });

  test('says when it cannot be said whether a policy is about the image', async () => {
    const broken: CompiledPolicy = {
      name: 'broken',
      dialect: 'cluster-image-policy',
      mode: 'enforce',
      applies() {
        throw new AssayError('policy-invalid', 'syntax error in pattern');
      },
      requirement: { kind: 'static', met: true, reason: 'never asked' },
    };
    const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
    const image = { text: 'registry.example/app:v1', repository: 'registry.example/app', tag: 'v1', digest };
    const explained = await explainImage(image, { policies: [broken], noMatch: 'allow' }, (requirement) =>
      verifySubject({ stores: [], digest, subject: { digests: new Map(), bytes: undefined }, requirement, now: 0 }),
    );
    expect(explained).toMatchObject({
      decision: { verdict: 'deny' },
      outcome: 'inconclusive',
      policies: [{ applies: true, problem: 'syntax error in pattern', requirement: { met: false } }],
    });
    const style = styleOf({ isTTY: { stdout: false, stderr: false }, env: {} });
    expect(explainText(explained, { style })).toContain('?? broken (cluster-image-policy, enforce): syntax error in pattern\n');
  });

  test('says that no policy is about the image', async () => {
    const { json } = await explain('signed', 'elsewhere.yaml');
    expect(json).toMatchObject({ decision: { verdict: 'deny' }, outcome: 'denied', policies: [{ applies: false }] });
    const allowed = await lab.askJson(['policy', 'explain', '--policy', 'elsewhere.yaml', '--unsafe-no-match', 'allow', lab.ref('signed')]);
    expect(allowed.json.decision.verdict).toBe('allow');
  });

  test('explains a revoked image, of which nothing else is asked', async () => {
    const digest = lab.registry.content.repository('signed').tags.get('v1');
    lab.write('revoked.yaml', imagePolicy('revoked', SIGNED, `  revoked: {entries: [{image: "${digest}", reason: ticket 4711}]}\n`));
    const { json } = await explain('signed', 'revoked.yaml');
    expect(json).toMatchObject({ outcome: 'revoked', decision: { verdict: 'deny' }, policies: [{ name: 'revoked', applies: true }] });
    expect(json.reasons.join()).toContain('ticket 4711');
  });

  test('shows conditions about the whole image, with the workload', async () => {
    const image = `${lab.host}/signed@${lab.registry.content.repository('signed').tags.get('v1')}`;
    lab.write(
      'pod.yaml',
      `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostNetwork: true, containers: [{name: c, image: "${image}"}]}\n`,
    );
    const { json } = await lab.askJson(['policy', 'explain', '--policy', 'spec.yaml', '--resource', 'pod.yaml', image]);
    expect(json).toMatchObject({ outcome: 'denied', decision: { verdict: 'deny' } });
    expect(json.policies[0].requirement.conditions).toEqual([
      expect.objectContaining({ result: 'fail', reason: expect.stringContaining('spec.hostNetwork: conflicting values') }),
    ]);
    expect(json.reasons[0]).toContain('validation failed: failed policy: image-policy: spec.containers[0].image');
  });

  test.each([
    ['no policy', () => [lab.ref('signed')], 'usage-invalid'],
    ['no image', () => ['--policy', 'enforce.yaml'], 'usage-invalid'],
    [
      'a policy that does not compile',
      () => ['--policy', lab.write('bad.yaml', imagePolicy('bad', '{}')), lab.ref('signed')],
      'policy-invalid',
    ],
  ])('%s is misuse', async (_what, argv, code) => {
    const { exit, json } = await lab.askJson(['policy', 'explain', ...argv()]);
    expect({ exit, code: json.errors[0].code }).toEqual({ exit: 2, code });
  });
});
