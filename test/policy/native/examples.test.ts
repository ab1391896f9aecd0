/** The policies in `examples/policies`, and others like them, over real evidence in a registry of the test kit. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createVirtualSigstore,
  dsseBundle,
  type EvidenceSigner,
  inTotoStatement,
  makeNotaryAuthority,
  newKey,
  notaryChain,
  notaryEnvelope,
  notaryPayload,
  PREDICATES,
  type Pushed,
  pushArtifact,
  pushBundle,
  pushImage,
  pushNotation,
  registrySink,
  startRegistry,
  type TestRegistry,
  WORKFLOW,
} from '../../../src/testing/index.ts';
import { assay } from '../../cli/harness.ts';

const POLICIES = join(import.meta.dirname, '../../../examples/policies');
const COMMIT = 'ea25a87792441d7b1c9b6f4e2d3a5c8f90b1e7d6';
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

const NOW = new Date('2026-11-20T12:00:00Z');
const sigstore = createVirtualSigstore({ now: NOW });
const key: EvidenceSigner = { kind: 'key', key: newKey() };
const stranger: EvidenceSigner = { kind: 'key', key: newKey() };
const workflow: EvidenceSigner = {
  kind: 'certificate',
  certificate: sigstore.issue({
    claims: new Map([
      [11, 'github-hosted'],
      [12, 'https://github.com/acme/app'],
      [13, COMMIT],
      [14, 'refs/heads/main'],
    ]),
  }),
  chain: sigstore.ca.chain,
};
const notary = makeNotaryAuthority({ now: NOW });
const logged = { logs: [{}] };

let registry: TestRegistry;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-policies-'));
  registry = await startRegistry();
  await writeFile(join(folder, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot()));
  await writeFile(join(folder, 'cosign.pub'), key.key.spkiPem);
  await writeFile(join(folder, 'notary.pem'), notary.root.pem);
  for (const name of await readdir(POLICIES)) {
    const text = await readFile(join(POLICIES, name), 'utf8');
    await writeFile(join(folder, name), text.replaceAll('registry.example', registry.host));
  }
});

afterAll(async () => {
  await registry?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

type Sink = ReturnType<typeof registrySink>;

/** An image with evidence; its reference. */
function image(
  name: string,
  attach: (sink: Sink, image: Pushed) => void = () => {},
): { readonly reference: string; readonly image: Pushed } {
  const sink = registrySink(registry.content, `acme/${name}`);
  const pushed = pushImage(sink, name, { tag: 'v1' });
  attach(sink, pushed);
  return { reference: `${registry.host}/acme/${name}:v1`, image: pushed };
}

function sign(sink: Sink, subject: Pushed, signer: EvidenceSigner): void {
  pushBundle(sink, subject, dsseBundle(sigstore, signer, inTotoStatement(subject.digest, PREDICATES.sign), logged));
}

function attest(sink: Sink, subject: Pushed, signer: EvidenceSigner, type: string, predicate: object): void {
  const statement = inTotoStatement(subject.digest, type, { predicate: JSON.parse(JSON.stringify(predicate)) });
  pushBundle(sink, subject, dsseBundle(sigstore, signer, statement, logged));
}

function notarySign(sink: Sink, subject: Pushed): void {
  const { digest, mediaType, bytes } = subject;
  const envelope = notaryEnvelope(notaryChain(notary), notaryPayload({ digest, mediaType, size: bytes.length }), {
    form: 'jws',
    at: NOW,
  });
  pushNotation(sink, subject, envelope);
}

interface Answer {
  readonly exit: number;
  readonly outcome: string;
  readonly verdict: string | undefined;
  readonly text: string;
}

