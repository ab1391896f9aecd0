/** Conditions in CEL, CUE and Rego by the real engines. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createVirtualSigstore,
  dsseBundle,
  type EvidenceSigner,
  inTotoStatement,
  newKey,
  pushBundle,
  pushImage,
  registrySink,
  startRegistry,
  type TestRegistry,
} from '../../../src/testing/index.ts';
import { assay } from '../../cli/harness.ts';

const HAS_ENGINES = existsSync(join(import.meta.dirname, '../../../dist/engines/engines.wasm'));
const sigstore = createVirtualSigstore({ now: new Date('2026-11-20T12:00:00Z') });
const key: EvidenceSigner = { kind: 'key', key: newKey() };
const BOM = { bomFormat: 'CycloneDX', metadata: { tools: [{ name: 'syft' }] } };

let folder: string;
let registry: TestRegistry;
let reference: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-languages-'));
  registry = await startRegistry();
  await writeFile(join(folder, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot()));
  await writeFile(join(folder, 'key.pub'), key.key.spkiPem);
  const sink = registrySink(registry.content, 'acme/app');
  const image = pushImage(sink, 'app', { tag: 'v1' });
  const statement = inTotoStatement(image.digest, 'https://cyclonedx.org/bom', { predicate: BOM });
  pushBundle(sink, image, dsseBundle(sigstore, key, statement, { logs: [{}] }));
  reference = `${registry.host}/acme/app:v1`;
});
afterAll(async () => {
  await registry?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function ask(condition: object): Promise<{ readonly exit: number; readonly outcome: string | undefined; readonly text: string }> {
  const require = { attestation: { type: 'cyclonedx', by: { key: 'key.pub' }, where: [condition] } };
  const file = `policy-${++count}.json`;
  const policy = {
    apiVersion: 'assay.dev/v1alpha1',
    kind: 'ImagePolicy',
    metadata: { name: `p${count}` },
    spec: { images: ['**'], require },
  };
  await writeFile(join(folder, file), JSON.stringify(policy));
  const argv = ['verify', '--policy', file, '--trusted-root', 'trusted_root.json', '--offline', '--output', 'json', reference];
  const ran = await assay(argv, { cwd: folder, home: folder });
  const text = ran.stdout.toString();
  return { exit: ran.exit, outcome: (JSON.parse(text) as { outcome?: string }).outcome, text };
}

const CUE = (name: string): string => `predicateType: "https://cyclonedx.org/bom"\npredicate: metadata: tools: [{name: "${name}"}]`;
const REGO = (name: string): string =>
  `package sigstore\n\nisCompliant := {"result": ok, "warning": "w", "error": "wrong tool"} if { ok := input.predicate.metadata.tools[0].name == "${name}" }`;

describe('CEL', () => {
  test.each<[string, object, number, string]>([
    ['yes', { cel: 'predicate.metadata.tools.exists(t, t.name == "syft")' }, 0, 'verified'],
    [
      'no, in the words of the policy',
      { cel: 'predicate.metadata.tools[0].name == "trivy"', message: 'trivy has to have made it' },
      1,
      'trivy has to have made it',
    ],
    ['a key that is not there', { cel: 'predicate.nothing.at.all == 1' }, 3, 'inconclusive'],
    ['what does not compile', { cel: 'predicate.' }, 2, 'spec.require.attestation.where[0].cel'],
    ['a variable that there is not', { cel: 'image == ""' }, 2, 'spec.require.attestation.where[0].cel'],
  ])('%s', async (_what, condition, exit, says) => {
    const answer = await ask(condition);
    expect(answer.exit, answer.text).toBe(exit);
    expect(answer.text).toContain(says);
  });
});

describe.runIf(HAS_ENGINES)('CUE and Rego', () => {
  test.each<[string, object, number, string]>([
    ['CUE that unifies', { cue: CUE('syft') }, 0, 'verified'],
    ['CUE that conflicts', { cue: CUE('trivy') }, 1, 'predicate.metadata.tools.0.name: conflicting values'],
    ['CUE that bounds a field that is not there', { cue: 'predicate: reviewed: >3' }, 1, 'predicate.reviewed: incomplete value >3'],
    ['CUE that wants a field of a kind that is not there', { cue: 'predicate: reviewed: string' }, 1, 'incomplete value string'],
    ['CUE that allows a field that is not there', { cue: 'predicate: reviewed?: >3' }, 0, 'verified'],
    ['CUE that requires a field that is there', { cue: 'predicate: metadata!: {...}' }, 0, 'verified'],
    [
      'CUE that requires a field that is not there',
      { cue: 'predicate: reviewed!: true' },
      1,
      'predicate.reviewed: field is required but not present',
    ],
    ['CUE that does not compile', { cue: 'predicate: {' }, 2, 'spec.require.attestation.where[0].cue'],
    ['Rego that says yes', { rego: REGO('syft') }, 0, 'verified'],
    ['Rego that says no', { rego: REGO('trivy') }, 1, 'wrong tool'],
    ['Rego that says nothing', { rego: { data: REGO('syft'), query: 'data.sigstore.other' } }, 1, 'the query is not true'],
    [
      'Rego that says a set, as for policy-controller',
      {
        rego: {
          data: 'package sigstore\nisCompliant[response] { response := {"result": input.predicate.bomFormat == "CycloneDX", "error": "e", "warning": ""} }',
          version: 'v0',
        },
      },
      0,
      'verified',
    ],
    [
      'Rego of the older syntax',
      { rego: { data: 'package sigstore\nisCompliant { input.predicate.bomFormat == "CycloneDX" }', version: 'v0' } },
      0,
      'verified',
    ],
    [
      'Rego of the older syntax that does not say so',
      { rego: 'package sigstore\nisCompliant { true }' },
      2,
      'spec.require.attestation.where[0].rego',
    ],
  ])('%s', async (_what, condition, exit, says) => {
    const answer = await ask(condition);
    expect(answer.exit, answer.text).toBe(exit);
    expect(answer.text).toContain(says);
  });
});
