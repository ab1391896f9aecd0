import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVirtualSigstore, newKey, pushImage, registrySink } from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay, type Surroundings } from '../cli/harness.ts';

let folder: string;
let registry: TestRegistry;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-vsa-'));
  for (const name of ['a', 'b', 'verifier']) {
    const key = newKey('p256');
    writeFileSync(join(folder, `${name}.key`), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, `${name}.pub`), key.spkiPem);
  }
  registry = await startRegistry();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await registry.close();
});

interface Answer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly json: Readonly<Record<string, unknown>>;
}

async function run(argv: readonly string[], around: Surroundings = {}): Promise<Answer> {
  const { exit, stdout, stderr } = await assay(argv, { cwd: folder, home: folder, ...around });
  const text = stdout.toString();
  return { exit, stdout: text, stderr, json: argv.includes('json') ? (JSON.parse(text) as Answer['json']) : {} };
}

const json = (argv: readonly string[], around?: Surroundings): Promise<Answer> => run([...argv, '--output', 'json'], around);

/** An image that key `a` has signed. */
async function signedImage(name: string): Promise<{ readonly reference: string; readonly digest: string; readonly repository: string }> {
  const { digest } = pushImage(registrySink(registry.content, name), name, { tag: 'v1' });
  const repository = `${registry.host}/${name}`;
  const reference = `${repository}@${digest}`;
  const signed = await json(['sign', '--key', 'a.key', '--tlog-upload=false', reference]);
  expect(signed.exit, signed.stdout).toBe(0);
  return { reference, digest, repository };
}

const VERIFIER = 'https://verifier.example';
const SIGNED = ['--vsa-key', 'verifier.key', '--vsa-verifier-id', VERIFIER];
const VERIFY = ['verify', '--insecure-ignore-tlog', '--key'];

function statementIn(file: string): { readonly [k: string]: unknown; readonly predicate: Readonly<Record<string, unknown>> } {
  const bundle = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { dsseEnvelope: { payload: string } };
  return JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
}

const slsa = (file: string, digest: string, resource: string, ...more: readonly string[]): Promise<Answer> =>
  json([
    ...['slsa', 'verify', '--vsa', file, '--verifier-id', VERIFIER, '--resource-uri', resource],
    ...['--public-key-path', 'verifier.pub', '--subject-digest', digest, ...more],
  ]);

