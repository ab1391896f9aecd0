/** Registries that lose, refuse and lie while evidence is written, and people who were there before. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { newKey, pushImage, registrySink } from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay, type Ran } from '../cli/harness.ts';

let home: string;
let registry: TestRegistry;
let legacy: TestRegistry;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-hostile-registry-'));
  for (const name of ['a', 'b']) {
    const key = newKey('p256');
    writeFileSync(join(home, `${name}.key`), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(home, `${name}.pub`), key.spkiPem);
  }
  writeFileSync(join(home, 'file'), 'a file');
  writeFileSync(join(home, 'sbom'), '{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT"}');
  registry = await startRegistry();
  legacy = await startRegistry({ referrers: false });
});

afterEach(async () => {
  rmSync(home, { recursive: true, force: true });
  await Promise.all([registry.close(), legacy.close()]);
});

const BY_KEY = ['--key', 'a.key', '--tlog-upload=false'] as const;

async function json(...argv: readonly string[]): Promise<Ran & { readonly json: Record<string, unknown> }> {
  const ran = await assay([...argv, '--output', 'json'], { cwd: home, home });
  return { ...ran, json: JSON.parse(ran.stdout.toString()) as Record<string, unknown> };
}

function image(on: TestRegistry, name = 'app'): { readonly reference: string; readonly digest: string } {
  const { digest } = pushImage(registrySink(on.content, name), name);
  return { reference: `${on.host}/${name}@${digest}`, digest };
}

async function put(on: TestRegistry, path: string, type: string, body: object): Promise<string> {
  const bytes = JSON.stringify(body);
  const answer = await fetch(`http://${on.host}/v2/${path}`, { method: 'PUT', headers: { 'content-type': type }, body: bytes });
  expect(answer.status).toBe(201);
  return digestOf(Buffer.from(bytes));
}

const INDEX = 'application/vnd.oci.image.index.v1+json';

describe('a list that names evidence wrongly', () => {
  test.each([
    ['another size', { size: 1 }],
    ['another media type', { mediaType: 'text/plain' }],
  ])('%s: it is found all the same, or listed again', async (_, wrong) => {
    const { reference, digest } = image(legacy);
    const signed = await json('sign', ...BY_KEY, reference);
    expect(signed.exit, signed.stderr).toBe(0);
    const tag = digest.replace(':', '-');
    const list = (await (await fetch(`http://${legacy.host}/v2/app/manifests/${tag}`, { headers: { accept: INDEX } })).json()) as {
      manifests: { digest: string }[];
    };
    const [entry] = list.manifests;
    await put(legacy, `app/manifests/${tag}`, INDEX, { ...list, manifests: [{ ...entry, ...wrong }] });
    const repaired = await json('repair', reference, entry?.digest ?? '');
    expect(repaired.exit, repaired.stderr).toBe(0);
    const verified = await json('verify', '--key', 'a.pub', '--insecure-ignore-tlog', reference);
    expect(verified.json, verified.stdout.toString()).toMatchObject({ outcome: 'verified' });
  });
});

describe('a registry that loses what it says it has stored', () => {
  test.each([
    ['attach artifact', (r: string) => ['attach', 'artifact', '--artifact-type', 'text/x', r, 'file']],
    ['attach sbom as a referrer', (r: string) => ['attach', 'sbom', '--sbom', 'sbom', '--format', 'referrer', r]],
    ['attach sbom under a tag', (r: string) => ['attach', 'sbom', '--sbom', 'sbom', r]],
    ['push', (r: string) => ['push', `${r.split('@')[0]}:files`, 'file']],
    ['copy', (r: string) => ['copy', r, `${legacy.host}/there:v1`]],
  ])('%s', async (_, argv) => {
    const { reference } = image(registry);
    for (const on of [registry, legacy]) on.faults.add({ kind: 'lose', match: '^PUT /v2/[a-z]+/manifests/' });
    const ran = await json(...argv(reference));
    expect(ran.exit, ran.stdout.toString()).toBe(3);
  });
});

describe('a registry that loses the contents of evidence', () => {
  test.each([['bundle'], ['cosign-tag']])("%s: what is not there is named, and is nobody's mistyped name", async (form) => {
    const { reference } = image(registry);
    registry.faults.add({ kind: 'lose', match: '^PUT /v2/[a-z]+/blobs/' });
    const ran = await json('sign', ...BY_KEY, '--format', form, '--settle-time', '20ms', reference);
    expect(ran.exit, ran.stdout.toString()).toBe(3);
    expect(ran.json).toMatchObject({ outcome: 'failed', images: [{ errors: [{ code: 'write-conflict' }] }] });
  });
});

test('copies of evidence whose contents a registry loses are not done', async () => {
  const { reference } = image(registry);
  expect((await json('sign', ...BY_KEY, reference)).exit).toBe(0);
  legacy.faults.add({ kind: 'lose', match: '^PUT /v2/[a-z]+/blobs/' });
  const ran = await json('copy', reference, `${legacy.host}/there:v1`);
  expect(ran.exit, ran.stdout.toString()).toBe(3);
  expect(ran.json).toMatchObject({ errors: [{ code: 'write-conflict' }] });
});

test('what a registry only says that it deletes is not called deleted', async () => {
  const { reference } = image(registry);
  expect((await json('sign', ...BY_KEY, reference)).exit).toBe(0);
  registry.faults.add({ kind: 'status', status: 202, body: '', match: '^DELETE ' });
  const ran = await json('clean', '--force', reference);
  expect(ran.exit, ran.stdout.toString()).toBe(3);
  expect(ran.json).toMatchObject({ outcome: 'incomplete', deleted: [], errors: [{ code: 'registry-error' }] });
});

test('what did not answer in time is named', async () => {
  const { reference } = image(registry);
  registry.faults.add({ kind: 'hang', match: '^POST ' });
  const ran = await json('sign', ...BY_KEY, '--timeout', '1s', reference);
  expect(ran.exit).toBe(3);
  expect(ran.json).toMatchObject({
    images: [
      { errors: [{ code: 'registry-timeout', message: expect.stringContaining(`POST http://${registry.host}/v2/app/blobs/uploads/`) }] },
    ],
  });
});

describe('a registry that says that it knows subjects, and lists nothing', () => {
  test.each([
    ['attach artifact', (r: string) => ['attach', 'artifact', '--artifact-type', 'text/x', r, 'file']],
    ['attach sbom', (r: string) => ['attach', 'sbom', '--sbom', 'sbom', '--format', 'referrer', r]],
    ['sign', (r: string) => ['sign', ...BY_KEY, r]],
    ['copy', (r: string) => ['copy', r, `${legacy.host}/there:v1`]],
  ])('%s', async (name, argv) => {
    const { reference, digest } = image(registry);
    if (name === 'copy') expect((await json('sign', ...BY_KEY, reference)).exit).toBe(0);
    for (const on of [registry, legacy]) on.behaviour.subjectHeader = true;
    registry.faults.add({
      kind: 'substitute',
      match: '^GET .*/referrers/',
      body: JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] }),
      type: INDEX,
      truthful: true,
    });
    if (name === 'copy') registry.faults.clear();
    const ran = await json(...argv(reference));
    expect(ran.exit, `${digest} ${ran.stdout}`).toBe(3);
  });
});

