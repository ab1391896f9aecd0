import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import {
  createVirtualSigstore,
  type KeyKind,
  pushImage,
  pushIndex,
  registrySink,
  sharedKey,
  type VirtualSigstore,
} from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { type SigstoreServices, startSigstoreServices } from '../../src/testing/services/index.ts';

let folder: string;
let registry: TestRegistry;
let sigstore: VirtualSigstore;
let services: SigstoreServices;
let count = 0;

const KINDS: readonly KeyKind[] = ['p256', 'p384', 'p521', 'rsa2048', 'ed25519'];
const TYPE = 'https://acme.example/review/v1';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-services-'));
  registry = await startRegistry();
  sigstore = createVirtualSigstore({ now: new Date(Math.floor(Date.now() / 1000) * 1000) });
  services = await startSigstoreServices(sigstore);
  write('root.json', JSON.stringify(sigstore.trustedRoot()));
  write('v1.json', JSON.stringify(services.signingConfig(1)));
  write('v2.json', JSON.stringify(services.signingConfig(2)));
  write('v2-no-tsa.json', JSON.stringify({ ...services.signingConfig(2), tsaUrls: [] }));
  for (const kind of KINDS) {
    const key = sharedKey(kind);
    write(`${kind}.key`, key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    write(`${kind}.pub`, key.spkiPem);
  }
  write('predicate.json', '{"reviewed":true,"count":12345678901234567890}');
  write('artifact', 'the artifact');
});

afterEach(() => {
  services.faults.clear();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([registry.close(), services.close()]);
});

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

function image(): { readonly reference: string; readonly digest: string } {
  const name = `image-${count++}`;
  const pushed = pushImage(registrySink(registry.content, name), name);
  return { reference: `${registry.host}/${name}@${pushed.digest}`, digest: pushed.digest };
}

type Json = Readonly<Record<string, unknown>>;

async function assay(...argv: readonly string[]): Promise<{ exit: number; stdout: string; stderr: string; json: Json }> {
  return assayWith({}, ...argv);
}

async function assayWith(
  env: Readonly<Record<string, string>>,
  ...argv: readonly string[]
): Promise<{ exit: number; stdout: string; stderr: string; json: Json }> {
  const [out, err]: Buffer[][] = [[], []];
  const exit = await run([...argv, '--output', 'json'], {
    stdout: { write: (chunk) => out?.push(Buffer.from(chunk)) },
    stderr: { write: (chunk) => err?.push(Buffer.from(chunk)) },
    stdin: (async function* () {})(),
    env,
    cwd: folder,
    home: folder,
    isTTY: { stdout: false, stderr: false },
    columns: 120,
    now: () => new Date(),
  });
  const stdout = Buffer.concat(out ?? []).toString();
  return { exit, stdout, stderr: Buffer.concat(err ?? []).toString(), json: JSON.parse(stdout) as Json };
}

const TRUST = ['--trusted-root', 'root.json'];

function keyless(): readonly string[] {
  return ['--identity-token', services.token()];
}

function who(): readonly string[] {
  return ['--certificate-identity', 'dev@example.test', '--certificate-oidc-issuer', services.issuer];
}

