import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeLayout } from '../../src/oci/layout/index.ts';
import {
  type Certificate,
  makeNotaryAuthority,
  type NotaryEnvelopeOptions,
  notaryChain,
  notaryEnvelope,
  notaryPayload,
  type Pushed,
  pushImage,
  pushNotation,
  registrySink,
  startRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { makeList, points } from '../trust/revocation/mint.ts';
import { assay, type Surroundings } from './harness.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const DAY = 86_400_000;
const ago = (days: number): Date => new Date(NOW.getTime() - days * DAY);
const ME = 'x509.subject: C=US, ST=WA, O=acme';

const acme = makeNotaryAuthority({ name: 'acme', now: NOW });
const chain = notaryChain(acme);
const revocable = notaryChain(acme, { extensions: (usual) => [...usual, points([['http://127.0.0.1:9/acme.crl']])] });
const stranger = notaryChain(makeNotaryAuthority({ name: 'evil', now: NOW }));

let registry: TestRegistry;
let folder = '';
const images = new Map<string, Pushed>();

function sign(
  name: string,
  by: readonly Certificate[] = chain,
  options: Partial<NotaryEnvelopeOptions> & { metadata?: Record<string, string> } = {},
): void {
  const { metadata, ...more } = options;
  const sink = registrySink(registry.content, name);
  const image = images.get(name) ?? pushImage(sink, name, { tag: 'v1' });
  images.set(name, image);
  const target = {
    mediaType: image.mediaType,
    digest: image.digest,
    size: image.size,
    ...(metadata === undefined ? {} : { annotations: metadata }),
  };
  pushNotation(sink, image, notaryEnvelope(by, notaryPayload(target), { at: ago(2), ...more }));
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function statement(change: object = {}): object {
  return {
    name: 'acme',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: [ME],
    ...change,
  };
}

/** Writes a trust policy of these statements and answers its path. */
function policy(name: string, ...statements: readonly object[]): string {
  return write(`${name}.json`, JSON.stringify({ version: '1.0', trustPolicies: statements }));
}

const level = (name: string, override?: object): object =>
  statement({ signatureVerification: { level: name, ...(override === undefined ? {} : { override }) } });

interface Answer {
  readonly outcome: string;
  readonly exit: number;
  readonly stderr: string;
  readonly code: string | undefined;
  readonly reasons: string;
  readonly verdict: string | undefined;
  readonly checks: readonly { readonly id: string; readonly result: string; readonly reason: string; readonly enforced?: boolean }[];
}

async function ask(argv: readonly string[], around: Surroundings = {}): Promise<Answer> {
  const { stdout, stderr, exit } = await assay([...argv, '--output', 'json'], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '' },
    ...around,
  });
  const answer = JSON.parse(stdout.toString());
  const subject = (answer.images ?? answer.files ?? [])[0];
  return {
    outcome: answer.outcome ?? 'none',
    exit,
    stderr,
    code: answer.errors?.[0]?.code,
    reasons: [...(subject?.reasons ?? []), ...(answer.errors ?? []).map((e: { message: string }) => e.message)].join('\n'),
    verdict: subject?.decision?.verdict,
    checks: (subject?.evidence ?? []).flatMap((e: { checks: unknown[] }) => e.checks),
  };
}

const verify = (name: string, file: string, ...more: readonly string[]): Promise<Answer> =>
  ask(['verify', '--trust-policy', file, '--trust-store', 'truststore', '--offline', ...more, `${registry.host}/${name}:v1`]);

