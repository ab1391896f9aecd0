/** `assay verify --policy`: exit codes, several policies, workloads, and what is misuse. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writeLayout } from '../../../src/oci/layout/index.ts';
import { bomBy, clusterPolicy, imagePolicy, type Lab, OURS, openLab, SIGNED } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab('policy-verify');
  lab.image('signed', { signed: 'ours' });
  lab.image('strange', { signed: 'theirs' });
  lab.image('unsigned');
  lab.image('bom', { boms: [bomBy('syft')] });
  lab.write('enforce.yaml', imagePolicy('enforce', SIGNED));
  lab.write('warn.yaml', imagePolicy('warn', SIGNED, '  mode: warn\n'));
  lab.write('elsewhere.yaml', imagePolicy('elsewhere', SIGNED).replace('["**"]', '["registry.example/**"]'));
  lab.write('unsigned-never.yaml', imagePolicy('never', '{static: {result: deny, reason: closed for repairs}}'));
});
afterAll(() => lab.close());
afterEach(() => lab.registry.faults.clear());

const verify = (policies: readonly string[], ...more: readonly string[]) =>
  lab.askJson(['verify', ...policies.flatMap((p) => ['--policy', p]), ...more]);

/** Policies, image, exit code, verdict, outcome. */
const TABLE: readonly (readonly [
  what: string,
  policies: readonly string[],
  image: string,
  exit: number,
  verdict: string,
  outcome: string,
])[] = [
  ['what meets the policy', ['enforce.yaml'], 'signed', 0, 'allow', 'verified'],
  ['a signature of somebody else', ['enforce.yaml'], 'strange', 1, 'deny', 'untrusted'],
  ['no signature', ['enforce.yaml'], 'unsigned', 1, 'deny', 'unsigned'],
  ['a policy that only warns', ['warn.yaml'], 'strange', 0, 'warn', 'untrusted'],
  ['a policy that warns and is met', ['warn.yaml'], 'signed', 0, 'allow', 'verified'],
  ['one that warns and one that denies', ['warn.yaml', 'enforce.yaml'], 'strange', 1, 'deny', 'untrusted'],
  ['two of which one is not met', ['enforce.yaml', 'unsigned-never.yaml'], 'signed', 1, 'deny', 'denied'],
  ['two of which one is about other images', ['enforce.yaml', 'elsewhere.yaml'], 'signed', 0, 'allow', 'verified'],
  ['no policy about it', ['elsewhere.yaml'], 'signed', 1, 'deny', 'denied'],
];