describe.each(['keyless', ...KINDS])('%s', (signer) => {
  test.each([
    ['v1', 'bundle'],
    ['v2', 'bundle'],
    ['v1', 'cosign-tag'],
  ])('an image, logged by Rekor %s, as %s', async (log, form) => {
    const { reference } = image();
    const by = signer === 'keyless' ? keyless() : ['--key', `${signer}.key`];
    const argv = ['sign', ...by, ...TRUST, '--signing-config', `${log}.json`, '--format', form, reference];
    const signed = await assay(...argv);
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', images: [{ evidence: [{ log: [{}] }] }] });
    const asked = signer === 'keyless' ? who() : ['--key', `${signer}.pub`];
    const verified = await assay('verify', ...asked, ...TRUST, reference);
    expect(verified.json, verified.stdout).toMatchObject({ outcome: 'verified' });
    expect((await assay(...argv)).json).toMatchObject({ outcome: 'kept' });
  });

  test.each([
    ['v1', 'bundle'],
    ['v2', 'bundle'],
    ['v1', 'cosign-tag'],
  ])('an attestation, logged by Rekor %s, as %s', async (log, form) => {
    const { reference } = image();
    const by = signer === 'keyless' ? keyless() : ['--key', `${signer}.key`];
    const argv = [
      'attest',
      '--type',
      TYPE,
      '--predicate',
      'predicate.json',
      ...by,
      ...TRUST,
      '--signing-config',
      `${log}.json`,
      '--format',
      form,
    ];
    const signed = await assay(...argv, reference);
    expect(signed.json, signed.stdout).toMatchObject({
      outcome: 'signed',
      images: [{ evidence: [{ kind: 'attestation', predicateType: TYPE }] }],
    });
    const asked = signer === 'keyless' ? who() : ['--key', `${signer}.pub`];
    expect((await assay('verify-attestation', '--type', TYPE, ...asked, ...TRUST, reference)).json).toMatchObject({ outcome: 'verified' });
    expect((await assay(...argv, reference)).json).toMatchObject({ outcome: 'kept' });
    write('other.json', '{"reviewed":false}');
    const replaced = await assay(...argv.map((a) => (a === 'predicate.json' ? 'other.json' : a)), '--replace', reference);
    expect(replaced.json, replaced.stderr).toMatchObject({
      outcome: 'signed',
      images: [{ replaced: [expect.stringMatching(/^sha256:/)] }],
    });
    const left = await assay('verify-attestation', '--type', TYPE, ...asked, ...TRUST, reference);
    expect(left.json, left.stdout).toMatchObject({ outcome: 'verified', images: [{ evidence: { length: 1 } }] });
  });

  test.each(['v1', 'v2'])('a file, logged by Rekor %s', async (log) => {
    const by = signer === 'keyless' ? keyless() : ['--key', `${signer}.key`];
    const asked = signer === 'keyless' ? who() : ['--key', `${signer}.pub`];
    const file = `artifact-${signer}-${log}`;
    write(file, `content of ${file}`);
    const argv = ['sign-blob', ...by, ...TRUST, '--signing-config', `${log}.json`, file];
    const signed = await assay(...argv);
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', files: [{ files: { bundle: `${file}.sigstore.json` } }] });
    const verify = (name: string) => assay('verify-blob', ...asked, ...TRUST, '--bundle', `${file}.sigstore.json`, name);
    expect((await verify(file)).json).toMatchObject({ outcome: 'verified' });
    expect((await verify('artifact')).json).toMatchObject({ outcome: 'invalid' });
    expect((await assay(...argv)).json).toMatchObject({ outcome: 'kept' });
    const attest = [
      'attest-blob',
      ...by,
      ...TRUST,
      '--signing-config',
      `${log}.json`,
      '--type',
      TYPE,
      '--predicate',
      'predicate.json',
      '--bundle',
      `${file}.att`,
      file,
    ];
    const attested = await assay(...attest);
    expect(attested.json, attested.stderr).toMatchObject({ outcome: 'signed' });
    const whether = await assay('verify-blob-attestation', '--type', TYPE, ...asked, ...TRUST, '--bundle', `${file}.att`, file);
    expect(whether.json, whether.stdout).toMatchObject({ outcome: 'verified' });
    expect((await assay(...attest)).json).toMatchObject({ outcome: 'kept' });
  });
});