describe('copies from hostile sources', () => {
  test('indexes that name indexes a thousand times each end', async () => {
    const { digest } = image(registry);
    const stored = await (await fetch(`http://${registry.host}/v2/app/manifests/${digest}`)).arrayBuffer();
    let below: object = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: stored.byteLength };
    let top = digest;
    for (let n = 0; n < 3; n++) {
      const body = { schemaVersion: 2, mediaType: INDEX, manifests: Array.from({ length: 300 }, () => below) };
      top = await put(registry, `app/manifests/${digestOf(Buffer.from(JSON.stringify(body)))}`, INDEX, body);
      below = { mediaType: INDEX, digest: top, size: JSON.stringify(body).length };
    }
    const before = registry.log.length;
    const ran = await json('copy', `${registry.host}/app@${top}`, `${legacy.host}/there:v1`, '--timeout', '8s');
    expect(ran.exit, ran.stderr).toBe(0);
    expect(registry.log.length - before).toBeLessThan(100);
  });
});

describe('evidence of others', () => {
  test.each([['bundle'], ['cosign-tag']])('a copy of our claims by another key, or without a log, is not kept: %s', async (form) => {
    const { reference } = image(registry);
    expect((await json('sign', '--key', 'b.key', '--tlog-upload=false', '--format', form, reference)).json).toMatchObject({
      outcome: 'signed',
    });
    expect((await json('sign', ...BY_KEY, '--format', form, reference)).json).toMatchObject({ outcome: 'signed' });
    expect((await json('sign', ...BY_KEY, '--format', form, reference)).json).toMatchObject({ outcome: 'kept' });
  });

  test('a signature of another image under our tag is not kept', async () => {
    const one = image(registry, 'one');
    const two = image(registry, 'two');
    expect((await json('sign', ...BY_KEY, '--format', 'cosign-tag', one.reference)).exit).toBe(0);
    const held = registry.content.repositories.get('one');
    const tag = (digest: string): string => `${digest.replace(':', '-')}.sig`;
    const signature = held?.manifests.get(held.tags.get(tag(one.digest)) ?? '');
    expect(
      (await json('copy', `${registry.host}/one@${held?.tags.get(tag(one.digest))}`, `${registry.host}/two:${tag(two.digest)}`)).exit,
    ).toBe(0);
    expect(signature).toBeDefined();
    const signed = await json('sign', ...BY_KEY, '--format', 'cosign-tag', two.reference);
    expect(signed.json, signed.stderr).toMatchObject({ outcome: 'signed' });
    expect((await json('verify', '--key', 'a.pub', '--insecure-ignore-tlog', two.reference)).json).toMatchObject({ outcome: 'verified' });
  });
});

