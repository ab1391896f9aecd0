/** `assay attach signature` and `attach attestation`: evidence that was made elsewhere. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hexOf } from '../../src/oci/index.ts';
import {
  blobBundle,
  createVirtualSigstore,
  dsseBundle,
  messageBundle,
  type Pushed,
  pushImage,
  registrySink,
  sharedKey,
  sign,
  signatureLayer,
  timestamp,
} from '../../src/testing/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from './harness.ts';

const sigstore = createVirtualSigstore({ name: 'attach', now: new Date() });
const key = sharedKey('p256', 'bundle-attach');
const stranger = sharedKey('p256', 'bundle-attach stranger');
const certificate = sigstore.issue({ notBefore: new Date(Date.now() - 60_000), sans: [{ email: 'dev@example.test' }] });
const PREDICATE = 'https://acme.example/p';
let registry: TestRegistry;
let home: string;
let image: Pushed;
let other: Pushed;
let ref: string;

beforeEach(async () => {
  registry = await startRegistry();
  home = mkdtempSync(join(tmpdir(), 'assay-attach-'));
  const sink = registrySink(registry.content, 'team/app');
  image = pushImage(sink, 'app', { tag: 'v1' });
  other = pushImage(sink, 'other', { tag: 'v2' });
  ref = `${registry.host}/team/app:v1`;
  file('key.pub', key.spkiPem);
  file('stranger.pub', stranger.spkiPem);
  file('root.json', JSON.stringify(sigstore.trustedRoot()));
});
afterEach(async () => {
  await registry.close();
  rmSync(home, { recursive: true });
});

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(home, name), content);
  return name;
}

async function ask(...argv: string[]) {
  const settle = argv[0] === 'attach' ? ['--settle-time', '30ms'] : [];
  const { exit, stderr, stdout } = await assay([...argv, ...settle, '-o', 'json'], { home, cwd: home });
  const json = JSON.parse(stdout.toString()) as {
    readonly outcome?: string;
    readonly attached: readonly { readonly kind: string; readonly stored: { readonly as: string } }[];
    readonly warnings: readonly { readonly code: string }[];
    readonly errors: readonly { readonly code: string }[];
  };
  return { exit, stderr, ...json, code: json.errors[0]?.code };
}

function written(): number {
  return registry.log.filter((r) => r.method === 'PUT' || r.method === 'POST').length;
}

function statement(about: Pushed, predicateType = PREDICATE): Buffer {
  const subject = [{ name: 'app', digest: { sha256: hexOf(about.digest) } }];
  return Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate: {} }));
}

async function payloadFile(): Promise<Buffer> {
  const { stdout } = await assay(['generate', ref], { home, cwd: home });
  file('payload', stdout);
  return stdout;
}

describe.each([true, false])('attach signature (referrers API: %s)', (referrers) => {
  beforeEach(() => {
    registry.behaviour.referrers = referrers;
  });

  test('what openssl signed becomes a signature that verifies', async () => {
    const payload = await payloadFile();
    file(
      'sig',
      `${sign(key, payload, { hash: 'sha256' })
        .toString('base64')
        .replace(/(.{40})/g, '$1\n')}\n`,
    );
    const said = await ask('attach', 'signature', '--payload', 'payload', '--signature', 'sig', '--key', 'key.pub', ref);
    expect(said).toMatchObject({ exit: 0, outcome: 'attached', attached: [{ kind: 'signature', stored: { as: 'tag' } }], warnings: [] });
    expect(await ask('verify', '--key', 'key.pub', '--insecure-ignore-tlog', ref)).toMatchObject({ exit: 0 });
    expect(await ask('attach', 'signature', '--signature', 'sig', ref)).toMatchObject({
      exit: 0,
      warnings: [{ code: 'signature-unchecked' }],
    });
  });

  test('certificate, chain, timestamp and the log’s answer go with it', async () => {
    const payload = await payloadFile();
    const signature = sign(certificate.key, payload, { hash: 'sha256' });
    file('sig', signature);
    file('cert.pem', certificate.pem);
    file('chain.pem', sigstore.ca.chain.map((c) => c.pem).join(''));
    file('stamp.tsr', timestamp(sigstore.tsa, signature, { at: new Date() }));
    const signer = { kind: 'certificate' as const, certificate, chain: sigstore.ca.chain };
    file('rekor.json', JSON.stringify(blobBundle(sigstore, signer, payload, { signature, logs: [{ at: new Date() }] })));
    const parts = ['--certificate', 'cert.pem', '--certificate-chain', 'chain.pem', '--tsr', 'stamp.tsr', '--rekor-response', 'rekor.json'];
    expect(await ask('attach', 'signature', '--signature', 'sig', ...parts, ref)).toMatchObject({ exit: 0, warnings: [] });
    const identity = [
      '--certificate-identity',
      'dev@example.test',
      '--certificate-oidc-issuer-regexp',
      '.*',
      '--trusted-root',
      'root.json',
    ];
    expect(await ask('verify', ...identity, '--use-signed-timestamps', ref)).toMatchObject({ exit: 0 });
  });

  test('a bundle becomes a referrer', async () => {
    const bundle = dsseBundle(sigstore, { kind: 'key', key }, statement(image, 'https://sigstore.dev/cosign/sign/v1'), {
      logs: [{ at: new Date() }],
    });
    file('b.json', JSON.stringify(bundle));
    const said = await ask('attach', 'signature', '--bundle', 'b.json', '--key', 'key.pub', ref);
    expect(said).toMatchObject({ exit: 0, attached: [{ kind: 'signature', stored: { as: referrers ? 'referrers' : 'fallback-tag' } }] });
    expect(await ask('verify', '--key', 'key.pub', '--trusted-root', 'root.json', ref)).toMatchObject({ exit: 0 });
  });
});

describe('attach signature refuses, before anything is written', () => {
  test('a payload about another image, a signature of another key, parts that contradict each other', async () => {
    const payload = await payloadFile();
    file('sig', sign(key, payload, { hash: 'sha256' }));
    file('cert.pem', certificate.pem);
    file('empty', '');
    const wrong = ['attach', 'signature', '--payload', 'payload', '--signature', 'sig'];
    expect(await ask(...wrong, ref.replace('v1', 'v2'))).toMatchObject({ exit: 1, code: 'payload-invalid' });
    expect(await ask(...wrong, '--key', 'stranger.pub', ref)).toMatchObject({ exit: 1, code: 'bundle-invalid' });
    expect(await ask(...wrong, '--certificate', 'cert.pem', ref)).toMatchObject({ exit: 1, code: 'bundle-invalid' });
    expect(await ask(...wrong, '--certificate-chain', 'cert.pem', ref)).toMatchObject({ exit: 2, code: 'usage-invalid' });
    expect(await ask('attach', 'signature', '--payload', 'payload', ref)).toMatchObject({ code: 'usage-invalid' });
    expect(await ask('attach', 'signature', '--signature', 'empty', ref)).toMatchObject({ code: 'input-invalid' });
    file('b.json', JSON.stringify(dsseBundle(sigstore, { kind: 'key', key }, statement(image))));
    expect(await ask('attach', 'signature', '--bundle', 'b.json', '--signature', 'sig', ref)).toMatchObject({ code: 'usage-invalid' });
    for (const no of ['b.json', 'cert.pem', 'payload'])
      expect(await ask('attach', 'signature', '--signature', no, ref)).toMatchObject({ code: 'input-invalid' });
    file('statement', statement(image));
    const stated = await ask('attach', 'signature', '--payload', 'statement', '--signature', 'sig', ref);
    expect(stated).toMatchObject({ code: 'payload-invalid', errors: [{ message: expect.stringContaining('statement') }] });
    expect(await ask('attach', 'signature', '--bundle', 'payload', ref)).toMatchObject({ code: 'input-invalid' });
    file('rekor.json', '{"rekorBundle":{"SignedEntryTimestamp":""}}');
    expect(await ask(...wrong, '--rekor-response', 'rekor.json', ref)).toMatchObject({ code: 'log-entry-invalid' });
    for (const text of ['not JSON', '{}', '{"uuid":"no name of an entry"}', '[]']) {
      file('rekor.json', text);
      expect(await ask(...wrong, '--rekor-response', 'rekor.json', ref), text).toMatchObject({
        code: text === '{}' ? 'log-entry-invalid' : 'input-invalid',
      });
    }
    expect(written()).toBe(0);
  });
});

describe('attach attestation', () => {
  const signer = { kind: 'key' as const, key };

  test('every file, bundles and envelopes, not only the first', async () => {
    const types = ['a', 'b', 'c', 'd'].map((n) => `${PREDICATE}/${n}`);
    const [a, b, c, d] = types.map((type) => dsseBundle(sigstore, signer, statement(image, type)));
    file('a.json', JSON.stringify(a));
    file('b.json', JSON.stringify(b));
    file('lines.json', `${JSON.stringify(c?.dsseEnvelope)}\n${JSON.stringify(d?.dsseEnvelope)}\n`);
    const files = ['a.json', 'b.json', 'lines.json'].flatMap((name) => ['--attestation', name]);
    const said = await ask('attach', 'attestation', ...files, '--key', 'key.pub', ref);
    expect(said).toMatchObject({ exit: 0, warnings: [] });
    expect(said.attached.map((x) => x.stored.as)).toEqual(['referrers', 'referrers', 'tag', 'tag']);
    for (const type of types)
      expect(await ask('verify-attestation', '--key', 'key.pub', '--insecure-ignore-tlog', '--type', type, ref)).toMatchObject({ exit: 0 });
    expect(JSON.parse(readFileSync(join(home, 'a.json'), 'utf8'))).toEqual(a);
  });

  test('one that is about something else keeps all of them back', async () => {
    file('good.json', JSON.stringify(dsseBundle(sigstore, signer, statement(image))));
    file('bad.json', JSON.stringify(dsseBundle(sigstore, signer, statement(other))));
    const said = await ask('attach', 'attestation', '--attestation', 'good.json', '--attestation', 'bad.json', ref);
    expect(said).toMatchObject({ exit: 1, code: 'statement-invalid' });
    expect(written()).toBe(0);
  });

  test.each<[string, () => object | string, string]>([
    ['a bundle of version 0.2', () => dsseBundle(sigstore, signer, statement(image), { version: '0.2' }), 'input-invalid'],
    ['a signature over a file', () => messageBundle(sigstore, signer, Buffer.from('x')), 'input-invalid'],
    ['a statement alone', () => statement(image).toString(), 'input-invalid'],
    ['another payload type', () => dsseBundle(sigstore, signer, statement(image), { payloadType: 'text/plain' }), 'statement-invalid'],
    ['a stranger’s signature', () => dsseBundle(sigstore, { kind: 'key', key: stranger }, statement(image)), 'bundle-invalid'],
  ])('%s is refused', async (_, make, code) => {
    const made = make();
    file('a.json', typeof made === 'string' ? made : JSON.stringify(made));
    expect(await ask('attach', 'attestation', '--attestation', 'a.json', '--key', 'key.pub', ref)).toMatchObject({ code });
    expect(written()).toBe(0);
  });

  test('a registry that refuses is an error, and nothing is said to be attached', async () => {
    file('a.json', JSON.stringify(dsseBundle(sigstore, signer, statement(image))));
    registry.faults.add({ kind: 'status', status: 403, match: 'POST ' });
    expect(await ask('attach', 'attestation', '--attestation', 'a.json', ref)).toMatchObject({ exit: 3 });
  });
});

test('what cosign stored is stored by us layer for layer', async () => {
  const layer = signatureLayer(sigstore, { kind: 'key', key }, await payloadFile(), { logs: [{ at: new Date() }] });
  file('sig', layer.annotations['dev.cosignproject.cosign/signature'] ?? '');
  file('rekor.json', layer.annotations['dev.sigstore.cosign/bundle'] ?? '');
  await ask('attach', 'signature', '--payload', 'payload', '--signature', 'sig', '--rekor-response', 'rekor.json', ref);
  const { manifests, tags } = registry.content.repository('team/app');
  const manifest = JSON.parse(manifests.get(tags.get(`sha256-${hexOf(image.digest)}.sig`) ?? '')?.body.toString() ?? '{}') as {
    layers: { mediaType: string; annotations: Record<string, string> }[];
  };
  expect(manifest.layers).toHaveLength(1);
  expect(manifest.layers[0]?.mediaType).toBe(layer.mediaType);
  expect(JSON.parse(manifest.layers[0]?.annotations['dev.sigstore.cosign/bundle'] ?? '')).toEqual(
    JSON.parse(layer.annotations['dev.sigstore.cosign/bundle'] ?? ''),
  );
  expect(await ask('verify', '--key', 'key.pub', '--trusted-root', 'root.json', ref)).toMatchObject({ exit: 0 });
});
