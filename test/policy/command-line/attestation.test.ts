/** `assay verify-attestation --policy`: cosign's CUE and Rego files, which every verified attestation of the type has to satisfy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bomBy, type Lab, openLab } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab('attestation-policy');
  lab.image('syft', { boms: [bomBy('syft')] });
  lab.image('both', { boms: [bomBy('syft'), bomBy('trivy')] });
  lab.image('none', { signed: 'ours' });
  lab.write('syft.cue', 'predicateType: "https://cyclonedx.org/bom"\npredicate: metadata: tools: [{name: "syft"}]\n');
  lab.write('trivy.cue', 'predicate: metadata: tools: [{name: "trivy"}]\n');
  lab.write('syft.rego', 'package signature\nallow { input.predicate.metadata.tools[_].name == "syft" }\n');
  lab.write('trivy.rego', 'package signature\nallow { input.predicate.metadata.tools[_].name == "trivy" }\n');
  lab.write('broken.cue', 'predicate: {\n');
  lab.write('broken.rego', 'package signature\nallow {\n');
  lab.write('policy.yaml', 'kind: ImagePolicy\n');
});
afterAll(() => lab.close());

const verify = (image: string, policies: readonly string[]) =>
  lab.askJson([
    'verify-attestation',
    ...['--key', 'ours.pub', '--trusted-root', 'trusted_root.json', '--type', 'cyclonedx'],
    ...policies.flatMap((p) => ['--policy', p]),
    lab.ref(image),
  ]);

describe('verify-attestation --policy', () => {
  test.each<[what: string, image: string, policies: readonly string[], exit: number, outcome: string]>([
    ['CUE that is content', 'syft', ['syft.cue'], 0, 'verified'],
    ['CUE that is not', 'syft', ['trivy.cue'], 1, 'denied'],
    ['Rego that is content', 'syft', ['syft.rego'], 0, 'verified'],
    ['Rego that is not', 'syft', ['trivy.rego'], 1, 'denied'],
    ['two that are content', 'syft', ['syft.cue', 'syft.rego'], 0, 'verified'],
    ['two of which one is not', 'syft', ['syft.cue', 'trivy.rego'], 1, 'denied'],
    ['an attestation that is content beside one that is not', 'both', ['syft.cue'], 1, 'denied'],
    ['no attestation', 'none', ['syft.cue'], 1, 'unsigned'],
  ])('%s', async (_what, image, policies, exit, outcome) => {
    expect(await verify(image, policies)).toMatchObject({ exit, json: { outcome } });
  });

  test('says in the words of the engine why not', async () => {
    const { json } = await verify('syft', ['trivy.cue']);
    const checks = json.images[0].evidence.flatMap((e: { checks: readonly { id: string; result: string; reason: string }[] }) => e.checks);
    const [failed] = checks.filter((c: { id: string; result: string }) => c.id === 'condition' && c.result === 'fail');
    expect(failed.reason).toContain('predicate.metadata.tools.0.name: conflicting values');
  });

  test.each([
    ['CUE that does not compile', 'broken.cue', 'policy-invalid'],
    ['Rego that does not compile', 'broken.rego', 'policy-invalid'],
    ['another extension', 'policy.yaml', 'usage-invalid'],
    ['a file that is not there', 'gone.cue', 'file-unreadable'],
  ])('%s is misuse, and nothing is asked', async (_what, file, code) => {
    lab.registry.log.length = 0;
    const { exit, json } = await verify('syft', [file]);
    expect({ exit, code: json.errors[0].code, asked: lab.registry.log.length }).toEqual({ exit: 2, code, asked: 0 });
  });
});
