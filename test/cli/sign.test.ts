import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKey, pushImage, pushIndex, registrySink } from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay, type Surroundings } from './harness.ts';

let folder: string;
let registry: TestRegistry;
let legacy: TestRegistry;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-sign-'));
  for (const name of ['a', 'b']) {
    const key = newKey('p256');
    writeFileSync(join(folder, `${name}.key`), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, `${name}.pub`), key.spkiPem);
  }
  registry = await startRegistry();
  legacy = await startRegistry({ referrers: false });
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([registry.close(), legacy.close()]);
});

const NO_LOG = ['--tlog-upload=false'];

interface Answer {
  readonly exit: number;
  readonly stderr: string;
  readonly json: {
    readonly outcome?: string;
    readonly images?: readonly {
      readonly outcome: string;
      readonly digest: string;
      readonly evidence: readonly {
        readonly id: string;
        readonly format: string;
        readonly digest: string;
        readonly stored: { readonly as: string } | null;
      }[];
      readonly replaced?: readonly string[];
      readonly errors: readonly { readonly code: string }[];
    }[];
    readonly errors: readonly { readonly code: string }[];
  };
}

async function json(argv: readonly string[], around: Surroundings = {}): Promise<Answer> {
  const { exit, stdout, stderr } = await assay([...argv, '--output', 'json'], { cwd: folder, home: folder, ...around });
  return { exit, stderr, json: JSON.parse(stdout.toString()) as Answer['json'] };
}

function image(on: TestRegistry, name: string): { readonly reference: string; readonly digest: string } {
  const pushed = pushImage(registrySink(on.content, name), name, { tag: 'v1' });
  return { reference: `${on.host}/${name}@${pushed.digest}`, digest: pushed.digest };
}

async function verify(reference: string, ...more: readonly string[]): Promise<Answer> {
  return json(['verify', '--insecure-ignore-tlog', ...more, reference]);
}