describe('verify --policy', () => {
  test.each(TABLE)('%s', async (_what, policies, image, exit, verdict, outcome) => {
    const answer = await verify(policies, lab.ref(image));
    expect(answer).toMatchObject({ exit, json: { outcome, images: [{ outcome, decision: { verdict } }] } });
  });

  test('warns aloud about what a policy in the mode warn would deny', async () => {
    const { json } = await verify(['warn.yaml'], lab.ref('strange'));
    const warnings = [...json.warnings, ...(json.images[0].warnings ?? [])].map((w: { code: string }) => w.code);
    expect(warnings).toContain('policy-warning');
    const { text, stderr } = await lab.ask(['verify', '--policy', 'warn.yaml', lab.ref('strange')]);
    expect(text).toMatch(/^ok allowed with warnings \(untrusted\)/);
    expect(stderr).toContain('warn');
  });

  test.each(['allow', 'warn'] as const)(
    '--unsafe-no-match %s lets an image pass that no policy is about, and verifies nothing',
    async (verdict) => {
      const answer = await verify(['elsewhere.yaml'], '--unsafe-no-match', verdict, lab.ref('signed'));
      expect(answer).toMatchObject({ exit: 0, json: { images: [{ decision: { verdict } }] } });
      expect(answer.json.outcome).not.toBe('verified');
    },
  );

  test.each([
    [{ kind: 'status', status: 500, match: 'referrers' } as const],
    [{ kind: 'status', status: 403, match: 'manifests/v1' } as const],
  ])('what could not be asked is denied, and is inconclusive: %o', async (fault) => {
    lab.registry.faults.add(fault);
    const answer = await verify(['enforce.yaml'], lab.ref('signed'));
    expect(answer).toMatchObject({
      exit: 3,
      json: {
        outcome: 'inconclusive',
        images: [{ outcome: 'inconclusive', decision: { verdict: 'deny', because: [{ result: 'inconclusive' }] } }],
      },
    });
  });

  test('a policy that warns does not make what could not be asked verified', async () => {
    lab.registry.faults.add({ kind: 'status', status: 500, match: 'referrers' });
    const answer = await verify(['warn.yaml'], lab.ref('signed'));
    expect(answer).toMatchObject({ exit: 0, json: { outcome: 'inconclusive', images: [{ decision: { verdict: 'warn' } }] } });
  });

  test.each(['enforce.yaml', 'warn.yaml'])('an image that is not there is denied under %s, once told why', async (policy) => {
    const answer = await verify([policy], '--unsafe-no-match', 'allow', lab.ref('gone'));
    expect(answer).toMatchObject({
      exit: 3,
      json: {
        outcome: 'inconclusive',
        images: [{ decision: { verdict: 'deny', because: [{ result: 'inconclusive' }] }, errors: [{ code: 'not-found' }] }],
      },
    });
    const { text } = await lab.ask(['verify', '--policy', policy, lab.ref('gone')]);
    expect(text).toMatch(/^\?\? denied \(inconclusive\)/);
    expect(text.match(/there is no image/g)).toHaveLength(1);
  });

  test('a list of what is revoked that is not there makes every answer inconclusive', async () => {
    const from = `  revoked: {from: {artifact: "${lab.host}/revoked:v1", by: ours, maxAge: 1d}}\n`;
    lab.write('listed.yaml', imagePolicy('listed', SIGNED, from));
    const answer = await verify(['listed.yaml'], lab.ref('signed'));
    expect(answer).toMatchObject({ exit: 3, json: { outcome: 'inconclusive', images: [{ decision: { verdict: 'deny' } }] } });
  });

  test('a revoked image is denied before the registry is asked for evidence', async () => {
    const { digest } = lab.image('recalled', { signed: 'ours' });
    lab.write('recalled.yaml', imagePolicy('recalled', SIGNED, `  revoked: {entries: [{image: "${digest}", reason: ticket 4711}]}\n`));
    lab.registry.log.length = 0;
    const answer = await verify(['recalled.yaml'], lab.ref('recalled'));
    expect(answer).toMatchObject({ exit: 1, json: { outcome: 'revoked', images: [{ decision: { verdict: 'deny' } }] } });
    expect(answer.json.images[0].reasons.join()).toContain('ticket 4711');
    expect(lab.registry.log.filter((l) => JSON.stringify(l).includes('referrers'))).toEqual([]);
  });

  test('asks layouts as it asks registries', async () => {
    const { manifests, blobs, tags } = lab.registry.content.repository('signed');
    const stored = [...blobs].map((digest) => lab.registry.content.blobs.get(digest) ?? Buffer.alloc(0));
    const entries = [...manifests].map(([digest, { body }]) => ({ bytes: body, ...(tags.get('v1') === digest ? { tag: 'v1' } : {}) }));
    await writeLayout(join(lab.folder, 'layout'), { entries, blobs: stored });
    expect(await verify(['enforce.yaml'], 'oci:layout:v1')).toMatchObject({
      exit: 0,
      json: { images: [{ decision: { verdict: 'allow' } }] },
    });
    lab.write('theirs.yaml', imagePolicy('theirs', '{signature: {by: {key: theirs.pub, trustedRoot: trusted_root.json}}}'));
    expect(await verify(['theirs.yaml'], 'oci:layout:v1')).toMatchObject({ exit: 1, json: { outcome: 'untrusted' } });
  });

  test('the worst of several images decides: a definite no before a perhaps', async () => {
    lab.registry.faults.add({ kind: 'status', status: 500, match: `/signed/referrers` });
    const answer = await verify(['enforce.yaml'], lab.ref('signed'), lab.ref('strange'));
    expect(answer).toMatchObject({ exit: 1, json: { outcome: 'untrusted' } });
  });

  describe('is misuse', () => {
    const MISUSE: readonly (readonly [what: string, argv: () => readonly string[], code: string])[] = [
      ['a key beside a policy', () => ['--policy', 'enforce.yaml', '--key', 'ours.pub'], 'usage-invalid'],
      ...(
        [
          ['--certificate-identity', 'me'],
          ['--certificate-oidc-issuer', 'https://issuer.example'],
          ['--threshold', '2'],
          ['--annotations', 'a=b'],
          ['--certificate-github-workflow-ref', 'refs/heads/main'],
          ['--ca-roots', 'roots.pem'],
          ['--timestamp-certificate-chain', 'tsa.pem'],
          ['--insecure-ignore-tlog'],
          ['--insecure-ignore-sct'],
          ['--private-infrastructure'],
          ['--use-signed-timestamps'],
          ['--check-claims=false'],
          ['--trust-policy', 'trustpolicy.json'],
        ] as const
      ).map((flags) => [`${flags.join(' ')} beside a policy`, () => ['--policy', 'enforce.yaml', ...flags], 'usage-invalid'] as const),
      ['a workload without a policy', () => ['--key', 'ours.pub', '--resource', 'pod.yaml'], 'usage-invalid'],
      ['what happens without a match, without a policy', () => ['--key', 'ours.pub', '--unsafe-no-match', 'allow'], 'usage-invalid'],
      [
        'a policy that does not compile',
        () => ['--policy', lab.write('bad.yaml', imagePolicy('bad', '{signature: {bye: ours}}'))],
        'policy-invalid',
      ],
      [
        'a second policy that does not compile',
        () => ['--policy', 'enforce.yaml', '--policy', lab.write('bad.yaml', imagePolicy('bad', '{signature: {}}'))],
        'policy-invalid',
      ],
      ['a policy that is not there', () => ['--policy', 'gone.yaml'], 'file-unreadable'],
      ['the same policy twice', () => ['--policy', 'enforce.yaml', '--policy', 'enforce.yaml'], 'policy-invalid'],
    ];
    test.each(MISUSE)('%s', async (_what, argv, code) => {
      lab.write('pod.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n');
      lab.registry.log.length = 0;
      const { exit, json } = await lab.askJson(['verify', ...argv(), lab.ref('signed')]);
      expect({ exit, code: json.errors[0].code, asked: lab.registry.log.length }).toEqual({ exit: 2, code, asked: 0 });
    });
  });
});