async function verify(policy: string, reference: string): Promise<Answer> {
  const argv = ['verify', '--policy', policy, '--trusted-root', 'trusted_root.json', '--offline', '--output', 'json', reference];
  const ran = await assay(argv, { cwd: folder, home: folder });
  const json = JSON.parse(ran.stdout.toString()) as {
    readonly outcome?: string;
    readonly images?: readonly { readonly decision?: { readonly verdict: string } }[];
  };
  return { exit: ran.exit, outcome: json.outcome ?? '', verdict: json.images?.[0]?.decision?.verdict, text: ran.stdout.toString() };
}

async function verdictOf(policy: string, reference: string): Promise<readonly [number, string, string | undefined]> {
  const { exit, outcome, verdict } = await verify(policy, reference);
  return [exit, outcome, verdict];
}

/** A policy of its own for one test; answers its file. */
async function policy(name: string, spec: string): Promise<string> {
  await writeFile(
    join(folder, `${name}.yaml`),
    `apiVersion: assay.dev/v1alpha1\nkind: ImagePolicy\nmetadata: {name: ${name}}\nspec:\n  images: ["**"]\n${spec.replace(/^/gm, '  ')}\n`,
  );
  return `${name}.yaml`;
}

test('every example compiles', async () => {
  const files = (await readdir(POLICIES)).filter((f) => f.endsWith('.yaml'));
  expect(files.length).toBeGreaterThanOrEqual(5);
  const ran = await assay(['policy', 'check', '--trusted-root', 'trusted_root.json', '--offline', ...files], { cwd: folder, home: folder });
  expect({ exit: ran.exit, stderr: ran.stderr, stdout: ran.stdout.toString() }).toMatchObject({ exit: 0 });
});

describe('signed.yaml', () => {
  test('allows what either of both has signed', async () => {
    expect(await verdictOf('signed.yaml', image('by-key', (s, i) => sign(s, i, key)).reference)).toEqual([0, 'verified', 'allow']);
    expect(await verdictOf('signed.yaml', image('by-workflow', (s, i) => sign(s, i, workflow)).reference)).toEqual([
      0,
      'verified',
      'allow',
    ]);
  });
  test('denies everything else', async () => {
    expect(await verdictOf('signed.yaml', image('by-stranger', (s, i) => sign(s, i, stranger)).reference)).toEqual([
      1,
      'untrusted',
      'deny',
    ]);
    expect(await verdictOf('signed.yaml', image('unsigned').reference)).toEqual([1, 'unsigned', 'deny']);
  });
  test('is not about what it excepts, which is denied because no policy is about it', async () => {
    expect(await verdictOf('signed.yaml', image('scratch', (s, i) => sign(s, i, key)).reference)).toMatchObject([
      1,
      expect.anything(),
      'deny',
    ]);
  });
});

describe('two-of-three.yaml', () => {
  const both =
    (signer: EvidenceSigner) =>
    (s: Sink, i: Pushed): void => {
      sign(s, i, signer);
      notarySign(s, i);
    };
  test.each<[string, (s: Sink, i: Pushed) => void, number]>([
    ['a key and a workflow', (s, i) => [key, workflow].map((w) => sign(s, i, w)), 0],
    ['a key and a certificate of Notation', both(key), 0],
    ['a workflow and a certificate of Notation', both(workflow), 0],
    ['a key alone', (s, i) => sign(s, i, key), 1],
    ['a key, twice', (s, i) => [key, key].map((w) => sign(s, i, w)), 1],
    ['a certificate of Notation and a stranger', both(stranger), 1],
  ])('%s', async (what, attach, exit) => {
    const answer = await verify('two-of-three.yaml', image(`two-${what.replaceAll(/[^a-z]+/g, '-')}`, attach).reference);
    expect(answer.exit, answer.text).toBe(exit);
  });
});