describe('what goes wrong', () => {
  const sign = (...more: readonly string[]) => ['sign', ...TRUST, ...more];

  async function refused(
    argv: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ exit: number; code: string; stdout: string }> {
    const { reference } = image();
    const { exit, json, stdout } = await assayWith(env, ...argv, reference);
    const writes = registry.log.filter((l) => l.method !== 'GET' && l.method !== 'HEAD' && l.target.includes(`image-${count - 1}/`));
    expect(writes, stdout).toEqual([]);
    const errors = (json.images as { errors: { code: string }[] }[] | undefined)?.[0]?.errors ?? (json.errors as { code: string }[]);
    return { exit, code: errors[0]?.code ?? '', stdout };
  }

  test('a Rekor v2 log states no time: a certificate without a timestamp authority is refused before anything is signed', async () => {
    const before = services.log.length;
    const answer = await refused(sign(...keyless(), '--signing-config', 'v2-no-tsa.json'));
    expect(answer, answer.stdout).toMatchObject({ exit: 2, code: 'signing-config-invalid' });
    expect(services.log.slice(before)).toEqual([]);
    // A key needs no time.
    const { reference } = image();
    expect((await assay(...sign('--key', 'p256.key', '--signing-config', 'v2-no-tsa.json'), reference)).json).toMatchObject({
      outcome: 'signed',
    });
  });

  test("cosign's tag form has no place for Rekor v2, and that is said before anything is signed", async () => {
    const before = services.log.length;
    const answer = await refused(sign('--key', 'p256.key', '--signing-config', 'v2.json', '--format', 'cosign-tag'));
    expect(answer, answer.stdout).toMatchObject({ exit: 2, code: 'signing-config-invalid' });
    expect(services.log.slice(before)).toEqual([]);
  });

  test('a trust root that does not know the services: nothing is written', async () => {
    write('strangers.json', JSON.stringify(createVirtualSigstore({ name: 'strangers', now: sigstore.now }).trustedRoot()));
    const answer = await refused(['sign', '--trusted-root', 'strangers.json', '--key', 'p256.key', '--signing-config', 'v1.json']);
    expect(answer, answer.stdout).toMatchObject({ exit: 1, code: 'self-verification-failed' });
    const { reference } = image();
    const skipped = await assay('sign', '--unsafe-skip-self-verification', '--key', 'p256.key', '--signing-config', 'v1.json', reference);
    expect(skipped.json, skipped.stdout).toMatchObject({ outcome: 'signed', warnings: [{ code: 'weakened' }] });
    expect((await assay('verify', '--key', 'p256.pub', ...TRUST, reference)).json).toMatchObject({ outcome: 'verified' });
  });

  test.each([
    ['expired', { exp: 1_700_000_000 }, 'token-invalid', 2],
    ['for another audience', { aud: 'somebody' }, 'token-invalid', 2],
  ])('a token that is %s', async (_, claims, code, exit) => {
    const answer = await refused(sign('--identity-token', services.token(claims), '--signing-config', 'v1.json'));
    expect(answer, answer.stdout).toMatchObject({ exit, code });
    expect(answer.stdout).not.toContain('eyJ');
  });

  test.each([
    ['v1', 'inclusion-proof', 'p256'],
    ['v1', 'another-entry', 'p256'],
    ['v1', 'promise', 'p256'],
    ['v1', 'checkpoint', 'p256'],
    ['v2', 'inclusion-proof', 'p256'],
    ['v2', 'another-entry', 'p256'],
    ['v2', 'checkpoint', 'p256'],
    ['v2', 'imprint', 'p256'],
    ['v2', 'nonce', 'p256'],
    ['v2', 'signature', 'keyless'],
    ['v1', 'key', 'keyless'],
    ['v1', 'identity', 'keyless'],
    ['v1', 'sct', 'keyless'],
    ['v1', 'chain', 'keyless'],
  ] as const)('Rekor %s, and a service that lies about the %s', async (log, lie, signer) => {
    const by = signer === 'keyless' ? keyless() : ['--key', `${signer}.key`];
    services.faults.add({ kind: 'lie', lie });
    const answer = await refused(sign(...by, '--signing-config', `${log}.json`));
    expect(answer, answer.stdout).toMatchObject({ exit: 1, code: expect.stringMatching(/^(?:service-lied|self-verification-failed)$/) });
  });

  test('a log that is down', async () => {
    services.faults.add({ kind: 'status', status: 503, match: '/api/v1/log' });
    const answer = await refused(sign('--key', 'p256.key', '--signing-config', 'v1.json'));
    expect(answer, answer.stdout).toMatchObject({ exit: 3, code: 'service-unavailable' });
  });
});

