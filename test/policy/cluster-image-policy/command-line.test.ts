/** ClusterImagePolicies on the command line, against registries that ask who comes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  attestationLayer,
  createVirtualSigstore,
  inTotoStatement,
  newKey,
  PREDICATES,
  pushImage,
  pushLayers,
  registrySink,
  signatureLayer,
  simpleSigningPayload,
  startRegistry,
  type TestRegistry,
} from '../../../src/testing/index.ts';
import { assay, type Ran } from '../../cli/harness.ts';
import { object, policy, type Resource } from './lab.ts';

const key = newKey('p256');
const sigstore = createVirtualSigstore();
let folder = '';
let image = '';
let [open, closed] = [undefined, undefined] as [TestRegistry | undefined, TestRegistry | undefined];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-cip-'));
  open = await startRegistry();
  closed = await startRegistry({ auth: { kind: 'basic', username: 'reader', password: 'secret' } });
  const sink = registrySink(open.content, 'team/app');
  const pushed = pushImage(sink, 'app', { tag: 'v1' });
  image = `${open.host}/team/app@${pushed.digest}`;
  const by = { kind: 'key', key } as const;
  pushLayers(registrySink(closed.content, 'signatures'), pushed, 'sig', [
    signatureLayer(sigstore, by, simpleSigningPayload(pushed.digest)),
  ]);
  const bom = { metadata: { tools: [{ name: 'syft' }] } };
  pushLayers(sink, pushed, 'att', [
    attestationLayer(sigstore, by, inTotoStatement(pushed.digest, PREDICATES.cyclonedx, { predicate: bom })),
  ]);
});

afterAll(async () => {
  await Promise.all([open?.close(), closed?.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function verify(documents: readonly Resource[], ...more: readonly string[]): Promise<Ran> {
  await writeFile(join(folder, 'policy.yaml'), documents.map((d) => JSON.stringify(d)).join('\n---\n'));
  return assay(['verify', '--policy', 'policy.yaml', '--output', 'json', ...more, image], { cwd: folder, home: folder });
}

function secret(password: string): Resource {
  const auth = Buffer.from(`reader:${password}`).toString('base64');
  const config = { auths: { [closed?.host ?? '']: { auth } }, credsStore: 'must-not-be-run' };
  return object('Secret', 'signatures', { '.dockerconfigjson': JSON.stringify(config) }, 'default');
}

function elsewhere(secrets: readonly Resource[]): Resource {
  return policy({
    authorities: [{ key: { data: key.spkiPem }, source: [{ oci: `${closed?.host}/signatures`, signaturePullSecrets: secrets }] }],
  });
}

test('the credentials of a policy open the place of its signatures', async () => {
  const right = await verify([elsewhere([{ name: 'signatures' }]), secret('secret')]);
  expect(right.stderr).not.toContain('must-not-be-run');
  expect([right.exit, JSON.parse(right.stdout.toString()).images[0].decision.verdict]).toEqual([0, 'allow']);
  const wrong = await verify([elsewhere([{ name: 'signatures' }]), secret('guessed')]);
  expect([wrong.exit, JSON.parse(wrong.stdout.toString()).outcome]).toEqual([3, 'inconclusive']);
  const missing = await verify([elsewhere([{ name: 'signatures' }])]);
  expect([missing.exit, JSON.parse(missing.stdout.toString()).outcome]).toEqual([3, 'inconclusive']);
});

test('the credentials of the command line are not shown to a registry that a policy names', async () => {
  const before = closed?.log.length ?? 0;
  const ran = await verify([elsewhere([])], '--registry-username', 'reader', '--registry-password', 'secret');
  expect(ran.exit).toBe(3);
  expect(closed?.log.slice(before).map((l) => l.authorization)).not.toContain(`Basic ${Buffer.from('reader:secret').toString('base64')}`);
  expect(closed?.log.length).toBeGreaterThan(before);
});

test("a denial is policy-controller's text, with the image's place in the workload", async () => {
  await writeFile(
    join(folder, 'pod.yaml'),
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' }, spec: { containers: [{ name: 'app', image }] } }),
  );
  const wanted = {
    name: 'must-have-cyclonedx',
    predicateType: PREDICATES.cyclonedx,
    policy: { type: 'cue', data: 'predicate: metadata: tools: [{name: "trivy"}]' },
  };
  const match = [{ version: 'v1', resource: 'pods' }];
  const ran = await verify(
    [policy({ match, authorities: [{ key: { data: key.spkiPem }, attestations: [wanted] }] })],
    '--resource',
    'pod.yaml',
  );
  const { outcome, images } = JSON.parse(ran.stdout.toString());
  expect([ran.exit, outcome, images[0].decision.verdict]).toEqual([1, 'denied', 'deny']);
  expect(images[0].reasons).toContain(
    `validation failed: failed policy: image-policy: spec.containers[0].image\n${image} failed evaluating cue policy for must-have-cyclonedx: ` +
      'failed to evaluate the policy with error: predicate.metadata.tools.0.name: conflicting values "syft" and "trivy"',
  );
});