describe('provenance.yaml', () => {
  const inputs = { debug: 'false', version: '1.2.3' };
  const built = (repository: string, builder: string, given: object): object => ({
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref: 'refs/heads/main', repository, path: '.github/workflows/release.yml' }, inputs: given },
      resolvedDependencies: [{ uri: `git+${repository}@refs/heads/main`, digest: { gitCommit: COMMIT } }],
    },
    runDetails: { builder: { id: builder }, metadata: { invocationId: 'x' } },
  });
  const APP = 'https://github.com/acme/app';
  test.each<[string, object, number, string]>([
    ['what is expected', built(APP, WORKFLOW, inputs), 0, ''],
    [
      'another repository than the certificate proves',
      built('https://github.com/acme/other', WORKFLOW, inputs),
      1,
      'the builder states the repository github.com/acme/other, the certificate proves github.com/acme/app',
    ],
    [
      'another builder than the certificate proves',
      built(APP, WORKFLOW.replace('release', 'other'), inputs),
      1,
      'the provenance names the builder',
    ],
    ['another input', built(APP, WORKFLOW, { ...inputs, debug: 'true' }), 1, 'the parameter inputs.debug is'],
    ['an input that nobody knows', built(APP, WORKFLOW, { ...inputs, extra: 1 }), 1, 'the parameter inputs.extra is not expected'],
    ['no provenance at all', { builder: 1 }, 1, ''],
  ])('%s', async (what, predicate, exit, reason) => {
    const { reference } = image(`built-${what.replaceAll(/[^a-z]+/g, '-')}`, (s, i) => attest(s, i, workflow, PREDICATES.slsa1, predicate));
    const answer = await verify('provenance.yaml', reference);
    expect([answer.exit, answer.outcome], answer.text).toEqual([exit, exit === 0 ? 'verified' : 'denied']);
    expect(answer.text).toContain(reason);
  });
});

describe('scanned.yaml', () => {
  const scan = (finished: string, severities: readonly string[], uri = 'pkg:github/aquasecurity/trivy@v0.50'): object => ({
    invocation: {},
    scanner: {
      uri,
      result: {
        SchemaVersion: 2,
        Results: [{ Vulnerabilities: severities.map((Severity, i) => ({ VulnerabilityID: `CVE-2024-${i}`, Severity })) }],
      },
    },
    metadata: { scanStartedOn: finished, scanFinishedOn: finished },
  });
  const bom = (components: number): Uint8Array =>
    Buffer.from(
      JSON.stringify({
        bomFormat: 'CycloneDX',
        specVersion: '1.5',
        components: Array.from({ length: components }, (_, i) => ({ type: 'library', name: `c${i}` })),
      }),
    );
  const TODAY = '2026-11-20T00:00:00Z';
  const withBom =
    (content: Uint8Array, signer?: EvidenceSigner) =>
    (s: Sink, i: Pushed): void => {
      const artifact = pushArtifact(s, i, 'application/vnd.cyclonedx+json', content);
      if (signer !== undefined) sign(s, artifact, signer);
    };
  test.each<[string, object, (s: Sink, i: Pushed) => void, number, string]>([
    ['scanned and listed', scan(TODAY, ['HIGH', 'LOW']), withBom(bom(1), key), 0, ''],
    ['an old scan', scan('2026-11-01T00:00:00Z', []), withBom(bom(1), key), 1, 'and 7d are allowed'],
    ['a critical finding', scan(TODAY, ['CRITICAL']), withBom(bom(1), key), 1, '1 critical vulnerability, 0 allowed: CVE-2024-0'],
    ['too many high ones', scan(TODAY, ['HIGH', 'HIGH', 'HIGH']), withBom(bom(1), key), 1, '3 high vulnerabilities, 2 allowed'],
    ['another scanner', scan(TODAY, [], 'pkg:github/anchore/grype'), withBom(bom(1), key), 1, "only Trivy's scans count"],
    ['an unsigned list', scan(TODAY, []), withBom(bom(1)), 1, ''],
    ['a list that a stranger signed', scan(TODAY, []), withBom(bom(1), stranger), 1, ''],
    ['an empty list', scan(TODAY, []), withBom(bom(0), key), 1, 'it lists 0 components'],
  ])('%s', async (what, predicate, attach, exit, reason) => {
    const { reference } = image(`scan-${what.replaceAll(/[^a-z]+/g, '-')}`, (s, i) => {
      attest(s, i, key, VULN, predicate);
      attach(s, i);
    });
    const answer = await verify('scanned.yaml', reference);
    expect(answer.exit, answer.text).toBe(exit);
    expect(answer.text).toContain(reason);
  });
});

