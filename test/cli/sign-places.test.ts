import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/bytes/index.ts';
import { LIMITS } from '../../src/limits.ts';
import { openWritableLayout } from '../../src/oci/layout/writable-layout.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import {
  createVirtualSigstore,
  newKey,
  pushImage,
  pushIndex,
  registrySink,
  type VirtualSigstore,
} from '../../src/testing/authority/index.ts';
import { type Fault, startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from './harness.ts';

let folder: string;
let registry: TestRegistry;
let legacy: TestRegistry;
let sigstore: VirtualSigstore;

const BY = ['--key', 'a.key', '--tlog-upload=false'];
const CHECK = ['--key', 'a.pub', '--insecure-ignore-tlog'];
const EMPTY_LIST = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
const TYPE = 'https://acme.example/review/v1';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-places-'));
  const key = newKey('p256');
  write('a.key', key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  write('a.pub', key.spkiPem);
  write('one.json', '{"n":1}');
  write('two.json', '{"n":2}');
  registry = await startRegistry();
  legacy = await startRegistry({ referrers: false });
  sigstore = createVirtualSigstore({ now: new Date('2026-11-21T12:00:00Z') });
});

afterEach(() => {
  registry.faults.clear();
  legacy.faults.clear();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([registry.close(), legacy.close()]);
});

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly json: Readonly<Record<string, unknown>>;
}

async function json(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { exit, stdout, stderr } = await assay([...argv, '--output', 'json'], { cwd: folder, home: folder, env });
  return { exit, stdout: stdout.toString(), stderr, json: JSON.parse(stdout.toString()) as Ran['json'] };
}

async function layoutWithImage(name: string): Promise<string> {
  mkdirSync(join(folder, name), { recursive: true });
  const store = await openWritableLayout(join(folder, name), { create: true });
  const config = await store.writeBlob(utf8('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'), {
    mediaType: OCI_CONFIG,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: config.digest, size: config.size },
    layers: [],
  };
  await store.writeManifest(utf8(JSON.stringify(manifest)), { tag: 'v1', mediaType: OCI_MANIFEST });
  return `oci:${name}:v1`;
}

function imageIn(on: TestRegistry, name: string): string {
  return `${on.host}/${name}@${pushImage(registrySink(on.content, name), name).digest}`;
}

test.each(['bundle', 'cosign-tag'])('two names of one image in one run: it is signed once, in the form %s', async (form) => {
  const name = `named-twice-${form}`;
  const sink = registrySink(registry.content, name);
  const [first, second] = ['v1', 'latest'].map((tag) => pushImage(sink, name, { tag }));
  expect(first?.digest).toBe(second?.digest);
  const references = ['v1', 'latest'].map((tag) => `${registry.host}/${name}:${tag}`);
  const { json: said } = await json(['sign', ...BY, '--format', form, ...references]);
  expect(said).toMatchObject({ outcome: 'signed', images: [{ outcome: 'signed' }, { outcome: 'kept' }] });
  const verified = await json(['verify', ...CHECK, references[0] ?? '']);
  expect(verified.json).toMatchObject({ images: [{ evidence: [{ outcome: 'verified' }] }] });
});