describe('signing images by key', () => {
  test.each([
    ['bundle', 'referrers', 'sigstore-bundle'],
    ['cosign-tag', 'tag', 'cosign-tag'],
  ])('in the form %s: it verifies, is kept the second time, and added by force', async (form, as, format) => {
    const { reference, digest } = image(registry, `app/${form}`);
    const argv = ['sign', '--key', 'a.key', ...NO_LOG, '--format', form, reference];
    const first = await json(argv);
    expect(first.json, first.stderr).toMatchObject({
      schema: 'assay/sign/v1',
      outcome: 'signed',
      images: [{ digest, outcome: 'signed', evidence: [{ format, stored: { as } }] }],
    });
    expect(first.exit).toBe(0);
    expect(await verify(reference, '--key', 'a.pub')).toMatchObject({ exit: 0, json: { outcome: 'verified' } });
    expect(await verify(reference, '--key', 'b.pub')).toMatchObject({ exit: 1, json: { outcome: 'untrusted' } });

    const again = await json(argv);
    expect(again.json).toMatchObject({
      outcome: 'kept',
      images: [{ outcome: 'kept', evidence: [{ id: first.json.images?.[0]?.evidence[0]?.id, stored: { as } }] }],
    });
    const other = await json([...argv, '-a', 'env=prod']);
    expect(other.json).toMatchObject({ outcome: 'signed' });
    expect(await verify(reference, '--key', 'a.pub', '-a', 'env=prod')).toMatchObject({ exit: 0 });
    expect((await json([...argv, '-a', 'env=prod'])).json).toMatchObject({ outcome: 'kept' });
    expect((await json([...argv, '--force'])).json).toMatchObject({ outcome: 'signed' });
    expect((await json([...argv.map((a) => (a === 'a.key' ? 'b.key' : a))])).json).toMatchObject({ outcome: 'signed' });
    const all = await json(['verify', '--insecure-ignore-tlog', '--key', 'a.pub', '--key', 'b.pub', '--threshold', '2', reference]);
    expect(all).toMatchObject({ exit: 0, json: { outcome: 'verified' } });
    expect(all.json.images?.[0]?.evidence).toHaveLength(4);
  });

  test('on a registry without the referrers API the fallback tag lists it', async () => {
    const { reference } = image(legacy, 'app');
    const { json: made, stderr } = await json(['sign', '--key', 'a.key', ...NO_LOG, reference]);
    expect(made, stderr).toMatchObject({ outcome: 'signed', images: [{ evidence: [{ stored: { as: 'fallback-tag' } }] }] });
    expect(await verify(reference, '--key', 'a.pub')).toMatchObject({ exit: 0 });
  });

  test('an index, recursively', async () => {
    const sink = registrySink(registry.content, 'many');
    const children = ['one', 'two', 'three'].map((n) => pushImage(sink, n));
    const index = pushIndex(sink, children, { tag: 'v1' });
    const alone = await json(['sign', '--key', 'a.key', ...NO_LOG, `${registry.host}/many:v1`]);
    expect(alone.json).toMatchObject({ outcome: 'signed', images: [{ digest: index.digest }] });
    expect(alone.stderr).toContain('is a tag');
    const all = await json(['sign', '--recursive', '--key', 'a.key', ...NO_LOG, `${registry.host}/many@${index.digest}`]);
    expect(all.json.images?.map((i) => [i.digest, i.outcome])).toEqual([
      [index.digest, 'kept'],
      ...children.map((c) => [c.digest, 'signed']),
    ]);
    expect(await verify(`${registry.host}/many:v1`, '--key', 'a.pub', '--platform', 'all')).toMatchObject({ exit: 0 });
  });

  test('what goes wrong with one image keeps no other from being signed', async () => {
    const { reference } = image(registry, 'good');
    const { exit, json: answer } = await json(['sign', '--key', 'a.key', ...NO_LOG, `${registry.host}/missing:v1`, reference]);
    expect(answer).toMatchObject({
      outcome: 'failed',
      images: [{ outcome: 'failed', errors: [{ code: 'not-found' }] }, { outcome: 'signed' }],
    });
    expect(exit).toBe(1);
  });

  test('into files alone', async () => {
    const { reference } = image(registry, 'files');
    const outputs = [
      '--bundle',
      'image.json',
      '--output-signature',
      'image.sig',
      '--output-payload',
      'image.payload',
      '--output-certificate',
      'image.crt',
    ];
    const { json: answer, stderr } = await json(['sign', '--key', 'a.key', ...NO_LOG, '--upload=false', ...outputs, reference]);
    expect(answer, stderr).toMatchObject({
      outcome: 'signed',
      images: [{ evidence: [{ stored: null }], files: { bundle: 'image.json' } }],
    });
    expect(await verify(reference, '--key', 'a.pub')).toMatchObject({ exit: 1, json: { outcome: 'unsigned' } });
    expect(JSON.parse(readFileSync(join(folder, 'image.json'), 'utf8'))).toMatchObject({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    });
    expect(readFileSync(join(folder, 'image.crt'), 'utf8')).toBe(readFileSync(join(folder, 'a.pub'), 'utf8'));
  });
});

describe('misuse is told before anything is written', () => {
  test.each([
    [['sign', '--key', 'a.key', '--certificate-chain', 'x.pem'], 'usage-invalid'],
    [['sign', '--certificate', 'x.pem'], 'usage-invalid'],
    [['sign', '--key', 'a.pub', ...NO_LOG], 'key-invalid'],
    [['sign', '--key', 'missing.key', ...NO_LOG], 'file-unreadable'],
    [['sign', '--key', 'a.key', ...NO_LOG, '--payload', 'x'], 'usage-invalid'],
    [['sign', '--key', 'a.key', ...NO_LOG, '-a', 'nonsense'], 'usage-invalid'],
    [['sign', '--key', 'a.key', ...NO_LOG, '--format', 'bundle', '--new-bundle-format=false'], 'usage-invalid'],
    [['sign', '--key', 'a.key', ...NO_LOG, '--expiry', '24h'], 'usage-invalid'],
    [['attest', '--key', 'a.key', ...NO_LOG], 'usage-invalid'],
    [['attest', '--key', 'a.key', ...NO_LOG, '--predicate', 'a.pub', '--type', 'slsaprovenance1'], 'predicate-invalid'],
  ])('%j', async (argv, code) => {
    const { reference } = image(registry, 'misuse');
    const before = registry.log.filter((l) => l.method !== 'GET' && l.method !== 'HEAD').length;
    const { exit, json: answer } = await json([...argv, reference]);
    expect({ exit, code: answer.errors[0]?.code }).toEqual({ exit: 2, code });
    expect(registry.log.filter((l) => l.method !== 'GET' && l.method !== 'HEAD')).toHaveLength(before);
  });
});