describe('what is revoked', () => {
  test('an image, before anything else', async () => {
    const { reference, image: pushed } = image('revoked', (s, i) => sign(s, i, key));
    const file = await policy(
      'revoked-image',
      `require: {signature: {by: {key: cosign.pub}}}\nrevoked: {entries: [{image: "${pushed.digest}", reason: a backdoor}]}`,
    );
    const answer = await verify(file, reference);
    expect([answer.exit, answer.outcome, answer.verdict]).toEqual([1, 'revoked', 'deny']);
    expect(answer.text).toContain('a backdoor');
    expect(await verdictOf('revoked.yaml', reference)).toEqual([0, 'verified', 'allow']);
  });
  test('a key, and an identity in its window', async () => {
    const { reference } = image('revoked-signers', (s, i) => sign(s, i, workflow));
    const by = `require: {signature: {by: {keyless: {issuer: https://token.actions.githubusercontent.com, subject: "${WORKFLOW}"}}}}`;
    const entry = (window: string): string => `${by}\nrevoked: {entries: [{identity: {subject: "${WORKFLOW}"${window}}, reason: gone}]}`;
    expect(await verdictOf(await policy('revoked-always', entry('')), reference)).toEqual([1, 'revoked', 'deny']);
    expect(await verdictOf(await policy('revoked-then', entry(', until: "2026-01-01T00:00:00Z"')), reference)).toEqual([
      0,
      'verified',
      'allow',
    ]);
  });
  test('a signed list, and without it nothing can be said', async () => {
    const sink = registrySink(registry.content, 'acme/revocations');
    const { reference, image: pushed } = image('listed', (s, i) => sign(s, i, key));
    const list = (issued: string): Uint8Array =>
      Buffer.from(
        `apiVersion: assay.dev/v1alpha1\nkind: RevocationList\nmetadata: {name: l}\nspec: {issued: "${issued}", entries: [{image: "${pushed.digest}", reason: listed}]}\n`,
      );
    const put = (tag: string, content: Uint8Array, signer: EvidenceSigner): void => {
      const base = pushImage(sink, `base ${tag}`, { tag: `${tag}-base` });
      const artifact = pushArtifact(sink, base, 'application/vnd.assay.revocations', content);
      sink.putManifest(artifact.bytes, { tag, mediaType: artifact.mediaType } as Parameters<typeof sink.putManifest>[1]);
      sign(sink, artifact, signer);
    };
    put('good', list('2026-11-20T00:00:00Z'), key);
    put('stale', list('2026-10-20T00:00:00Z'), key);
    put('theirs', list('2026-11-20T00:00:00Z'), stranger);
    const from = (tag: string): string =>
      `require: {signature: {by: {key: cosign.pub}}}\nrevoked: {from: {artifact: "${registry.host}/acme/revocations:${tag}", by: {key: cosign.pub}, maxAge: 7d}}`;
    expect(await verdictOf(await policy('list-good', from('good')), reference)).toEqual([1, 'revoked', 'deny']);
    for (const tag of ['stale', 'theirs', 'absent']) {
      const answer = await verify(await policy(`list-${tag}`, from(tag)), reference);
      expect([tag, answer.exit, answer.outcome, answer.verdict], answer.text).toEqual([tag, 3, 'inconclusive', 'deny']);
    }
  });
});

test('a mode of warn lets it pass, and says so', async () => {
  const { reference } = image('warned');
  const answer = await verify(await policy('warned', 'mode: warn\nrequire: {signature: {by: {key: cosign.pub}}}'), reference);
  expect([answer.exit, answer.verdict]).toEqual([0, 'warn']);
  expect(answer.outcome).not.toBe('verified');
});