beforeAll(async () => {
  registry = await startRegistry();
  folder = mkdtempSync(join(tmpdir(), 'assay-trust-policy-'));
  write('truststore/x509/ca/acme/root.pem', acme.root.pem);
  write('truststore/x509/ca/broken/leaf.pem', chain[0]?.pem ?? '');
  sign('signed', chain, { metadata: { stage: 'prod', team: 'core' } });
  sign('cose', chain, { form: 'cose' });
  sign('strange', stranger);
  sign('expired', chain, { expiry: ago(1) });
  sign('revocable', revocable);
  sign('plugged', chain, { plugin: { name: 'com.acme.check' }, attributes: [{ name: 'acme.ticket', value: '42', critical: true }] });
  pushImage(registrySink(registry.content, 'unsigned'), 'unsigned', { tag: 'v1' });
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

describe('verify --trust-policy', () => {
  test.each(['signed', 'cose'])('takes what the trust store and the identities vouch for: %s', async (name) => {
    expect(await verify(name, policy('p', statement()))).toMatchObject({ exit: 0, outcome: 'verified', verdict: 'allow' });
  });

  test('refuses strangers, other identities and images without a signature', async () => {
    const other = policy('other', statement({ trustedIdentities: ['x509.subject: C=US, ST=WA, O=umbrella'] }));
    expect(await verify('strange', policy('p', statement()))).toMatchObject({ exit: 1, outcome: 'untrusted', verdict: 'deny' });
    expect(await verify('signed', other)).toMatchObject({ exit: 1, outcome: 'untrusted' });
    expect(await verify('unsigned', policy('p', statement()))).toMatchObject({ exit: 1, outcome: 'unsigned', verdict: 'deny' });
  });

  test('denies what no statement applies to, and names the repository', async () => {
    const answer = await verify('signed', policy('narrow', statement({ registryScopes: ['registry.acme.test/only'] })));
    expect(answer).toMatchObject({ exit: 1, outcome: 'denied', verdict: 'deny' });
    expect(answer.reasons).toContain(`no trust policy statement applies to ${registry.host}/signed`);
  });

  test('chooses the statement by the exact repository', async () => {
    const skip = { name: 'skip', registryScopes: [`${registry.host}/strange`], signatureVerification: { level: 'skip' } };
    const file = policy('both', skip, statement());
    expect(await verify('strange', file)).toMatchObject({ exit: 0, verdict: 'allow' });
    expect(await verify('signed', file)).toMatchObject({ exit: 0, outcome: 'verified' });
  });

  test('of the level skip looks at nothing, and verifies nothing', async () => {
    const file = policy('skip', { name: 'skip', registryScopes: [`${registry.host}/signed`], signatureVerification: { level: 'skip' } });
    const before = registry.log.length;
    expect(await verify('signed', file)).toMatchObject({ exit: 0, outcome: 'unsigned', verdict: 'allow', checks: [] });
    expect(registry.log.slice(before).filter((r) => r.target.includes('/referrers/'))).toEqual([]);
  });

  test.each([
    ['expired', 'strict', undefined, 1, 'expired'],
    ['expired', 'strict', { expiry: 'log' }, 0, 'verified'],
    ['expired', 'permissive', undefined, 0, 'verified'],
    ['expired', 'permissive', { expiry: 'enforce' }, 1, 'expired'],
    ['strange', 'permissive', undefined, 1, 'untrusted'],
    ['strange', 'audit', undefined, 0, 'verified'],
    ['strange', 'audit', { authenticity: 'enforce' }, 1, 'untrusted'],
    ['unsigned', 'audit', undefined, 1, 'unsigned'],
  ] as const)('of %s at the level %s with the overrides %j: exit %i, %s', async (name, of, override, exit, outcome) => {
    const answer = await verify(name, policy('level', level(of, override)));
    expect(answer, answer.reasons).toMatchObject({ exit, outcome });
  });

  test('shows what a level only logs as the failure that it is', async () => {
    const { checks } = await verify('expired', policy('level', level('permissive')));
    expect(checks.filter((c) => c.result === 'fail').map((c) => c.enforced)).toEqual([false]);
  });

  test('requires signed metadata', async () => {
    const file = policy('p', statement());
    expect(await verify('signed', file, '-m', 'stage=prod', '--user-metadata=team=core')).toMatchObject({ exit: 0, outcome: 'verified' });
    expect(await verify('signed', file, '-m', 'stage=dev')).toMatchObject({ exit: 1, outcome: 'denied' });
    expect(await verify('signed', file, '-m', 'stage=prod', '-m', 'absent=1')).toMatchObject({ exit: 1, outcome: 'denied' });
    expect(await verify('cose', file, '-m', 'stage=prod')).toMatchObject({ exit: 1, outcome: 'denied' });
  });

  test('is a policy of --policy too', async () => {
    const argv = ['verify', '--policy', policy('p', statement()), '--trust-store', 'truststore', '--offline', `${registry.host}/signed:v1`];
    expect(await ask(argv)).toMatchObject({ exit: 0, outcome: 'verified', verdict: 'allow' });
    expect(await ask(argv.filter((a) => !/^(?:--trust-store|truststore)$/.test(a)))).toMatchObject({
      exit: 3,
      outcome: 'inconclusive',
      verdict: 'deny',
    });
  });

  test('needs --scope for a layout that belongs to a repository', async () => {
    const layout = join(folder, 'layout');
    const entries: { bytes: Uint8Array; mediaType: string; tag?: string }[] = [];
    const blobs: Uint8Array[] = [];
    const sink = {
      putBlob: (bytes: Uint8Array) => blobs.push(bytes),
      putManifest: (
        bytes: Uint8Array,
        { tag, mediaType = 'application/vnd.oci.image.manifest.v1+json' }: { tag?: string; mediaType?: string } = {},
      ) => entries.push({ bytes, mediaType, ...(tag === undefined ? {} : { tag }) }),
    };
    const image = pushImage(sink, 'in a layout', { tag: 'v1' });
    pushNotation(sink, image, notaryEnvelope(chain, notaryPayload(image), { at: ago(2) }));
    await writeLayout(layout, { entries, blobs });
    const scoped = policy('scoped', statement({ registryScopes: ['local/app'] }));
    const argv = ['verify', '--trust-policy', scoped, '--trust-store', 'truststore', '--offline'];
    expect(await ask([...argv, '--scope', 'local/app', `oci:${layout}:v1`])).toMatchObject({ exit: 0, outcome: 'verified' });
    const without = await ask([...argv, `oci:${layout}:v1`]);
    expect(without).toMatchObject({ exit: 1, outcome: 'denied' });
    expect(without.reasons).toContain('--scope');
  });
});

describe("Notation's own folders", () => {
  test('stand in for the flag that is not given', async () => {
    const home = join(folder, 'home');
    const config = join(home, '.config/notation');
    cpSync(join(folder, 'truststore'), join(config, 'truststore'), { recursive: true });
    writeFileSync(join(config, 'trustpolicy.json'), JSON.stringify({ version: '1.0', trustPolicies: [statement()] }));
    const image = `${registry.host}/signed:v1`;
    const byHome = (...argv: readonly string[]): Promise<Answer> => ask(['verify', '--offline', ...argv, image], { home });
    expect(await byHome('--trust-store', 'truststore')).toMatchObject({ exit: 0, outcome: 'verified' });
    expect(await byHome('--trust-policy', policy('p', statement()))).toMatchObject({ exit: 0, outcome: 'verified' });
    // The newer name comes first.
    writeFileSync(
      join(config, 'trustpolicy.oci.json'),
      JSON.stringify({ version: '1.0', trustPolicies: [statement({ trustedIdentities: ['x509.subject: C=US, ST=WA, O=x'] })] }),
    );
    expect(await byHome('--trust-store', 'truststore')).toMatchObject({ exit: 1, outcome: 'untrusted' });
    const env = { NOTATION_CONFIG: join(folder, 'elsewhere') };
    expect(await ask(['verify', '--offline', '--trust-store', 'truststore', image], { home, env })).toMatchObject({
      exit: 2,
      code: 'file-unreadable',
    });
    cpSync(config, env.NOTATION_CONFIG, { recursive: true });
    rmSync(join(env.NOTATION_CONFIG, 'trustpolicy.oci.json'));
    expect(await ask(['verify', '--offline', '--trust-store', 'truststore', image], { home, env })).toMatchObject({ exit: 0 });
  });
});

describe('misuse', () => {
  test.each([
    ['a key beside a trust policy', ['--trust-policy', 'p.json', '--key', 'k.pub'], 'usage-invalid'],
    ['a policy beside a trust policy', ['--trust-policy', 'p.json', '--policy', 'p.json'], 'usage-invalid'],
    ['metadata beside a policy', ['--policy', 'p.json', '-m', 'a=b'], 'usage-invalid'],
    ['metadata that is no pair', ['--trust-policy', 'p.json', '-m', 'a'], 'usage-invalid'],
    ['a scope and nothing that asks for it', ['--key', 'k.pub', '--scope', 'local/x'], 'usage-invalid'],
    ['a plugin and nothing that asks for it', ['--key', 'k.pub', '--plugin-config', 'a=b'], 'usage-invalid'],
    ['revocation lists and nothing that asks for them', ['--key', 'k.pub', '--revocation-dir', '.'], 'usage-invalid'],
    ['a pin that is none', ['--trust-policy', 'p.json', '--trust-store', 'truststore', '--plugin-digest', 'x'], 'usage-invalid'],
    [
      'revocation lists that are not there',
      ['--trust-policy', 'p.json', '--trust-store', 'truststore', '--revocation-dir', 'absent'],
      'file-unreadable',
    ],
    ['a trust policy that is not there', ['--trust-policy', 'absent.json'], 'file-unreadable'],
    ['no trust policy anywhere', ['--trust-store', 'truststore'], 'file-unreadable'],
    ['a trust policy that is no JSON', ['--trust-policy', 'yaml.json', '--trust-store', 'truststore'], 'policy-invalid'],
    ['a trust policy with a misspelt field', ['--trust-policy', 'misspelt.json', '--trust-store', 'truststore'], 'policy-invalid'],
    ['a trust store that is not there', ['--trust-policy', 'p.json', '--trust-store', 'absent'], 'policy-invalid'],
    ['a leaf in place of a root', ['--trust-policy', 'leaf.json', '--trust-store', 'truststore'], 'policy-invalid'],
  ])('%s', async (_what, argv, code) => {
    policy('p', statement());
    policy('misspelt', statement({ trustStore: ['ca:acme'] }));
    policy('leaf', statement({ trustStores: ['ca:broken'] }));
    write('yaml.json', 'version: "1.0"\ntrustPolicies: []\n');
    const answer = await ask(['verify', '--offline', ...argv, `${registry.host}/signed:v1`]);
    expect(answer, answer.reasons).toMatchObject({ exit: 2, code });
  });

  test('in a trust policy is told with its line', async () => {
    const file = write('lines.json', JSON.stringify({ version: '1.0', trustPolicies: [level('strikt')] }, null, 2));
    const { reasons } = await verify('signed', file);
    expect(reasons).toMatch(/lines\.json.*strikt.*line 10/);
  });
});

describe('verification plugins', () => {
  function install(result: object, name = 'com.acme.check'): { readonly pin: string; readonly env: Record<string, string> } {
    const libexec = mkdtempSync(join(folder, 'libexec-'));
    const path = join(libexec, 'plugins', name, `notation-${name}`);
    const metadata = {
      name,
      description: 'checks tickets',
      version: '1.0.0',
      url: 'https://acme.example',
      supportedContractVersions: ['1.0'],
      capabilities: ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY'],
    };
    const program = `#!${process.execPath}
const request = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const answers = { 'get-plugin-metadata': ${JSON.stringify(metadata)}, 'verify-signature': {
  verificationResults: { 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY': ${JSON.stringify(result)} },
  processedAttributes: (request.signature ?? {}).unprocessedAttributes,
} };
process.stdout.write(JSON.stringify(answers[process.argv[2]]));
`;
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, program);
    chmodSync(path, 0o755);
    return {
      pin: `${name}=sha256:${createHash('sha256').update(program).digest('hex')}`,
      env: { NOTATION_LIBEXEC: libexec, PATH: process.env.PATH ?? '' },
    };
  }

  const plugged = (env: Record<string, string>, ...more: readonly string[]): Promise<Answer> =>
    ask(
      [
        'verify',
        '--trust-policy',
        policy('p', statement()),
        '--trust-store',
        'truststore',
        '--offline',
        ...more,
        `${registry.host}/plugged:v1`,
      ],
      { env },
    );

  test('that are pinned decide about what they understand', async () => {
    const yes = install({ success: true });
    expect(await plugged(yes.env, '--plugin-digest', yes.pin)).toMatchObject({ exit: 0, outcome: 'verified' });
    const no = install({ success: false, reason: 'ticket 42 is closed' });
    const answer = await plugged(no.env, '--plugin-digest', no.pin);
    expect(answer).toMatchObject({ exit: 1, outcome: 'untrusted' });
    expect(answer.reasons).toContain('ticket 42 is closed');
  });

  test('may be pinned in a file', async () => {
    const { pin, env } = install({ success: true });
    expect(await plugged(env, '--plugin-pins', write('pins', `# ours\n${pin.replace('=', ' ')}\n`))).toMatchObject({ exit: 0 });
  });

  test('that are not pinned, or are not there, leave the answer open', async () => {
    const { pin, env } = install({ success: true });
    const answer = await plugged(env);
    expect(answer).toMatchObject({ exit: 3, outcome: 'inconclusive' });
    expect(answer.reasons).toContain(`--plugin-digest ${pin}`);
    expect(await plugged({ PATH: env.PATH ?? '' }, '--plugin-digest', pin)).toMatchObject({ exit: 3, outcome: 'inconclusive' });
  });
});

describe('revocation', () => {
  const [leaf] = revocable;
  const list = (...entries: readonly { readonly serial: Uint8Array }[]): Buffer =>
    makeList({
      by: acme.root,
      thisUpdate: ago(1).getTime(),
      nextUpdate: ago(-1).getTime(),
      entries: entries.map((e) => ({ ...e, at: ago(1).getTime() })),
    });

  test('is known from files, offline', async () => {
    write('good/acme.crl', list());
    write('bad/acme.crl', list({ serial: leaf?.serial ?? Buffer.alloc(0) }));
    const file = policy('p', statement());
    expect(await verify('revocable', file, '--revocation-dir', 'good')).toMatchObject({ exit: 0, outcome: 'verified' });
    expect(await verify('revocable', file, '--revocation-dir', 'bad')).toMatchObject({ exit: 1, outcome: 'revoked' });
    expect(await verify('revocable', file, '--revocation-dir', 'good', '--revocation-dir', 'bad')).toMatchObject({ outcome: 'revoked' });
  });

  test('that is not known is as the level says', async () => {
    expect(await verify('revocable', policy('l', level('strict')))).toMatchObject({ exit: 3, outcome: 'inconclusive' });
    expect(await verify('revocable', policy('l', level('permissive')))).toMatchObject({ exit: 0, outcome: 'verified' });
    expect(await verify('revocable', policy('l', level('strict', { revocation: 'skip' })))).toMatchObject({ exit: 0, outcome: 'verified' });
    const bad = policy('l', level('permissive'));
    expect(await verify('revocable', bad, '--revocation-dir', 'bad')).toMatchObject({ exit: 0, outcome: 'verified' });
  });

  test('is known from the lists that notation has kept', async () => {
    const lists = join(folder, 'cache', 'crl');
    mkdirSync(lists, { recursive: true });
    const baseCRL = list({ serial: leaf?.serial ?? Buffer.alloc(0) }).toString('base64');
    writeFileSync(join(lists, createHash('sha256').update('http://127.0.0.1:9/acme.crl').digest('hex')), JSON.stringify({ baseCRL }));
    const argv = ['verify', '--trust-policy', policy('p', statement()), '--trust-store', 'truststore', '--offline'];
    const env = { NOTATION_CACHE: join(folder, 'cache') };
    expect(await ask([...argv, `${registry.host}/revocable:v1`], { env })).toMatchObject({ exit: 1, outcome: 'revoked' });
  });

  test('is asked of the network, and with --offline of nobody', async () => {
    const asked: string[] = [];
    let answer = list();
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(answer);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const online = notaryChain(acme, {
        keyKind: 'p384',
        extensions: (usual) => [...usual, points([[`http://127.0.0.1:${port}/acme.crl`]])],
      });
      sign('online', online);
      const argv = ['verify', '--trust-policy', policy('p', statement()), '--trust-store', 'truststore', `${registry.host}/online:v1`];
      expect(await ask([...argv, '--offline'])).toMatchObject({ exit: 3, outcome: 'inconclusive' });
      expect(asked).toEqual([]);
      expect(await ask(argv)).toMatchObject({ exit: 0, outcome: 'verified' });
      expect(asked).toEqual(['/acme.crl']);
      answer = list({ serial: online[0]?.serial ?? Buffer.alloc(0) });
      expect(await ask(argv)).toMatchObject({ exit: 1, outcome: 'revoked' });
      answer = Buffer.from('hello');
      expect(await ask(argv)).toMatchObject({ exit: 3, outcome: 'inconclusive' });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('verify-blob --trust-policy', () => {
  const content = Buffer.from('a file that is signed');
  const target = {
    mediaType: 'text/plain',
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    size: content.length,
    annotations: { stage: 'prod' },
  };
  const blob = (change: object = {}): object => ({ ...statement(change), registryScopes: undefined });

  beforeAll(() => {
    write('file', content);
    write('other', 'another file');
    for (const form of ['jws', 'cose'] as const)
      write(`file.${form}.sig`, notaryEnvelope(chain, notaryPayload(target), { form, at: ago(2) }));
    policy(
      'trustpolicy.blob',
      blob({ globalPolicy: true }),
      blob({ name: 'strangers', trustedIdentities: ['x509.subject: C=US, ST=WA, O=x'] }),
      {
        name: 'skip',
        signatureVerification: { level: 'skip' },
      },
    );
  });

  const check = (signature: string, ...more: readonly string[]): Promise<Answer> => {
    const flags = ['--trust-policy', 'trustpolicy.blob.json', '--trust-store', 'truststore', '--offline', '--signature', signature];
    return ask(['verify-blob', ...flags, ...more, ...(more.includes('other') ? [] : ['file'])]);
  };

  test.each(['file.jws.sig', 'file.cose.sig'])('takes %s', async (signature) => {
    expect(await check(signature)).toMatchObject({ exit: 0, outcome: 'verified', verdict: 'allow' });
    expect(await check(signature, '--media-type', 'text/plain', '-m', 'stage=prod')).toMatchObject({ exit: 0, outcome: 'verified' });
    expect(await check(signature, '--media-type', 'text/html')).toMatchObject({ exit: 1, outcome: 'invalid' });
    expect(await check(signature, '-m', 'stage=dev')).toMatchObject({ exit: 1, outcome: 'denied' });
    expect(await check(signature, 'other')).toMatchObject({ exit: 1, outcome: 'invalid' });
  });

  test('chooses the statement by name', async () => {
    expect(await check('file.jws.sig', '--policy-name', 'strangers')).toMatchObject({ exit: 1, outcome: 'untrusted', verdict: 'deny' });
    expect(await check('file.jws.sig', '--policy-name', 'skip')).toMatchObject({ exit: 0, outcome: 'unsigned', verdict: 'allow' });
    expect(await check('file.jws.sig', '--policy-name', 'absent')).toMatchObject({ exit: 2, code: 'policy-invalid' });
  });

  test('refuses what is no envelope, and one under the name of the other form', async () => {
    cpSync(join(folder, 'file.jws.sig'), join(folder, 'swapped.cose.sig'));
    write('garbage.sig', 'hello');
    for (const file of ['swapped.cose.sig', 'garbage.sig']) expect(await check(file)).toMatchObject({ exit: 1, outcome: 'invalid' });
  });

  test('does not mix with the evidence and signers of Sigstore', async () => {
    expect(await check('file.jws.sig', '--key', 'k.pub')).toMatchObject({ exit: 2, code: 'usage-invalid' });
    expect(await check('file.jws.sig', '--bundle', 'b.json')).toMatchObject({ exit: 2, code: 'usage-invalid' });
    expect(await ask(['verify-blob', '--trust-policy', 'trustpolicy.blob.json', '--trust-store', 'truststore', 'file'])).toMatchObject({
      exit: 2,
      code: 'usage-invalid',
    });
    expect(await ask(['verify-blob', '--key', 'k.pub', '--media-type', 'text/plain', '--signature', 'file.jws.sig', 'file'])).toMatchObject(
      {
        exit: 2,
        code: 'usage-invalid',
      },
    );
  });
});