describe('verify --policy --manifest', () => {
  const labelled = `  match:
    - {group: apps, version: v1, resource: deployments, selector: {matchLabels: {tier: front}}}
`;
  const workload = (kind: string, name: string, tier: string, images: readonly string[]): string => {
    const containers = images.map((image, i) => `{name: c${i}, image: "${image}"}`).join(', ');
    const pod = `{containers: [${containers}]}`;
    const head = `kind: ${kind}\nmetadata: {name: ${name}, namespace: acme, labels: {tier: ${tier}}}\n`;
    return kind === 'Pod' ? `apiVersion: v1\n${head}spec: ${pod}\n` : `apiVersion: apps/v1\n${head}spec: {template: {spec: ${pod}}}\n`;
  };
  const pinned = (name: string): string => {
    const digest = lab.registry.content.repository(name).tags.get('v1');
    return `${lab.host}/${name}@${digest}`;
  };

  test('asks about every image of every workload, by kind and labels', async () => {
    lab.write('front.yaml', clusterPolicy(labelled, OURS));
    lab.write(
      'workloads.yaml',
      [
        workload('Deployment', 'web', 'front', [pinned('signed'), pinned('strange')]),
        workload('Deployment', 'batch', 'back', [pinned('signed')]),
        workload('Pod', 'shell', 'front', [pinned('signed')]),
      ].join('---\n'),
    );
    const { exit, json } = await verify(['front.yaml'], '--manifest', 'workloads.yaml');
    expect(exit).toBe(1);
    expect(json.images.map((i: { decision: { verdict: string }; outcome: string }) => [i.decision.verdict, i.outcome])).toEqual([
      ['allow', 'verified'],
      ['deny', 'untrusted'],
      // no policy is about a deployment with another label, nor about a pod
      ['deny', 'denied'],
      ['deny', 'denied'],
    ]);
    expect(json.images[1].reasons[0]).toMatch(
      /^validation failed: failed policy: image-policy: spec\.template\.spec\.containers\[1\]\.image\n\S+\/strange@sha256:/,
    );
    const { text } = await lab.ask(['verify', '--policy', 'front.yaml', '--manifest', 'workloads.yaml']);
    expect(text).toMatch(
      /deny \(untrusted\): validation failed: failed policy: image-policy: spec\.template\.spec\.containers\[1\]\.image /,
    );
    expect((await verify(['front.yaml'], '--unsafe-no-match', 'allow', '--manifest', 'workloads.yaml')).json.images).toMatchObject([
      { decision: { verdict: 'allow' } },
      { decision: { verdict: 'deny' } },
      { decision: { verdict: 'allow' } },
      { decision: { verdict: 'allow' } },
    ]);
  });

  test("--resource says what an image stands in, and where; policy-controller's whole text is the reason", async () => {
    lab.write('web.yaml', workload('Deployment', 'web', 'front', [pinned('bom')]));
    const cue = `      attestations:
        - name: must-have-cyclonedx
          predicateType: https://cyclonedx.org/bom
          policy:
            type: cue
            data: |
              predicateType: "https://cyclonedx.org/bom"
              predicate: metadata: tools: [{name: "trivy"}]
`;
    lab.write('cue.yaml', clusterPolicy(`${cue}${labelled}`, OURS));
    const { exit, json } = await verify(['cue.yaml'], '--resource', 'web.yaml', pinned('bom'));
    expect({ exit, outcome: json.outcome }).toEqual({ exit: 1, outcome: 'denied' });
    expect(json.images[0].reasons).toEqual([
      `validation failed: failed policy: image-policy: spec.template.spec.containers[0].image\n${pinned('bom')} failed evaluating cue policy for must-have-cyclonedx: failed to evaluate the policy with error: predicate.metadata.tools.0.name: conflicting values "syft" and "trivy"`,
    ]);
  });

  test('Rego is given the workload', async () => {
    const rego = `  policy:
    type: rego
    includeSpec: true
    data: |
      package sigstore
      isCompliant { count(input.spec.template.spec.containers) == 1 }
`;
    lab.write('rego.yaml', clusterPolicy(rego, OURS));
    lab.write('one.yaml', workload('Deployment', 'one', 'front', [pinned('signed')]));
    lab.write('two.yaml', workload('Deployment', 'two', 'front', [pinned('signed'), pinned('signed')]));
    const { exit, json } = await verify(['rego.yaml'], '--manifest', 'one.yaml', '--manifest', 'two.yaml');
    expect(json.images.map((i: { decision: { verdict: string } }) => i.decision.verdict)).toEqual(['allow', 'deny', 'deny']);
    expect(exit).toBe(1);
  });
});