describe('other places and files', () => {
  const local = ['--key', 'p256.key', '--tlog-upload=false'];
  const check = ['--key', 'p256.pub', '--insecure-ignore-tlog'];

  test.each(['bundle', 'cosign-tag'])('evidence in another repository, in the form %s', async (form) => {
    const { reference } = image();
    const env = { COSIGN_REPOSITORY: `${registry.host}/evidence/${form}` };
    const signed = await assayWith(env, 'sign', ...local, '--format', form, reference);
    expect(signed.json, signed.stdout).toMatchObject({
      outcome: 'signed',
      images: [{ evidence: [{ stored: { repository: env.COSIGN_REPOSITORY } }] }],
    });
    expect((await assayWith(env, 'verify', ...check, reference)).json).toMatchObject({ outcome: 'verified' });
    expect((await assay('verify', ...check, reference)).json).toMatchObject({ outcome: 'unsigned' });
    expect((await assayWith(env, 'sign', ...local, '--format', form, reference)).json).toMatchObject({ outcome: 'kept' });
  });

  test('tags with a prefix, and several names of an image', async () => {
    const { reference } = image();
    const argv = [
      'sign',
      ...local,
      '--format',
      'cosign-tag',
      '--attachment-tag-prefix',
      'x-',
      '--sign-container-identity',
      'a.example/x,b.example/y',
      reference,
    ];
    const signed = await assay(...argv);
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', images: [{ evidence: { length: 2 } }] });
    expect((await assay('verify', ...check, '--attachment-tag-prefix', 'x-', reference)).json).toMatchObject({ outcome: 'verified' });
    expect((await assay('verify', ...check, reference)).json).toMatchObject({ outcome: 'unsigned' });
  });

  test('a payload that was generated, and one about another image', async () => {
    const { reference } = image();
    write(
      'payload',
      JSON.stringify({
        critical: {
          identity: { 'docker-reference': 'x' },
          image: { 'docker-manifest-digest': reference.split('@')[1] },
          type: 'cosign container image signature',
        },
        optional: null,
      }),
    );
    const argv = ['sign', ...local, '--format', 'cosign-tag', '--payload', 'payload'];
    expect((await assay(...argv, reference)).json).toMatchObject({ outcome: 'signed' });
    expect((await assay('verify', ...check, reference)).json).toMatchObject({ outcome: 'verified' });
    expect(await assay(...argv, image().reference)).toMatchObject({
      exit: 1,
      json: { images: [{ errors: [{ code: 'payload-invalid' }] }] },
    });
  });

  test('whole statements, about the image and about another', async () => {
    const { reference, digest } = image();
    const subject = [
      { name: 'other', digest: { sha256: '0'.repeat(64) } },
      { name: 'this', digest: { sha256: digest.slice(7) } },
    ];
    write(
      'statement.json',
      JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType: TYPE, predicate: { a: 1 } }),
    );
    const argv = ['attest', ...local, '--statement', 'statement.json'];
    expect((await assay(...argv, reference)).json).toMatchObject({ outcome: 'signed' });
    expect((await assay('verify-attestation', '--type', TYPE, ...check, reference)).json).toMatchObject({ outcome: 'verified' });
    expect(await assay(...argv, image().reference)).toMatchObject({
      exit: 1,
      json: { images: [{ errors: [{ code: 'statement-invalid' }] }] },
    });
    expect((await assayWith({ COSIGN_NO_UPLOAD: 'true' }, ...argv, '--force', reference)).json).toMatchObject({
      images: [{ evidence: [{ stored: null }] }],
    });
  });

  test.each(['bundle', 'cosign-tag'])('custom predicates are kept whatever the time, in the form %s', async (form) => {
    const { reference } = image();
    const argv = ['attest', ...local, '--format', form, '--predicate', 'artifact', reference];
    expect((await assay(...argv)).json).toMatchObject({ outcome: 'signed' });
    expect((await assay(...argv)).json).toMatchObject({ outcome: 'kept' });
  });

  test("cosign's old files", async () => {
    const outputs = ['--output-signature', 'old.sig', '--bundle', 'old.bundle', '--rfc3161-timestamp', 'old.tsr'];
    const services1 = ['--use-signing-config=false', '--rekor-url', services.url, '--timestamp-server-url', services.timestampUrl];
    const signed = await assay(
      'sign-blob',
      '--key',
      'p384.key',
      ...TRUST,
      ...services1,
      '--new-bundle-format=false',
      ...outputs,
      'artifact',
    );
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed' });
    const key = ['--key', 'p384.pub', ...TRUST];
    expect((await assay('verify-blob', ...key, '--bundle', 'old.bundle', 'artifact')).json).toMatchObject({ outcome: 'verified' });
    const detached = ['--signature', 'old.sig', '--rfc3161-timestamp', 'old.tsr', '--use-signed-timestamps', '--insecure-ignore-tlog'];
    expect((await assay('verify-blob', ...key, ...detached, 'artifact')).json).toMatchObject({ outcome: 'verified' });
    const outputsOfCertificate = ['--output-certificate', 'old.crt', '--output-signature', 'old.sig', '--bundle', 'old.bundle'];
    const services2 = [
      '--use-signing-config=false',
      '--rekor-url',
      services.url,
      '--fulcio-url',
      services.url,
      '--new-bundle-format=false',
    ];
    const certified = await assay('sign-blob', ...keyless(), ...TRUST, ...services2, ...outputsOfCertificate, 'artifact');
    expect(certified.json, certified.stdout).toMatchObject({ outcome: 'signed' });
    expect((await assay('verify-blob', ...who(), ...TRUST, '--bundle', 'old.bundle', 'artifact')).json).toMatchObject({
      outcome: 'verified',
    });
    expect(Buffer.from(readFileSync(join(folder, 'old.crt'), 'utf8'), 'base64').toString()).toContain('BEGIN CERTIFICATE');
  });

  test('several files, stdin alone, and one that is missing', async () => {
    for (const name of ['one', 'two']) write(name, name);
    const signed = await assay('sign-blob', ...local, 'one', 'missing', 'two');
    expect(signed).toMatchObject({
      exit: 2,
      json: { outcome: 'failed', files: [{ outcome: 'signed' }, { errors: [{ code: 'file-unreadable' }] }, { outcome: 'signed' }] },
    });
    expect(existsSync(join(folder, 'two.sigstore.json'))).toBe(true);
    expect(await assay('sign-blob', ...local, '--bundle', 'x', 'one', 'two')).toMatchObject({
      exit: 2,
      json: { errors: [{ code: 'usage-invalid' }] },
    });
  });

  test('an algorithm that is asked for, of a key that has it and of one that has not', async () => {
    write('algorithm', 'x');
    const argv = (name: string) => [
      'sign-blob',
      '--key',
      'rsa2048.key',
      '--tlog-upload=false',
      '--force',
      '--signing-algorithm',
      name,
      'algorithm',
    ];
    expect((await assay(...argv('rsa-sign-pss-2048-sha256'))).json).toMatchObject({ outcome: 'signed' });
    expect(
      (await assay('verify-blob', '--key', 'rsa2048.pub', '--insecure-ignore-tlog', '--bundle', 'algorithm.sigstore.json', 'algorithm'))
        .json,
    ).toMatchObject({ outcome: 'verified' });
    expect((await assay(...argv('ecdsa-sha2-256-nistp256'))).json).toMatchObject({
      files: [{ errors: [{ code: 'algorithm-unsupported' }] }],
    });
  });

  test('a key of ones own with a certificate of the service', async () => {
    const { reference } = image();
    const signed = await assay(
      'sign',
      '--key',
      'p384.key',
      '--issue-certificate',
      ...keyless(),
      ...TRUST,
      '--signing-config',
      'v1.json',
      reference,
    );
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed' });
    expect((await assay('verify', ...who(), ...TRUST, reference)).json).toMatchObject({ outcome: 'verified' });
  });

  test('what would be printed beside the JSON is misuse, before anything is signed', async () => {
    const before = services.log.length;
    for (const argv of [
      ['sign-blob', '--bundle', '-', 'artifact'],
      ['sign-blob', '-'],
      ['sign', '--bundle', '-', image().reference],
      ['sign', '--output-signature', '-', image().reference],
    ]) {
      const ran = await assay(...argv, '--key', 'p256.key', ...TRUST, '--signing-config', 'v1.json');
      expect(ran, ran.stdout).toMatchObject({ exit: 2, json: { errors: [{ code: 'usage-invalid' }] } });
    }
    expect(services.log).toHaveLength(before);
  });

  test.each([
    ['dsse', 'bundle'],
    ['dsse', 'cosign-tag'],
    ['intoto', 'cosign-tag'],
  ])('an envelope entered in Rekor v1 as %s, in the form %s, with a timestamp', async (entry, form) => {
    const { reference } = image();
    const services1 = [
      '--use-signing-config=false',
      '--rekor-url',
      services.url,
      '--rekor-entry-type',
      entry,
      '--timestamp-server-url',
      services.timestampUrl,
    ];
    const argv = [
      'attest',
      '--key',
      'p256.key',
      ...TRUST,
      ...services1,
      '--format',
      form,
      '--type',
      TYPE,
      '--predicate',
      'predicate.json',
      reference,
    ];
    const signed = await assay(...argv);
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', images: [{ evidence: [{ log: [{}], times: { length: 2 } }] }] });
    const check = ['--key', 'p256.pub', '--use-signed-timestamps', ...TRUST];
    expect((await assay('verify-attestation', '--type', TYPE, ...check, reference)).json).toMatchObject({ outcome: 'verified' });
  });

  test('an index is signed with one certificate for everything in it', async () => {
    const sink = registrySink(registry.content, 'whole');
    const index = pushIndex(
      sink,
      ['x', 'y', 'z'].map((n) => pushImage(sink, n)),
    );
    const before = services.log.length;
    const signed = await assay(
      'sign',
      '--recursive',
      ...keyless(),
      ...TRUST,
      '--signing-config',
      'v1.json',
      `${registry.host}/whole@${index.digest}`,
    );
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', images: { length: 4 } });
    expect(services.log.slice(before).filter((l) => l.target === '/api/v2/signingCert')).toHaveLength(1);
  });
});