describe('a run that ends at any of its writes', () => {
  test.each([
    ['bundle', true],
    ['bundle', false],
    ['cosign-tag', true],
  ] as const)('leaves nothing half that is read as evidence, and the next run ends it: %s, referrers API: %s', async (form, api) => {
    const on = api ? registry : legacy;
    const outcomes: string[] = [];
    for (let writes = 0; writes < 20; writes++) {
      const { reference } = image(on, `half-${writes}`);
      const argv = ['sign', ...BY_KEY, '--format', form, '--settle-time', '50ms', reference];
      on.faults.add({ kind: 'hang', match: '^(?:PUT|POST|PATCH) ', skip: writes, times: 1 });
      const ran = await json(...argv, '--timeout', '1s');
      on.faults.clear();
      const verified = await json('verify', '--key', 'a.pub', '--insecure-ignore-tlog', reference);
      outcomes.push(`${verified.json.outcome}`);
      expect(verified.json.outcome, verified.stdout.toString()).toMatch(/^(?:unsigned|verified)$/);
      if (ran.exit === 0) expect(verified.json.outcome).toBe('verified');
      const again = await json(...argv);
      expect(again.exit, again.stderr).toBe(0);
      expect((await json('verify', '--key', 'a.pub', '--insecure-ignore-tlog', reference)).json.outcome).toBe('verified');
      if (ran.exit === 0) break;
    }
    expect(outcomes.length).toBeGreaterThan(4);
    expect(outcomes[0]).toBe('unsigned');
    expect(outcomes.at(-1)).toBe('verified');
  });
});
