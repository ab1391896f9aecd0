/** `assay sign --format notation` and `assay sign-blob --format notation`: notation's flags, keys and configuration. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { openWritableLayout } from '../../src/oci/layout/writable-layout.ts';
import { notaryChain, pushImage, registrySink, sharedKey, startRegistry, type TestRegistry } from '../../src/testing/index.ts';
import { installPlugin, NOTARY } from './notation-lab.ts';

interface Ran {
  readonly code: number;
  readonly json: {
    readonly outcome?: string;
    readonly images?: readonly {
      readonly outcome: string;
      readonly digest: string;
      readonly evidence: readonly { readonly format: string; readonly digest: string }[];
      readonly errors: readonly { readonly code: string }[];
    }[];
    readonly files?: readonly { readonly outcome: string; readonly errors: readonly { readonly code: string }[] }[];
    readonly warnings?: readonly { readonly code: string }[];
    readonly errors: readonly { readonly code: string; readonly message: string }[];
  };
  readonly stdout: string;
}

let home: string;
let registry: TestRegistry;
let image: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-notation-cli-'));
  registry = await startRegistry();
  image = `${registry.host}/app@${pushImage(registrySink(registry.content, 'app'), 'app').digest}`;
  mkdirSync(join(home, 'notation'));
  for (const kind of ['p256', 'p384'] as const) {
    write(`${kind}.key`, sharedKey(kind, 'notary leaf').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    write(
      `${kind}.pem`,
      notaryChain(NOTARY, { keyKind: kind })
        .map((c) => c.pem)
        .join(''),
    );
  }
  write('root.pem', NOTARY.root.pem);
});
afterEach(async () => {
  await registry.close();
  rmSync(home, { recursive: true, force: true });
});

function write(file: string, content: string): string {
  writeFileSync(join(home, file), content);
  return join(home, file);
}

function configure(keys: object, config?: object): void {
  write('notation/signingkeys.json', JSON.stringify(keys));
  if (config !== undefined) write('notation/config.json', JSON.stringify(config));
}

const files = (kind: string): object => ({ name: kind, keyPath: join(home, `${kind}.key`), certPath: join(home, `${kind}.pem`) });

async function assay(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const out: Buffer[] = [];
  const io = {
    stdout: { write: (chunk: string | Uint8Array) => out.push(Buffer.from(chunk)) },
    stderr: { write: () => 0 },
    stdin: (async function* () {})(),
    env: { NOTATION_CONFIG: join(home, 'notation'), PATH: process.env.PATH, ...env },
    cwd: home,
    home,
    isTTY: { stdout: false, stderr: false },
    columns: 100,
    now: () => new Date(),
  };
  const code = await run([...argv, '--output', 'json'], io);
  const stdout = Buffer.concat(out).toString();
  return { code, stdout, json: JSON.parse(stdout) as Ran['json'] };
}

const sign = (...flags: readonly string[]): Promise<Ran> => assay(['sign', '--format', 'notation', ...flags, image]);
const misuse = async (ran: Promise<Ran>, code: string, part = ''): Promise<void> => {
  const { code: exit, json } = await ran;
  expect([exit, json.errors[0]?.code]).toEqual([2, code]);
  expect(json.errors[0]?.message).toContain(part);
};

describe("notation's ways to reach a registry", () => {
  const ALL = { name: 'all', registryScopes: ['*'], signatureVerification: { level: 'strict' }, trustedIdentities: ['*'] };
  const POLICY = { version: '1.0', trustPolicies: [{ ...ALL, trustStores: ['ca:acme'] }] };

  test('are its variables, for Notary Project signatures alone', async () => {
    const closed = await startRegistry({ auth: { kind: 'basic', username: 'me', password: 'secret' }, content: registry.content });
    const env = { NOTATION_USERNAME: 'me', NOTATION_PASSWORD: 'secret' };
    const there = image.replace(registry.host, closed.host);
    const made = ['sign', '--format', 'notation', '--key', 'p256.key', '--certificate', 'p256.pem', there];
    expect((await assay(made)).json.images?.[0]?.errors[0]?.code).toBe('registry-unauthorized');
    expect(await assay(made, env)).toMatchObject({ code: 0, json: { outcome: 'signed' } });
    expect((await assay([...made, '--registry-username', 'me', '--registry-password', 'guess'], env)).code).toBe(3);
    expect((await assay(made, { ...env, NOTATION_PASSWORD: '' })).code).toBe(3);
    write('policy.json', JSON.stringify(POLICY));
    mkdirSync(join(home, 'store/x509/ca/acme'), { recursive: true });
    write('store/x509/ca/acme/root.pem', NOTARY.root.pem);
    const read = await assay(['verify', '--trust-policy', 'policy.json', '--trust-store', 'store', there], env);
    expect(read.code, read.stdout).toBe(0);
    write('key.pub', sharedKey('p256', 'notary leaf').spkiPem);
    expect((await assay(['verify', '--key', 'key.pub', '--insecure-ignore-tlog', there], env)).code).toBe(3);
    await closed.close();
  });

  test.each([
    [['--insecure-registry'], '--allow-http-registry'],
    [['--oci-layout'], 'oci:FOLDER'],
    [['-u', 'me'], '--registry-username'],
    [['--password', 'x'], '--registry-password'],
    [['--allow-referrers-api'], 'leave it out'],
  ])('are told apart: %s', async (flags, hint) => {
    for (const line of [['sign', '--format', 'notation'], ['verify']]) {
      const { code, json } = await assay([...line, ...flags, image], { COSIGN_USERNAME: 'somebody' });
      expect([code, json.errors[0]?.code]).toEqual([2, 'unsupported']);
      expect(json.errors[0]).toMatchObject({ hint: expect.stringContaining(hint) });
    }
    expect((await assay(['verify', image], { COSIGN_USERNAME: 'somebody' })).json.errors[0]?.code).not.toBe('unsupported');
  });
});

describe('signing keys', () => {
  test('are found by name, and the default without one', async () => {
    configure({ default: 'p384', keys: [files('p256'), files('p384')] });
    const named = await sign('--key', 'p256');
    expect(named, named.stdout).toMatchObject({
      code: 0,
      json: { outcome: 'signed', images: [{ evidence: [{ format: 'notation-jws' }] }] },
    });
    const usual = await sign();
    expect(usual, usual.stdout).toMatchObject({ code: 0, json: { outcome: 'signed' } });
    expect(await sign('--key', 'p384')).toMatchObject({ code: 0, json: { outcome: 'kept' } });
    expect(await sign('--key', 'p384', '--force')).toMatchObject({ code: 0, json: { outcome: 'signed' } });
    await misuse(sign('--key', 'p521'), 'key-invalid', 'p521');
  });

  test('a file of the same name comes first, and needs certificates', async () => {
    configure({ keys: [files('p256')] });
    await misuse(sign('--key', 'p256.key'), 'usage-invalid', 'certificates');
    const made = await sign('--key', 'p256.key', '--certificate', 'p256.pem');
    expect(made, made.stdout).toMatchObject({ code: 0, json: { outcome: 'signed' } });
    await misuse(sign('--key', 'p384.key', '--certificate', 'p256.pem'), 'key-invalid', 'another key');
    await misuse(sign('--key', 'p256', '--certificate', 'p256.pem'), 'usage-invalid', 'its own certificates');
  });

  test('are none where there is no such file, or one that is broken', async () => {
    await misuse(sign(), 'key-invalid', 'which key');
    await misuse(sign('--key', 'p256'), 'key-invalid', 'neither a file nor a URI');
    for (const broken of [
      '{',
      '[]',
      '{"keys":{}}',
      '{"keys":[{"name":"p256"}]}',
      '{"keys":[{"keyPath":"a","certPath":"b"}]}',
      JSON.stringify({ keys: [files('p256'), files('p256')] }),
      JSON.stringify({ keys: [{ ...files('p256'), id: 'x', pluginName: 'y' }] }),
    ]) {
      write('notation/signingkeys.json', broken);
      await misuse(sign('--key', 'p256'), 'input-invalid');
    }
    configure({ default: 'gone', keys: [files('p256')] });
    await misuse(sign(), 'key-invalid', 'the default');
  });

  test('behind a plugin are configured in the file, and over that by flags', async () => {
    const plugin = installPlugin('p256', join(home, 'notation'));
    const pluginConfig = Object.fromEntries([...plugin.config, ['lie', 'other-key']]);
    configure({ default: 'hsm', keys: [{ name: 'hsm', id: 'key-1', pluginName: plugin.name, pluginConfig }] });
    const lied = await sign('--plugin-digest', plugin.pin);
    expect(lied, lied.stdout).toMatchObject({
      code: 1,
      json: { images: [{ outcome: 'failed', errors: [{ code: 'self-verification-failed' }] }] },
    });
    const honest = await sign('--plugin-digest', plugin.pin, '--plugin-config', 'lie=none');
    expect(honest, honest.stdout).toMatchObject({ code: 0, json: { outcome: 'signed' } });
    const [name = '', digest = ''] = plugin.pin.split('=');
    write('pins', `${name} ${digest}\n`);
    expect(await sign('--plugin-pins', 'pins', '--plugin-config', 'lie=none', '--key', 'hsm')).toMatchObject({ json: { outcome: 'kept' } });
    const unpinned = await sign();
    expect([unpinned.code, unpinned.json.errors[0]?.code]).toEqual([3, 'plugin-unavailable']);
    await misuse(sign('--plugin', plugin.name), 'usage-invalid', '--id');
    await misuse(sign('--plugin', plugin.name, '--id', 'x', '--key', 'hsm'), 'usage-invalid', 'exclude');
  });
});

describe("notation's config.json", () => {
  test('says the form, which flags override', async () => {
    configure({ default: 'p256', keys: [files('p256')] }, { signatureFormat: 'cose' });
    expect(await sign()).toMatchObject({ json: { images: [{ evidence: [{ format: 'notation-cose' }] }] } });
    expect(await sign('--signature-format', 'jws')).toMatchObject({ json: { images: [{ evidence: [{ format: 'notation-jws' }] }] } });
    configure({ default: 'p256', keys: [files('p256')] }, { signatureFormat: 'jwt' });
    await misuse(sign(), 'input-invalid', 'signatureFormat');
  });

  test('says which registries are spoken to by plain HTTP', async () => {
    const { withInsecureRegistries } = await import('../../src/cli/sign/notation-keys.ts');
    const options = { flag: () => false } as unknown as Parameters<typeof withInsecureRegistries>[0];
    const config = { insecureRegistries: new Set(['a.example']), signatureFormat: undefined };
    expect(withInsecureRegistries(options, ['a.example'], config).flag('allow-http-registry')).toBe(true);
    expect(withInsecureRegistries(options, ['a.example'], config).flag('allow-insecure-registry')).toBe(false);
    expect(withInsecureRegistries(options, ['b.example'], config)).toBe(options);
    expect(() => withInsecureRegistries(options, ['a.example', 'b.example'], config)).toThrow(
      expect.objectContaining({ code: 'usage-invalid' }),
    );
  });
});

describe('flags', () => {
  beforeEach(() => configure({ default: 'p256', keys: [files('p256')] }));

  test.each([
    [['--format', 'bundle', '--key', 'p256.key', '--expiry', '1h'], 'usage-invalid'],
    [['--key', 'p256.key', '--user-metadata', 'a=b'], 'usage-invalid'],
    [['--format', 'notation-cose', '--signature-format', 'jws'], 'usage-invalid'],
    [['--format', 'notation', '--rekor-url', 'https://rekor.example'], 'usage-invalid'],
    [['--format', 'notation', '--tlog-upload=false'], 'usage-invalid'],
    [['--format', 'notation', '--bundle', 'x'], 'usage-invalid'],
    [['--format', 'notation', '--timestamp-url', 'http://127.0.0.1:1'], 'usage-invalid'],
    [['--format', 'notation', '--timestamp-root-cert', 'root.pem'], 'usage-invalid'],
    [['--format', 'notation', '--timestamp-url', 'http://127.0.0.1:1', '--timestamp-root-cert', 'p256.pem'], 'trust-invalid'],
    [['--format', 'notation', '--expiry', '1500ms'], 'usage-invalid'],
    [['--format', 'notation', '--expiry', '0'], 'usage-invalid'],
    [['--format', 'notation', '-m', 'novalue'], 'usage-invalid'],
    [['--format', 'notation', '-m', 'a=b', '-a', 'a=c'], 'usage-invalid'],
    [['--format', 'notation', '--force-referrers-tag'], 'unsupported'],
    [['--format', 'notation', '--plugin-digest', 'x'], 'usage-invalid'],
    [['--format', 'notation', '--signing-scheme', 'x509-other'], 'usage-invalid'],
  ])('%j is misuse, and nothing is written', async (flags, code) => {
    await misuse(assay(['sign', ...flags, image]), code);
    expect(registry.log.filter((r) => r.method !== 'GET' && r.method !== 'HEAD')).toEqual([]);
  });

  test('of notation work by their names', async () => {
    const made = await sign(
      '-m',
      'a=b',
      '-a',
      'c=d',
      '-e',
      '1h',
      '--signing-scheme',
      'signing-authority',
      '--force-referrers-tag=false',
      '--signature-format',
      'cose',
    );
    expect(made, made.stdout).toMatchObject({
      code: 0,
      json: { outcome: 'signed', images: [{ evidence: [{ format: 'notation-cose' }] }] },
    });
  });

  test('reserved metadata is misuse', async () => {
    const made = await sign('-m', 'io.cncf.notary.x=1');
    expect(made.json.images?.[0]?.errors[0]?.code ?? made.json.errors[0]?.code).toBe('usage-invalid');
    expect(made.code).toBe(2);
  });

  test('an image that is not there is not signed', async () => {
    const { code, json } = await assay(['sign', '--format', 'notation', `${registry.host}/app:none`]);
    expect(code).not.toBe(0);
    expect(json.images?.[0]?.errors[0]?.code).toBe('not-found');
  });
});

test('an image in a layout is signed where it lies', async () => {
  configure({ default: 'p256', keys: [files('p256')] });
  const layout = await openWritableLayout(join(home, 'layout'), { create: true });
  const config = await layout.writeBlob(Buffer.from('{}'), { mediaType: 'application/vnd.oci.image.config.v1+json' });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  await layout.writeManifest(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] })), { tag: 'v1' });
  const signed = await assay(['sign', '--format', 'notation', '-m', 'stage=prod', 'oci:layout:v1']);
  expect(signed, signed.stdout).toMatchObject({ code: 0, json: { outcome: 'signed' } });
  expect(await assay(['sign', '--format', 'notation', '-m', 'stage=prod', 'oci:layout:v1'])).toMatchObject({ json: { outcome: 'kept' } });
  mkdirSync(join(home, 'store/x509/ca/acme'), { recursive: true });
  write('store/x509/ca/acme/root.pem', NOTARY.root.pem);
  const level = { signatureVerification: { level: 'strict' }, trustStores: ['ca:acme'], trustedIdentities: ['*'] };
  write('policy.json', JSON.stringify({ version: '1.0', trustPolicies: [{ name: 'all', registryScopes: ['*'], ...level }] }));
  const flags = ['--trust-policy', 'policy.json', '--trust-store', 'store', '--scope', 'registry.example/app'];
  const verified = await assay(['verify', ...flags, '-m', 'stage=prod', 'oci:layout:v1']);
  expect(verified, verified.stdout).toMatchObject({ code: 0, json: { outcome: 'verified' } });
});

describe('files', () => {
  const trust = {
    version: '1.0',
    trustPolicies: [
      { name: 'all', globalPolicy: true, signatureVerification: { level: 'strict' }, trustStores: ['ca:acme'], trustedIdentities: ['*'] },
    ],
  };
  beforeEach(() => {
    configure({ default: 'p384', keys: [files('p256'), files('p384')] });
    write('file.txt', 'content');
    mkdirSync(join(home, 'store/x509/ca/acme'), { recursive: true });
    write('store/x509/ca/acme/root.pem', NOTARY.root.pem);
    write('blobs.json', JSON.stringify(trust));
  });
  const signFile = (...flags: readonly string[]): Promise<Ran> => assay(['sign-blob', '--format', 'notation', ...flags, 'file.txt']);
  const verify = async (signature: string, ...flags: readonly string[]): Promise<number> =>
    (await assay(['verify-blob', '--trust-policy', 'blobs.json', '--trust-store', 'store', '--signature', signature, ...flags, 'file.txt']))
      .code;

  test.each(['jws', 'cose'])('are signed as FILE.%s.sig, which verifies', async (form) => {
    const made = await signFile('--signature-format', form, '-m', 'stage=prod', '--media-type', 'text/plain');
    expect(made, made.stdout).toMatchObject({ code: 0, json: { outcome: 'signed' } });
    expect(await verify(`file.txt.${form}.sig`, '-m', 'stage=prod', '--media-type', 'text/plain')).toBe(0);
    expect(await verify(`file.txt.${form}.sig`, '-m', 'stage=dev')).toBe(1);
    write('file.txt', 'other content');
    expect(await verify(`file.txt.${form}.sig`)).toBe(1);
  });

  test('keep a signature that says the same; another file is replaced by force alone', async () => {
    expect(await signFile()).toMatchObject({ code: 0, json: { outcome: 'signed' } });
    const first = digestOf(readFileSync(join(home, 'file.txt.jws.sig')));
    expect(await signFile()).toMatchObject({ code: 0, json: { outcome: 'kept' } });
    expect(digestOf(readFileSync(join(home, 'file.txt.jws.sig')))).toBe(first);
    const other = await signFile('--key', 'p256');
    expect([other.code, other.json.files?.[0]?.errors[0]?.code]).toEqual([2, 'usage-invalid']);
    expect(await signFile('--key', 'p256', '--force')).toMatchObject({ code: 0, json: { outcome: 'signed' } });
    write('file.txt.jws.sig', 'something else');
    expect((await signFile()).code).toBe(2);
    expect(readFileSync(join(home, 'file.txt.jws.sig'), 'utf8')).toBe('something else');
  });

  test('go to the folder that was named', async () => {
    mkdirSync(join(home, 'signatures'));
    expect(await signFile('--signature-directory', 'signatures')).toMatchObject({ code: 0 });
    expect(await verify('signatures/file.txt.jws.sig')).toBe(0);
  });
});
