/** Authorities of every kind, with what they demand, over real evidence. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type BundleOptions,
  createVirtualSigstore,
  dsseBundle,
  type EvidenceSigner,
  GITHUB_ISSUER,
  inTotoStatement,
  issueLeaf,
  makeAuthority,
  newKey,
  PREDICATES,
  type Pushed,
  pushBundle,
  pushImage,
  registrySink,
  startRegistry,
  type TestRegistry,
  WORKFLOW,
} from '../../../src/testing/index.ts';
import { assay } from '../../cli/harness.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const sigstore = createVirtualSigstore({ now: NOW });
const own = makeAuthority({ name: 'acme', now: NOW, intermediate: false });
const key: EvidenceSigner = { kind: 'key', key: newKey() };
const workflow: EvidenceSigner = { kind: 'certificate', certificate: sigstore.issue(), chain: sigstore.ca.chain };
const employee: EvidenceSigner = {
  kind: 'certificate',
  certificate: issueLeaf(own, sigstore.ct, NOW, { issuer: null, sans: [{ email: 'dev@acme.example' }], scts: null }),
  chain: own.chain,
};
const LOGGED: BundleOptions = { logs: [{}] };
const STAMPED: BundleOptions = { logs: [{}], timestamps: [{}] };

let folder: string;
let registry: TestRegistry;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-authorities-'));
  registry = await startRegistry();
  await writeFile(join(folder, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot()));
  await writeFile(join(folder, 'key.pub'), key.key.spkiPem);
  await writeFile(join(folder, 'ca.pem'), own.root.pem);
  await writeFile(join(folder, 'others.pem'), sigstore.ca.root.pem);
  await writeFile(join(folder, 'leaf.pem'), employee.certificate.pem);
  await writeFile(join(folder, 'other.pem'), workflow.certificate.pem);
});
afterAll(async () => {
  await registry?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function signedImage(signers: readonly (readonly [EvidenceSigner, BundleOptions])[], repository = 'acme/app'): string {
  const name = `${repository}-${++count}`;
  const sink = registrySink(registry.content, name);
  const image: Pushed = pushImage(sink, name, { tag: 'v1' });
  for (const [signer, options] of signers)
    pushBundle(sink, image, dsseBundle(sigstore, signer, inTotoStatement(image.digest, PREDICATES.sign), options));
  return `${registry.host}/${name}:v1`;
}

async function outcomeOf(require: string, reference: string): Promise<string> {
  const file = `policy-${++count}.yaml`;
  await writeFile(
    join(folder, file),
    `apiVersion: assay.dev/v1alpha1\nkind: ImagePolicy\nmetadata: {name: p${count}}\nspec: {images: ["**"], require: ${require}}\n`,
  );
  const argv = ['verify', '--policy', file, '--trusted-root', 'trusted_root.json', '--offline', '--output', 'json', reference];
  const ran = await assay(argv, { cwd: folder, home: folder });
  const json = JSON.parse(ran.stdout.toString()) as { outcome?: string; errors: { message: string }[] };
  return json.outcome ?? json.errors.map((e) => e.message).join();
}

const by = (authority: string, more = ''): string => `{signature: {by: ${authority}${more}}}`;
const KEYLESS = `issuer: ${GITHUB_ISSUER}, subject: "${WORKFLOW}"`;

describe('a key', () => {
  test.each<[string, string, BundleOptions, string]>([
    ['with an entry in a log', '{key: key.pub}', LOGGED, 'verified'],
    ['without an entry', '{key: key.pub}', { logs: [] }, 'untrusted'],
    ['without an entry, which is not asked for', '{key: key.pub, unsafeSkipTransparencyLog: true}', { logs: [] }, 'verified'],
    ['in one log where two are asked for', '{key: key.pub, transparencyLog: 2}', LOGGED, 'untrusted'],
    ['without a timestamp that is asked for', '{key: key.pub, timestamps: 1}', LOGGED, 'untrusted'],
    ['with the timestamp that is asked for', '{key: key.pub, timestamps: 1}', STAMPED, 'verified'],
  ])('%s', async (_what, authority, options, outcome) => {
    expect(await outcomeOf(by(authority), signedImage([[key, options]]))).toBe(outcome);
  });
});

describe('an identity', () => {
  test.each<[string, string, string]>([
    ['exactly', `{keyless: {${KEYLESS}}}`, 'verified'],
    ['by expression', `{keyless: {issuer: ${GITHUB_ISSUER}, subjectRegExp: "https://github\\\\.com/acme/.*"}}`, 'verified'],
    [
      'by an expression of its beginning, which is not enough',
      `{keyless: {issuer: ${GITHUB_ISSUER}, subjectRegExp: "https://github\\\\.com/acme/"}}`,
      'untrusted',
    ],
    ['by another issuer', `{keyless: {issuer: https://accounts.google.com, subject: "${WORKFLOW}"}}`, 'untrusted'],
    ['whoever it is', '{keyless: {unsafeAnyIdentity: true}}', 'verified'],
    ['whoever it is of an issuer', '{keyless: {issuer: https://accounts.google.com, unsafeAnyIdentity: true}}', 'untrusted'],
    ['with a claim that it has not', `{keyless: {${KEYLESS}, claims: {runnerEnvironment: other}}}`, 'untrusted'],
    [
      'by a root that does not know it',
      `{keyless: {${KEYLESS}}, trustedRoot: {data: '${JSON.stringify(createVirtualSigstore({ now: NOW }).trustedRoot())}'}}`,
      'untrusted',
    ],
  ])('%s', async (_what, authority, outcome) => {
    expect(await outcomeOf(by(authority), signedImage([[workflow, LOGGED]]))).toBe(outcome);
  });
});

describe("a certificate of one's own authority", () => {
  const skip = ', unsafeSkipSct: true}';
  test.each<[string, string, string]>([
    ['by its subject', `{certificate: {roots: ca.pem, subject: dev@acme.example}${skip}`, 'verified'],
    ['by another subject', `{certificate: {roots: ca.pem, subject: ops@acme.example}${skip}`, 'untrusted'],
    ['exactly this one', `{certificate: {roots: ca.pem, leaf: leaf.pem}${skip}`, 'verified'],
    ['exactly another one', `{certificate: {roots: ca.pem, leaf: other.pem}${skip}`, 'denied'],
    ['by another root', `{certificate: {roots: others.pem, subject: dev@acme.example}${skip}`, 'untrusted'],
    ['with the promise of a log that it has not', '{certificate: {roots: ca.pem, subject: dev@acme.example}}', 'untrusted'],
  ])('%s', async (_what, authority, outcome) => {
    expect(await outcomeOf(by(authority), signedImage([[employee, LOGGED]]))).toBe(outcome);
  });
});

describe('a threshold', () => {
  const BOTH = `[{key: key.pub}, {key: key.pub, unsafeSkipTransparencyLog: true}]`;
  test('counts one signer once, though two authorities mean it', async () => {
    expect(await outcomeOf(by(BOTH), signedImage([[key, LOGGED]]))).toBe('verified');
    expect(await outcomeOf(by(BOTH, ', threshold: 2'), signedImage([[key, LOGGED]]))).not.toBe('verified');
  });
  test('is met by signers of their own', async () => {
    const two = `[{key: key.pub}, {keyless: {${KEYLESS}}}]`;
    expect(await outcomeOf(by(two, ', threshold: 2'), signedImage([[key, LOGGED]]))).toBe('untrusted');
    expect(
      await outcomeOf(
        by(two, ', threshold: 2'),
        signedImage([
          [key, LOGGED],
          [workflow, LOGGED],
        ]),
      ),
    ).toBe('verified');
  });
});

describe('conditions on signatures, forms and places', () => {
  test('age', async () => {
    const image = signedImage([[workflow, LOGGED]]);
    expect(await outcomeOf(by(`{keyless: {${KEYLESS}}}`, ', where: [{maxAge: 30d}]'), image)).toBe('verified');
    expect(await outcomeOf(by(`{keyless: {${KEYLESS}}}`, ', where: [{maxAge: 1m}]'), image)).toBe('denied');
  });
  test('an expression about the signer', async () => {
    const image = signedImage([[workflow, LOGGED]]);
    const where = (text: string): string => by(`{keyless: {${KEYLESS}}}`, `, where: [{cel: '${text}'}]`);
    expect(await outcomeOf(where('signer.subject.startsWith("https://github.com/acme/") && size(times) > 0'), image)).toBe('verified');
    expect(await outcomeOf(where('signer.kind == "key"'), image)).toBe('denied');
    expect(await outcomeOf(where('predicate.nothing == 1'), image)).toBe('inconclusive');
  });
  test('a form that does not count', async () => {
    const image = signedImage([[key, LOGGED]]);
    expect(await outcomeOf(by('{key: key.pub}', ', formats: [sigstore-bundle]'), image)).toBe('verified');
    expect(await outcomeOf(by('{key: key.pub}', ', formats: [notation-jws]'), image)).toBe('unsigned');
  });
  test('a place that has none', async () => {
    const image = signedImage([[key, LOGGED]]);
    expect(await outcomeOf(by('{key: key.pub}', `, source: {repository: "${registry.host}/acme/elsewhere"}`), image)).not.toBe('verified');
  });
});
