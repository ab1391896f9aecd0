import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

interface Answer {
  readonly exit: number;
  readonly stderr: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shapes of two commands
  readonly json: Record<string, never> & { readonly outcome?: string };
}

async function assay(...argv: readonly string[]): Promise<{ exit: number; stdout: string; stderr: string; json: Answer['json'] }> {
  const [out, err]: Buffer[][] = [[], []];
  const exit = await run([...argv, '--output', 'json'], {
    stdout: { write: (chunk) => out?.push(Buffer.from(chunk)) },
    stderr: { write: (chunk) => err?.push(Buffer.from(chunk)) },
    stdin: (async function* () {})(),
    env: {},
    cwd: folder,
    home: folder,
    isTTY: { stdout: false, stderr: false },
    columns: 120,
    now: () => new Date(),
  });
  const stdout = Buffer.concat(out ?? []).toString();
  return { exit, stdout, stderr: Buffer.concat(err ?? []).toString(), json: JSON.parse(stdout) as Answer['json'] };
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