test.each<[string, readonly Fault[]]>([
  ['the manifest', [{ kind: 'status', status: 404, match: /^GET .*\/manifests\/sha256:(?!PLACE)/, times: 2 }]],
  ['the list', [{ kind: 'substitute', match: /^GET .*\/referrers\//, skip: 1, times: 2, body: EMPTY_LIST, type: OCI_INDEX }]],
  ['the bundle', [{ kind: 'status', status: 404, match: /^GET .*\/blobs\/sha256:(?!44136fa)/, times: 2 }]],
])('%s that a registry shows only after some time is waited for', async (_, faults) => {
  const name = `late-${faults[0]?.kind}-${faults[0]?.skip ?? 0}-${String(faults[0]?.match).length}`;
  const image = imageIn(registry, name);
  const own = image.slice(-64);
  registry.faults.add(...faults.map((f) => ({ ...f, match: new RegExp(String(f.match).slice(1, -1).replace('PLACE', own)) })));
  const { exit, json: said } = await json(['sign', ...BY, image]);
  expect({ exit, said }).toMatchObject({ exit: 0, said: { outcome: 'signed' } });
});

test('an index of indexes, each small enough, is not walked without an end', async () => {
  const sink = registrySink(registry.content, 'nested');
  const most = Math.floor(LIMITS.indexManifests / 2) + 1;
  const inner = ['a', 'b'].map((part) =>
    pushIndex(
      sink,
      Array.from({ length: most }, (_, i) => pushImage(sink, `${part}${i}`)),
    ),
  );
  const outer = pushIndex(sink, inner);
  const { exit, json: said } = await json(['sign', '--recursive', ...BY, `${registry.host}/nested@${outer.digest}`]);
  expect({ exit, said }).toMatchObject({ exit: 3, said: { images: [{ outcome: 'failed', errors: [{ code: 'limit' }] }] } });
});

describe('layouts on disk', () => {
  test.each([['bundle'], ['cosign-tag']])('a signature and an attestation in the form %s, kept, and replaced', async (form) => {
    const reference = await layoutWithImage(`layout-${form}`);
    const sign = ['sign', ...BY, '--format', form, reference];
    const signed = await json(sign);
    expect(signed.json, signed.stdout + signed.stderr).toMatchObject({ outcome: 'signed' });
    const verified = await json(['verify', ...CHECK, reference]);
    expect(verified.json, verified.stdout).toMatchObject({ outcome: 'verified' });
    expect((await json(sign)).json).toMatchObject({ outcome: 'kept' });
    const attest = (file: string, ...more: string[]) => [
      'attest',
      ...BY,
      '--format',
      form,
      '--type',
      TYPE,
      '--predicate',
      file,
      ...more,
      reference,
    ];
    expect((await json(attest('one.json'))).json).toMatchObject({ outcome: 'signed' });
    expect((await json(attest('one.json'))).json).toMatchObject({ outcome: 'kept' });
    const replaced = await json(attest('two.json', '--replace'));
    expect(replaced.json, replaced.stdout).toMatchObject({ outcome: 'signed', images: [{ replaced: { length: 1 } }] });
    const left = await json(['verify-attestation', ...CHECK, '--type', TYPE, reference]);
    expect(left.json, left.stdout).toMatchObject({ outcome: 'verified', images: [{ evidence: { length: 1 } }] });
  });
});

describe('registries', () => {
  test.each([['bundle'], ['cosign-tag']])(
    'without the referrers API an attestation replaces an older one, in the form %s',
    async (form) => {
      const reference = imageIn(legacy, `replace/${form}`);
      const attest = (file: string, ...more: string[]) => [
        'attest',
        ...BY,
        '--format',
        form,
        '--type',
        TYPE,
        '--predicate',
        file,
        ...more,
        reference,
      ];
      expect((await json(attest('one.json'))).json).toMatchObject({ outcome: 'signed' });
      const replaced = await json(attest('two.json', '--replace'));
      expect(replaced.json, replaced.stdout).toMatchObject({ outcome: 'signed', images: [{ replaced: { length: 1 } }] });
      const left = await json(['verify-attestation', ...CHECK, '--type', TYPE, reference]);
      expect(left.json, left.stdout).toMatchObject({ outcome: 'verified', images: [{ evidence: { length: 1 }, errors: [] }] });
    },
  );

  test.each([
    ['refuses', { kind: 'status', status: 403 }, 3],
    ['loses', { kind: 'lose' }, 3],
  ] as const)('a registry that %s the manifest: an error, and nothing that verifies', async (_, fault, exit) => {
    const reference = imageIn(registry, `fault-${_}`);
    registry.faults.add({ ...fault, match: /^PUT .*\/manifests\// });
    const ran = await json(['sign', ...BY, reference]);
    expect(ran, ran.stdout).toMatchObject({ exit, json: { outcome: 'failed' } });
    registry.faults.clear();
    expect((await json(['verify', ...CHECK, reference])).json).toMatchObject({ outcome: 'unsigned' });
  });

  test.each([['bundle'], ['cosign-tag']])('whoever wants kept evidence in a file gets it, in the form %s', async (form) => {
    const reference = imageIn(registry, `kept/${form}`);
    const argv = ['sign', ...BY, '--format', form, '--bundle', `kept-${form}.json`, '--output-payload', 'kept.payload', reference];
    expect((await json(argv)).json).toMatchObject({ outcome: 'signed', images: [{ files: { bundle: `kept-${form}.json` } }] });
    const before = readFileSync(join(folder, `kept-${form}.json`), 'utf8');
    rmSync(join(folder, `kept-${form}.json`));
    expect((await json(argv)).json).toMatchObject({ outcome: 'kept', images: [{ files: { bundle: `kept-${form}.json` } }] });
    expect(readFileSync(join(folder, `kept-${form}.json`), 'utf8')).toBe(before);
  });

  test.each([
    ['bundle', true],
    ['bundle', false],
    ['cosign-tag', true],
  ])('eight signers at the same time, in the form %s, all are there (referrers API: %s)', async (form, api) => {
    const reference = imageIn(api ? registry : legacy, `crowd/${form}`);
    const names = Array.from({ length: 8 }, (_, i) => `crowd-${form}-${api}-${i}`);
    for (const name of names) {
      const key = newKey('p256');
      write(`${name}.key`, key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
      write(`${name}.pub`, key.spkiPem);
    }
    const signed = await Promise.all(
      names.map((n) => json(['sign', '--key', `${n}.key`, '--tlog-upload=false', '--format', form, reference])),
    );
    for (const one of signed) expect(one.json, one.stdout).toMatchObject({ outcome: 'signed' });
    const keys = names.flatMap((n) => ['--key', `${n}.pub`]);
    const all = await json(['verify', '--insecure-ignore-tlog', ...keys, '--threshold', '8', reference]);
    expect(all.json, all.stdout).toMatchObject({ outcome: 'verified' });
  });

  test.each([
    ['bundle', /^PUT .*\/manifests\//],
    ['bundle', /^PUT .*\/blobs\//],
    ['cosign-tag', /^PUT .*\/manifests\//],
  ])(
    'a run in the form %s that ends before %s is answered leaves nothing that verifies, and the next one is whole',
    async (form, match) => {
      const reference = imageIn(registry, `ended/${form}-${String(match).includes('blobs')}`);
      registry.faults.add({ kind: 'hang', match });
      const argv = ['sign', ...BY, '--format', form, reference];
      const ended = await json([...argv, '--timeout', '1500ms']);
      expect(ended, ended.stdout).toMatchObject({ exit: 3, json: { outcome: 'failed' } });
      registry.faults.clear();
      expect((await json(['verify', ...CHECK, reference])).json).toMatchObject({ outcome: 'unsigned' });
      expect((await json(argv)).json).toMatchObject({ outcome: 'signed' });
      expect((await json(['verify', ...CHECK, reference])).json).toMatchObject({
        outcome: 'verified',
        images: [{ evidence: { length: 1 } }],
      });
    },
  );

  test('flags about certificates change nothing beside a key, and that is said', async () => {
    const ran = await json(['sign', ...BY, '--identity-token', 'x', imageIn(registry, 'beside')]);
    expect(ran.json, ran.stdout).toMatchObject({
      outcome: 'signed',
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'changes-nothing' })]),
    });
  });

  test('few requests: a signature of an image in a registry with the referrers API', async () => {
    const reference = imageIn(registry, 'requests');
    const before = registry.log.length;
    expect((await json(['sign', ...BY, reference])).json).toMatchObject({ outcome: 'signed' });
    const made = registry.log
      .slice(before)
      .map((l) => `${l.method} ${l.target.replace(/sha256:[0-9a-f]+/g, 'D').replace(/[0-9a-f-]{36}/g, 'U')}`);
    expect(made.length, made.join('\n')).toBeLessThanOrEqual(18);
  });

  test('evidence that nobody can read keeps no signer from signing, and is told', async () => {
    const reference = imageIn(registry, 'spoilt');
    expect((await json(['sign', ...BY, '-a', 'n=1', reference])).json).toMatchObject({ outcome: 'signed' });
    registry.faults.add({ kind: 'status', status: 403, match: /^GET .*\/blobs\/sha256:(?!44136fa)/, times: 1 });
    const ran = await json(['sign', ...BY, '-a', 'n=2', reference]);
    expect(ran.json, ran.stdout).toMatchObject({
      outcome: 'signed',
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'existing-unknown' })]),
    });
  });
});

describe('a key with a certificate of somebody else', () => {
  test.each([['bundle'], ['cosign-tag']])('in the form %s', async (form) => {
    const key = newKey('p256');
    const now = new Date('2026-11-21T12:00:00Z');
    const leaf = sigstore.issue({
      key,
      notBefore: new Date(now.getTime() - 60_000),
      issuer: null,
      scts: null,
      sans: [{ email: 'dev@acme.example' }],
    });
    write('byo.key', key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    write('byo.crt', leaf.pem);
    write('chain.pem', sigstore.ca.chain.map((c) => c.pem).join(''));
    const reference = imageIn(registry, `byo/${form}`);
    const by = ['--key', 'byo.key', '--certificate', 'byo.crt', '--tlog-upload=false', '--format', form];
    const signed = await json(['sign', ...by, '--certificate-chain', 'chain.pem', reference]);
    expect(signed.json, signed.stdout + signed.stderr).toMatchObject({
      outcome: 'signed',
      images: [{ evidence: [{ signer: { subject: 'dev@acme.example' } }] }],
    });
    expect((await json(['sign', ...by, '--certificate-chain', 'chain.pem', reference])).json).toMatchObject({ outcome: 'kept' });
    const other = createVirtualSigstore({ name: 'other', now });
    write('other.pem', other.ca.chain.map((c) => c.pem).join(''));
    const strange = await json(['sign', ...by, '--certificate-chain', 'other.pem', '--force', imageIn(registry, `byo-other/${form}`)]);
    expect(strange, strange.stdout).toMatchObject({ exit: 1, json: { images: [{ errors: [{ code: 'self-verification-failed' }] }] } });
    const unchecked = await json(['sign', ...by, imageIn(registry, `byo-alone/${form}`)]);
    expect(unchecked.json, unchecked.stdout).toMatchObject({
      outcome: 'signed',
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'chain-unchecked' })]),
    });
    expect(await json(['sign', '--key', 'a.key', '--certificate', 'byo.crt', '--tlog-upload=false', reference])).toMatchObject({
      exit: 2,
      json: { errors: [{ code: 'key-invalid' }] },
    });
  });
});

