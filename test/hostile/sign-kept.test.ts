/** What is kept instead of being signed again has to be worth as much as what would have been made. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  makeAuthority,
  makeCertificate,
  newKey,
  OID,
  pushImage,
  registrySink,
  subjectAltName,
} from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from '../cli/harness.ts';

const NOW = new Date('2026-11-21T12:00:00Z');

let home: string;
let registry: TestRegistry;
let count = 0;

function file(name: string, content: string): void {
  writeFileSync(join(home, name), content);
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-kept-'));
  registry = await startRegistry();
  const key = newKey('p256');
  file('a.key', key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  file('a.pub', key.spkiPem);
  const ca = makeAuthority({ name: 'signers', now: NOW, intermediate: false });
  file('ca.pem', ca.root.pem);
  const certificate = (name: string, more: { days?: readonly [number, number]; ca?: boolean; san?: boolean } = {}): void => {
    const [from, to] = more.days ?? [-1, 30];
    const made = makeCertificate({
      subject: [['CN', 'signer']],
      key,
      issuer: ca.root,
      notBefore: new Date(NOW.getTime() + from * 86_400_000),
      notAfter: new Date(NOW.getTime() + to * 86_400_000),
      extensions: [
        keyUsage(more.ca ? ['digitalSignature', 'keyCertSign'] : ['digitalSignature']),
        basicConstraints(more.ca === true),
        extendedKeyUsage([OID.codeSigning]),
        ...(more.san === false ? [] : [subjectAltName([{ email: 'dev@example.test' }], false)]),
      ],
    });
    file(name, made.pem);
  };
  certificate('good.crt');
  certificate('renewed.crt', { days: [-1, 60] });
  certificate('expired.crt', { days: [-30, -1] });
  certificate('early.crt', { days: [1, 30] });
  certificate('ca.crt', { ca: true });
  certificate('nameless.crt', { san: false });
  file('p1.json', '{"count":12345678901234567890}');
  file('p2.json', '{"count":12345678901234567891}');
  file('blob', 'a blob');
});

afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await registry.close();
});

function image(): string {
  const name = `kept-${count++}`;
  return `${registry.host}/${name}@${pushImage(registrySink(registry.content, name), name).digest}`;
}

async function json(...argv: readonly string[]): Promise<{ exit: number; json: { outcome?: string }; text: string }> {
  const ran = await assay([...argv, '--output', 'json'], { cwd: home, home });
  return { exit: ran.exit, json: JSON.parse(ran.stdout.toString()) as { outcome?: string }, text: `${ran.stdout}${ran.stderr}` };
}

const BY_KEY = ['--key', 'a.key', '--tlog-upload=false'] as const;
const TYPE = 'https://acme.example/count/v1';

describe.each(['bundle', 'cosign-tag'])('%s', (form) => {
  test.each([
    ['without --certificate-chain', []],
    ['with', ['--certificate-chain', 'ca.pem']],
  ])('a signature of the bare key is not kept for one with a certificate, %s', async (_, chain) => {
    const reference = image();
    const by = [...BY_KEY, '--format', form];
    expect((await json('sign', ...by, reference)).json.outcome).toBe('signed');
    const certified = ['sign', ...by, '--certificate', 'good.crt', ...chain, reference];
    const signed = await json(...certified);
    expect(signed.json.outcome, signed.text).toBe('signed');
    expect((await json(...certified)).json.outcome).toBe('kept');
    const asked = ['--certificate-identity', 'dev@example.test', '--certificate-oidc-issuer-regexp', '.*', '--ca-roots', 'ca.pem'];
    const verified = await json('verify', '--insecure-ignore-tlog', '--insecure-ignore-sct', ...asked, reference);
    expect(verified.text).not.toContain('unsigned');
  });

  test('numbers that no double holds are told apart', async () => {
    const reference = image();
    const attest = (predicate: string): readonly string[] => [
      'attest',
      ...BY_KEY,
      '--format',
      form,
      '--type',
      TYPE,
      '--predicate',
      predicate,
      reference,
    ];
    expect((await json(...attest('p1.json'))).json.outcome).toBe('signed');
    expect((await json(...attest('p2.json'))).json.outcome).toBe('signed');
    expect((await json(...attest('p2.json'))).json.outcome).toBe('kept');
  });
});

test('numbers that no double holds are told apart in bundles of files', async () => {
  const attest = (predicate: string): readonly string[] => [
    'attest-blob',
    ...BY_KEY,
    '--type',
    TYPE,
    '--predicate',
    predicate,
    '--bundle',
    'b',
    'blob',
  ];
  expect((await json(...attest('p1.json'))).json.outcome).toBe('signed');
  expect((await json(...attest('p2.json'))).json.outcome).toBe('signed');
  expect((await json(...attest('p2.json'))).json.outcome).toBe('kept');
});

test.each(['expired.crt', 'early.crt', 'ca.crt', 'nameless.crt'])('with the chain given, %s signs nothing', async (certificate) => {
  const before = registry.log.length;
  const ran = await json('sign', ...BY_KEY, '--certificate', certificate, '--certificate-chain', 'ca.pem', image());
  expect(ran.exit, ran.text).toBeGreaterThan(0);
  expect(registry.log.slice(before).filter((e) => /^(?:PUT|POST|PATCH)$/.test(e.method))).toEqual([]);
});
