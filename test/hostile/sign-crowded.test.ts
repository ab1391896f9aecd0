/** Whoever can push must not be able to keep others from signing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { newKey, pushImage, registrySink } from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from '../cli/harness.ts';

let home: string;
let registry: TestRegistry;
let legacy: TestRegistry;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-crowded-'));
  registry = await startRegistry();
  legacy = await startRegistry({ referrers: false });
  const key = newKey('p256');
  writeFileSync(join(home, 'a.key'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(home, 'a.pub'), key.spkiPem);
});

afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await Promise.all([registry.close(), legacy.close()]);
});

async function json(
  ...argv: readonly string[]
): Promise<{ exit: number; json: { outcome?: string; images?: { errors: { code: string }[] }[] }; text: string }> {
  const ran = await assay([...argv, '--output', 'json'], { cwd: home, home });
  return { exit: ran.exit, json: JSON.parse(ran.stdout.toString()), text: `${ran.stdout}${ran.stderr}` };
}

async function put(on: TestRegistry, path: string, type: string, body: string): Promise<void> {
  const answer = await fetch(`http://${on.host}/v2/${path}`, { method: 'PUT', headers: { 'content-type': type }, body });
  expect(answer.status).toBe(201);
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const SIGN = ['sign', '--key', 'a.key', '--tlog-upload=false'] as const;
const VERIFY = ['verify', '--key', 'a.pub', '--insecure-ignore-tlog'] as const;

describe('what stands where the evidence goes', () => {
  test.each([
    ['an index', INDEX, { schemaVersion: 2, mediaType: INDEX, manifests: [] }],
    [
      'an image',
      MANIFEST,
      {
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 },
        layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(Buffer.from('x')), size: 1 }],
      },
    ],
    [
      'a manifest with a subject',
      MANIFEST,
      {
        schemaVersion: 2,
        mediaType: MANIFEST,
        subject: { mediaType: MANIFEST, digest: digestOf(Buffer.from('y')), size: 1 },
        config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 },
        layers: [],
      },
    ],
  ])('%s under .sig: signed by the bundle form, and an error or a signature by the tag', async (name, type, body) => {
    const repository = name.replaceAll(' ', '-');
    const { digest } = pushImage(registrySink(registry.content, repository), repository);
    await put(registry, `${repository}/manifests/${digest.replace(':', '-')}.sig`, type, JSON.stringify(body));
    const reference = `${registry.host}/${repository}@${digest}`;
    const tag = await json(...SIGN, '--format', 'cosign-tag', reference);
    const verified = await json(...VERIFY, reference);
    if (tag.exit === 0) expect(verified.json.outcome, verified.text).toBe('verified');
    else expect(tag.json.images?.[0]?.errors[0]?.code, tag.text).toMatch(/^(?:manifest-invalid|self-verification-failed)$/);
    const bundle = await json(...SIGN, reference);
    expect(bundle.exit, bundle.text).toBe(0);
    expect((await json(...VERIFY, reference)).json.outcome).toBe('verified');
  });

  test('an image where the list of referrers belongs', async () => {
    const { digest } = pushImage(registrySink(legacy.content, 'app'), 'app');
    const body = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 },
      layers: [],
    };
    await put(legacy, `app/manifests/${digest.replace(':', '-')}`, MANIFEST, JSON.stringify(body));
    const ran = await json(...SIGN, `${legacy.host}/app@${digest}`);
    expect(ran.exit, ran.text).toBeGreaterThan(0);
    expect(ran.json.images?.[0]?.errors[0]?.code, ran.text).toBe('manifest-invalid');
  });
});

test('a prefix of tags leads to no other repository', async () => {
  const { digest } = pushImage(registrySink(registry.content, 'prefixed'), 'prefixed');
  const before = registry.log.length;
  const ran = await json(
    ...SIGN,
    '--format',
    'cosign-tag',
    '--attachment-tag-prefix',
    '../../other/manifests/x',
    `${registry.host}/prefixed@${digest}`,
  );
  expect(ran.text).toContain('reference-invalid');
  expect(registry.log.slice(before).filter((e) => !e.target.startsWith('/v2/prefixed/'))).toEqual([]);
});

test('three hundred referrers of strangers', async () => {
  const { digest, ...image } = pushImage(registrySink(registry.content, 'many'), 'many');
  const stored = await (await fetch(`http://${registry.host}/v2/many/manifests/${digest}`)).arrayBuffer();
  const layer = Buffer.from('{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}');
  for (const blob of [layer, Buffer.from('{}')]) registry.content.blobs.set(digestOf(blob), blob);
  expect(image).toBeDefined();
  for (let n = 0; n < 300; n++) {
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 },
      layers: [{ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', digest: digestOf(layer), size: layer.length }],
      subject: { mediaType: MANIFEST, digest, size: stored.byteLength },
      annotations: {
        n: String(n),
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
      },
    });
    await put(registry, `many/manifests/${digestOf(Buffer.from(body))}`, MANIFEST, body);
  }
  const reference = `${registry.host}/many@${digest}`;
  const signed = await json(...SIGN, reference);
  expect(signed.json.outcome, signed.text).toBe('signed');
  expect((await json(...VERIFY, reference)).json.outcome).toBe('verified');
});