describe('what people read', () => {
  test('the verdict first, then where it is stored, by whom, and that it was kept', async () => {
    const reference = imageIn(registry, 'people');
    const first = await assay(['sign', ...BY, reference], { cwd: folder, home: folder });
    expect(first.stdout.toString().split('\n')[0]).toMatch(/^ok signed {3}127\.0\.0\.1:\d+\/people@sha256:[0-9a-f]{64}$/);
    expect(first.stdout.toString()).toMatch(/stored +a referrer of the image in 127\.0\.0\.1/);
    const again = await assay(['sign', ...BY, reference], { cwd: folder, home: folder });
    expect(again.stdout.toString()).toContain('signed already, kept');
    const failed = await assay(['sign', ...BY, `${registry.host}/nothing:v1`], { cwd: folder, home: folder });
    expect(failed.stdout.toString()).toMatch(/^FAIL not signed {3}/);
    expect(failed.exit).toBe(1);
  });

  test('a bundle that is written to stdout, and nothing beside it', async () => {
    const reference = imageIn(registry, 'stdout');
    const ran = await assay(['sign', ...BY, '--bundle', '-', reference], { cwd: folder, home: folder });
    expect(JSON.parse(ran.stdout.toString())).toMatchObject({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' });
    expect((await json(['verify', ...CHECK, reference])).json).toMatchObject({ outcome: 'verified' });
  });

  test('an attestation that is not uploaded is printed, and nothing beside it', async () => {
    const reference = imageIn(registry, 'printed');
    const ran = await assay(['attest', ...BY, '--type', TYPE, '--predicate', 'one.json', '--no-upload', reference], {
      cwd: folder,
      home: folder,
    });
    expect(JSON.parse(ran.stdout.toString())).toMatchObject({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' });
    expect((await json(['verify-attestation', ...CHECK, '--type', TYPE, reference])).json).toMatchObject({ outcome: 'unsigned' });
  });

  test("of cosign's form it is the envelope, which can be attached", async () => {
    const reference = imageIn(registry, 'printed-envelope');
    const attest = ['attest', ...BY, '--type', TYPE, '--predicate', 'one.json', '--no-upload', '--format', 'cosign-tag', reference];
    const { stdout } = await assay(attest, { cwd: folder, home: folder });
    expect(JSON.parse(stdout.toString())).toMatchObject({ payloadType: 'application/vnd.in-toto+json', signatures: [{}] });
    write('printed.json', stdout);
    expect((await json(['attach', 'attestation', '--attestation', 'printed.json', reference])).exit).toBe(0);
    expect((await json(['verify-attestation', ...CHECK, '--type', TYPE, reference])).json).toMatchObject({ outcome: 'verified' });
  });

  test('a file that is too large to hold is signed in pieces', async () => {
    write('large', 'beginning');
    truncateSync(join(folder, 'large'), LIMITS.inputFileBytes + 1);
    const signed = await json(['sign-blob', ...BY, 'large']);
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed' });
    const verify = () => json(['verify-blob', ...CHECK, '--bundle', 'large.sigstore.json', 'large']);
    expect((await verify()).json).toMatchObject({ outcome: 'verified' });
    truncateSync(join(folder, 'large'), LIMITS.inputFileBytes + 2);
    expect((await verify()).exit).toBe(1);
    rmSync(join(folder, 'large'));
  }, 60_000);

  test('a signature of stdin is printed, and nothing beside it', async () => {
    const ran = await assay(['sign-blob', ...BY, '-'], { cwd: folder, home: folder, stdin: 'content' });
    write('stdin.json', ran.stdout);
    write('content', 'content');
    expect((await json(['verify-blob', ...CHECK, '--bundle', 'stdin.json', 'content'])).json).toMatchObject({ outcome: 'verified' });
    const old = await assay(['sign-blob', ...BY, '--new-bundle-format=false', 'content'], { cwd: folder, home: folder });
    write('old.sig', old.stdout);
    expect((await json(['verify-blob', ...CHECK, '--signature', 'old.sig', 'content'])).json).toMatchObject({ outcome: 'verified' });
  });
});