describe('a summary of a verdict', () => {
  test('is signed, and says what passed, by what, on which evidence', async () => {
    const { reference, digest, repository } = await signedImage('passed');
    const made = await json([...VERIFY, 'a.pub', '--emit-vsa', 'passed.json', ...SIGNED, reference]);
    expect(made.json, made.stderr).toMatchObject({ outcome: 'verified', summaries: [{ digest, result: 'PASSED', file: 'passed.json' }] });
    expect(made.exit).toBe(0);
    const [evidence] = (made.json.images as { evidence: { digest: string }[] }[])[0]?.evidence ?? [];
    expect(statementIn('passed.json')).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: digest.slice(7) } }],
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: {
        verifier: { id: VERIFIER, version: { assay: expect.any(String) } },
        timeVerified: '2026-11-21T12:00:00Z',
        resourceUri: `oci://${repository}`,
        policy: { uri: 'urn:assay:requirement', digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
        inputAttestations: [{ uri: `oci://${repository}@${evidence?.digest}`, digest: { sha256: evidence?.digest.slice(7) } }],
        verificationResult: 'PASSED',
        // A signature says nothing of a build.
        verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED'],
        slsaVersion: '1.1',
      },
    });
    expect(await slsa('passed.json', digest, `oci://${repository}`)).toMatchObject({ exit: 0 });
    expect(await slsa('passed.json', digest, `oci://${repository}`, '--verified-level', 'SLSA_BUILD_LEVEL_1')).toMatchObject({ exit: 1 });
    expect(await slsa('passed.json', digest, 'oci://other')).toMatchObject({ exit: 1 });
    expect(await slsa('passed.json', `sha256:${'0'.repeat(64)}`, `oci://${repository}`)).toMatchObject({ exit: 1 });
  });

  test('that failed says so, and no consumer takes it for a pass', async () => {
    const { reference, digest, repository } = await signedImage('failed');
    const made = await json([...VERIFY, 'b.pub', '--emit-vsa', 'failed.json', ...SIGNED, reference]);
    expect(made.json, made.stderr).toMatchObject({ outcome: 'untrusted', summaries: [{ digest, result: 'FAILED' }] });
    expect(made.exit).toBe(1);
    expect(statementIn('failed.json').predicate).toMatchObject({ verificationResult: 'FAILED', verifiedLevels: ['FAILED'] });
    const refused = await slsa('failed.json', digest, `oci://${repository}`);
    expect(refused.exit).toBe(1);
    expect(refused.stdout).toContain('ErrorInvalidVerificationResult');
  });

  test('of an image that nobody signed is a failure too', async () => {
    const { digest } = pushImage(registrySink(registry.content, 'unsigned'), 'unsigned');
    const made = await json([...VERIFY, 'a.pub', '--emit-vsa', 'unsigned.json', ...SIGNED, `${registry.host}/unsigned@${digest}`]);
    expect(made).toMatchObject({ exit: 1, json: { outcome: 'unsigned', summaries: [{ result: 'FAILED' }] } });
    expect(statementIn('unsigned.json').predicate.inputAttestations).toEqual([]);
  });

  test('says where its evidence can be fetched, whatever the resource is called, and does not guess', async () => {
    const { reference, repository } = await signedImage('inputs');
    const argv = [...VERIFY, 'a.pub', '--emit-vsa', 'inputs.json', ...SIGNED, '--vsa-resource-uri', 'pkg:oci/app?tag=v1', reference];
    const made = await json(argv);
    const [evidence] = (made.json.images as { evidence: { digest: string }[] }[])[0]?.evidence ?? [];
    const [algorithm = '', hex] = evidence?.digest.split(':') ?? [];
    expect(statementIn('inputs.json').predicate).toMatchObject({
      resourceUri: 'pkg:oci/app?tag=v1',
      inputAttestations: [{ uri: `oci://${repository}@${evidence?.digest}`, digest: { [algorithm]: hex } }],
    });
    expect(await json(argv, { env: { COSIGN_REPOSITORY: `${registry.host}/elsewhere` } })).toMatchObject({ exit: 0 });
    expect(statementIn('inputs.json').predicate.inputAttestations).toEqual([{ digest: { [algorithm]: hex } }]);
  });

  test('stored with the image is found by verify-attestation, and is no signature of it', async () => {
    const { reference, digest } = await signedImage('attached');
    const made = await json([...VERIFY, 'a.pub', '--attach-vsa', ...SIGNED, '--vsa-resource-uri', 'https://acme.example/app', reference]);
    expect(made.json, made.stderr).toMatchObject({
      summaries: [{ digest, result: 'PASSED', reference: expect.stringContaining('@sha256:') }],
    });
    const type = ['verify-attestation', '--type', 'vsa', '--insecure-ignore-tlog'];
    expect(await json([...type, '--key', 'verifier.pub', reference])).toMatchObject({ exit: 0, json: { outcome: 'verified' } });
    expect(await json([...type, '--key', 'a.pub', reference])).toMatchObject({ exit: 1 });
    expect(await json([...VERIFY, 'verifier.pub', reference])).toMatchObject({ exit: 1 });
  });

  test('an inconclusive verdict is not summarized', async () => {
    const { reference } = await signedImage('unknown');
    const made = await json([...VERIFY, 'a.pub', '--emit-vsa', 'unknown.json', ...SIGNED, reference.replace('/unknown@', '/missing@')]);
    expect(made.exit).toBe(3);
    expect(made.json).toMatchObject({ outcome: 'inconclusive', summaries: [], warnings: [{ code: 'no-log' }, { code: 'vsa-not-made' }] });
    expect(() => readFileSync(join(folder, 'unknown.json'))).toThrow();
  });

  test('is not wanted because a variable is set that signing reads', async () => {
    const { reference } = await signedImage('variables');
    const verified = await json([...VERIFY, 'a.pub', reference], { env: { COSIGN_YES: '1', COSIGN_PASSWORD: 'x' } });
    expect(verified.exit, verified.stdout).toBe(0);
    expect(verified.json).not.toHaveProperty('summaries');
  });

  test('of several images each has its own, and the one that is not known keeps none from being made', async () => {
    const [one, two] = [await signedImage('one'), await signedImage('two')];
    const missing = one.reference.replace('/one@', '/missing@');
    const made = await json([...VERIFY, 'a.pub', '--emit-vsa', 'many.json', ...SIGNED, one.reference, missing, two.reference]);
    expect(made.exit).toBe(3);
    expect(made.json.summaries).toEqual(
      [one, two].map(({ digest }) => ({ digest, result: 'PASSED', file: `many.json-${digest.replace(':', '-')}` })),
    );
    for (const { digest, repository } of [one, two])
      expect(await slsa(`many.json-${digest.replace(':', '-')}`, digest, `oci://${repository}`)).toMatchObject({ exit: 0 });
  });

  test('to stdout is alone there', async () => {
    const { reference } = await signedImage('stdout');
    const made = await run([...VERIFY, 'a.pub', '--emit-vsa', '-', ...SIGNED, reference]);
    expect(made.exit, made.stderr).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ mediaType: expect.stringContaining('sigstore.bundle') });
    expect(made.stderr).toContain('verified');
  });

  test('says the same of the same question, and something else of another one', async () => {
    const { reference } = await signedImage('policy');
    const digests: unknown[] = [];
    for (const flags of [
      ['--key', 'a.pub'],
      ['--key', 'a.pub'],
      ['--key', 'a.pub', '--key', 'b.pub'],
      ['--key', 'a.pub', '-a', 'env=prod'],
    ]) {
      await json(['verify', '--insecure-ignore-tlog', ...flags, '--emit-vsa', 'policy.json', ...SIGNED, reference]);
      digests.push((statementIn('policy.json').predicate.policy as { digest: { sha256: string } }).digest.sha256);
    }
    expect(digests[0]).toBe(digests[1]);
    expect(new Set(digests).size).toBe(3);
  });

  test('of the same identity by another authority says something else', async () => {
    const { reference } = await signedImage('authority');
    const sigstore = [1, 2].map(() => createVirtualSigstore());
    const digests: unknown[] = [];
    for (const [i, root] of sigstore.entries()) writeFileSync(join(folder, `root-${i}.json`), JSON.stringify(root.trustedRoot()));
    for (const root of ['root-0.json', 'root-0.json', 'root-1.json']) {
      const identity = ['--certificate-identity', 'dev@acme.example', '--certificate-oidc-issuer', 'https://issuer.example'];
      await json(['verify', ...identity, '--trusted-root', root, '--emit-vsa', 'authority.json', ...SIGNED, reference]);
      digests.push((statementIn('authority.json').predicate.policy as { digest: { sha256: string } }).digest.sha256);
    }
    expect(digests[0]).toBe(digests[1]);
    expect(digests[2]).not.toBe(digests[0]);
  });

  test('of a policy names the file by its digest; what was only let pass is not summarized', async () => {
    const { reference } = await signedImage('by-policy');
    const policy = (mode: string, key: string): string => `
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: { name: signed }
spec:
  mode: ${mode}
  images: [{ glob: "**" }]
  authorities:
    - key: { data: ${JSON.stringify(readFileSync(join(folder, `${key}.pub`), 'utf8'))} }
`;
    const ask = (text: string): Promise<Answer> => {
      writeFileSync(join(folder, 'policy.yaml'), text);
      return json([
        'verify',
        '--policy',
        'policy.yaml',
        '--emit-vsa',
        'policy.json',
        ...SIGNED,
        '--vsa-policy-uri',
        'https://acme.example/p',
        reference,
      ]);
    };
    const passed = await ask(policy('enforce', 'a'));
    expect(passed.json, passed.stderr).toMatchObject({ summaries: [{ result: 'PASSED' }] });
    expect(statementIn('policy.json').predicate.policy).toEqual({
      uri: 'https://acme.example/p',
      digest: { sha256: await sha256(readFileSync(join(folder, 'policy.yaml'))) },
    });
    expect((await ask(policy('enforce', 'b'))).json).toMatchObject({ summaries: [{ result: 'FAILED' }] });
    const warned = await ask(policy('warn', 'b'));
    expect(warned).toMatchObject({ exit: 1, json: { summaries: [] } });
    expect(warned.stderr).toContain('no verification summary was made');
  });

  test('that cannot be stored is missed, and the answer stays', async () => {
    const { reference } = await signedImage('refused');
    registry.faults.add({ kind: 'status', status: 403, match: /^(?:PUT|POST) / });
    const made = await json([...VERIFY, 'a.pub', '--attach-vsa', ...SIGNED, reference]);
    expect(made.json).toMatchObject({ outcome: 'verified', summaries: [] });
    expect(made.exit).toBe(3);
    registry.faults.clear();
  });
});

describe('provenance that is verified', () => {
  test('gives no level when nobody knows its builder', async () => {
    const { reference } = await signedImage('provenance');
    writeFileSync(
      join(folder, 'provenance.json'),
      JSON.stringify({
        buildDefinition: { buildType: 'https://b.example/type', externalParameters: {} },
        runDetails: { builder: { id: 'https://b.example' } },
      }),
    );
    await json([
      'attest',
      '--key',
      'a.key',
      '--tlog-upload=false',
      '--type',
      'slsaprovenance1',
      '--predicate',
      'provenance.json',
      reference,
    ]);
    const made = await json([
      ...['verify-attestation', '--type', 'slsaprovenance1', '--insecure-ignore-tlog', '--key', 'a.pub'],
      ...['--emit-vsa', 'level.json', ...SIGNED, reference],
    ]);
    expect(made.json, made.stderr).toMatchObject({ outcome: 'verified', summaries: [{ result: 'PASSED' }] });
    expect(statementIn('level.json').predicate.verifiedLevels).toEqual(['SLSA_BUILD_LEVEL_UNEVALUATED']);
  });
});

describe('misuse is said before anything is verified', () => {
  test.each<[string, readonly string[], string]>([
    ['no verifier', ['--emit-vsa', 'x.json', '--vsa-key', 'verifier.key'], 'usage-invalid'],
    ['a verifier that is no URI', ['--emit-vsa', 'x.json', '--vsa-key', 'verifier.key', '--vsa-verifier-id', 'me'], 'usage-invalid'],
    ['a resource that is no URI', ['--emit-vsa', 'x.json', ...SIGNED, '--vsa-resource-uri', 'a b'], 'usage-invalid'],
    ['a key without summary', ['--vsa-key', 'verifier.key'], 'usage-invalid'],
    ['key and token', ['--emit-vsa', 'x.json', ...SIGNED, '--vsa-identity-token', 'env://T'], 'usage-invalid'],
    ['evidence about whatever it is about', ['--emit-vsa', 'x.json', ...SIGNED, '--check-claims=false'], 'usage-invalid'],
    ['stdout twice', ['--emit-vsa', '-', ...SIGNED], 'usage-invalid'],
    ['a public key', ['--emit-vsa', 'x.json', '--vsa-verifier-id', VERIFIER, '--vsa-key', 'verifier.pub'], 'key-invalid'],
    ['no such key', ['--emit-vsa', 'x.json', '--vsa-verifier-id', VERIFIER, '--vsa-key', 'none.key'], 'file-unreadable'],
  ])('%s', async (_name, argv, code) => {
    const before = registry.log.length;
    const { exit, json: answer } = await json([...VERIFY, 'a.pub', ...argv, `${registry.host}/app:v1`]);
    expect(answer).toMatchObject({ errors: [{ code }] });
    expect(exit).toBe(2);
    expect(registry.log.length).toBe(before);
  });
});

async function sha256(bytes: Uint8Array): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(bytes).digest('hex');
}
