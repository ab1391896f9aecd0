import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createVirtualSigstore,
  newKey,
  type Pushed,
  pushImage,
  pushIndex,
  pushLayers,
  registrySink,
  signatureLayer,
  simpleSigningPayload,
  startRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { assay } from './harness.ts';

const sigstore = createVirtualSigstore({ name: 'cli' });
const [ours, other, third] = [newKey('p256'), newKey('p256'), newKey('p256')];
let registry: TestRegistry;
let mirror: TestRegistry;
let folder = '';
const pushed = new Map<string, Pushed>();

function sign(repository: string, image: Pushed, keys: readonly (typeof ours)[], where = repository): void {
  const layers = keys.map((key) => signatureLayer(sigstore, { kind: 'key', key }, simpleSigningPayload(image.digest), { logs: [] }));
  pushLayers(registrySink(registry.content, where), image, 'sig', layers);
}

beforeAll(async () => {
  [registry, mirror] = await Promise.all([startRegistry(), startRegistry()]);
  folder = mkdtempSync(join(tmpdir(), 'assay-verify-'));
  for (const [name, key] of [
    ['ours', ours],
    ['other', other],
    ['third', third],
  ] as const) {
    writeFileSync(join(folder, `${name}.pub`), key.publicKey.export({ type: 'spki', format: 'pem' }));
  }
  for (const name of ['signed', 'unsigned', 'both', 'elsewhere'])
    pushed.set(name, pushImage(registrySink(registry.content, name), name, { tag: 'v1' }));
  const image = (name: string): Pushed => pushed.get(name) as Pushed;
  sign('signed', image('signed'), [ours]);
  sign('both', image('both'), [ours, other]);
  sign('elsewhere', image('elsewhere'), [ours], 'signatures');
  const sink = registrySink(registry.content, 'multi');
  const children = ['a', 'b'].map((n) => pushImage(sink, `multi ${n}`));
  const index = pushIndex(sink, children, { tag: 'v1' });
  sign('multi', index, [ours]);
  sign('multi', children[0] as Pushed, [ours]);
});
afterAll(async () => {
  await Promise.all([registry.close(), mirror.close()]);
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly outcome: string;
  readonly images: readonly {
    readonly outcome: string;
    readonly platform?: string;
    readonly reference: string;
    readonly warnings?: readonly { code: string }[];
    readonly evidence: readonly unknown[];
    readonly errors: readonly { code: string }[];
  }[];
  readonly errors: readonly { readonly code: string }[];
}

async function verify(
  args: readonly string[],
  around: { env?: Record<string, string>; stdin?: string } = {},
): Promise<{ exit: number; answer: Answer; outcomes: string[] }> {
  const { stdout, exit } = await assay(['verify', '--insecure-ignore-tlog', '--output', 'json', ...args], {
    cwd: folder,
    home: folder,
    ...around,
  });
  const answer = JSON.parse(stdout.toString()) as Answer;
  return { exit, answer, outcomes: answer.images.map((i) => i.outcome) };
}

const at = (name: string): string => `${registry.host}/${name}:v1`;

describe('one image', () => {
  test.each([
    ['signed', 'ours', 0, 'verified'],
    ['signed', 'other', 1, 'untrusted'],
    ['unsigned', 'ours', 1, 'unsigned'],
    ['absent', 'ours', 3, 'inconclusive'],
  ] as const)('%s, asked for %s: exit %i, %s', async (name, key, exit, outcome) => {
    expect(await verify(['--key', `${key}.pub`, at(name)])).toMatchObject({ exit, answer: { outcome } });
  });

  test('without an entry in a log, the reason names the flag with which none is asked for', async () => {
    const ask = ['verify', '--key', 'ours.pub', at('signed')];
    const around = { cwd: folder, home: folder };
    writeFileSync(join(folder, 'root.json'), JSON.stringify(sigstore.trustedRoot()));
    const { stdout, exit } = await assay([...ask, '--trusted-root', 'root.json'], around);
    const flag = /--insecure-\S+(?=,)/.exec(stdout.toString())?.[0];
    expect([exit, flag]).toEqual([1, '--insecure-ignore-tlog']);
    expect((await assay([...ask, String(flag)], around)).exit).toBe(0);
  });

  test('an image that is not there says so', async () => {
    expect((await verify(['--key', 'ours.pub', at('absent')])).answer.images[0]?.errors).toMatchObject([{ code: 'not-found' }]);
  });
});

describe('several keys', () => {
  const keys = (...names: string[]): string[] => names.flatMap((n) => ['--key', `${n}.pub`]);
  test('any one suffices, a threshold asks for distinct ones', async () => {
    expect((await verify([...keys('third', 'ours'), at('signed')])).exit).toBe(0);
    expect((await verify([...keys('ours', 'other', 'third'), '--threshold', '2', at('both')])).exit).toBe(0);
    expect(await verify([...keys('ours', 'other', 'third'), '--threshold', '3', at('both')])).toMatchObject({
      exit: 1,
      answer: { outcome: 'untrusted' },
    });
  });
  test('a threshold that cannot be met is misuse', async () => {
    expect(await verify([...keys('ours', 'ours'), '--threshold', '2', at('both')])).toMatchObject({
      exit: 2,
      answer: { errors: [{ code: 'usage-invalid' }] },
    });
  });
});

describe('several images', () => {
  test('are judged in the order given, and the class of the exit code is the outcome', async () => {
    expect(await verify(['--key', 'ours.pub', at('signed'), at('absent'), at('unsigned')])).toMatchObject({
      exit: 1,
      outcomes: ['verified', 'inconclusive', 'unsigned'],
      answer: { outcome: 'unsigned' },
    });
    expect(await verify(['--key', 'ours.pub', at('absent'), at('signed')])).toMatchObject({
      exit: 3,
      outcomes: ['inconclusive', 'verified'],
      answer: { outcome: 'inconclusive' },
    });
    expect(await verify(['--key', 'ours.pub', at('signed'), at('both')])).toMatchObject({ exit: 0, outcomes: ['verified', 'verified'] });
  });
  test('from stdin, YAML and a Dockerfile', async () => {
    const stdin = `# images\n${at('signed')}\n\n${at('both')} # and this\n`;
    expect((await verify(['--key', 'ours.pub', '--images', '-'], { stdin })).outcomes).toEqual(['verified', 'verified']);
    writeFileSync(
      join(folder, 'pod.yaml'),
      `kind: Pod\nspec:\n  containers: [{name: a, image: "${at('signed')}"}, {name: b, image: "${at('unsigned')}"}]\n`,
    );
    expect((await verify(['--key', 'ours.pub', '--manifest', 'pod.yaml'])).outcomes).toEqual(['verified', 'unsigned']);
    writeFileSync(
      join(folder, 'Dockerfile'),
      `ARG TAG=v1\nFROM ${registry.host}/signed:$TAG AS a\nFROM ${registry.host}/both:\${TAG}\nCOPY --from=a / /\n`,
    );
    expect((await verify(['--key', 'ours.pub', '--dockerfile', 'Dockerfile'])).outcomes).toEqual(['verified', 'verified']);
  });
  test('a reference that is none ends the run before anything is tried', async () => {
    const before = registry.log.length;
    expect(await verify(['--key', 'ours.pub', at('signed'), 'Not/A:Reference'])).toMatchObject({
      exit: 2,
      answer: { errors: [{ code: 'reference-invalid' }] },
    });
    expect(registry.log.length).toBe(before);
  });
});

describe('an index and its children', () => {
  test('the index is itself the subject', async () => {
    expect((await verify(['--key', 'ours.pub', at('multi')])).exit).toBe(0);
  });
  test('a child is judged by its own evidence; a signed index does not vouch for it, and that is said', async () => {
    expect(await verify(['--key', 'ours.pub', '--platform', 'linux/amd64', at('multi')])).toMatchObject({
      exit: 0,
      answer: { images: [{ platform: 'linux/amd64' }] },
    });
    const arm = await verify(['--key', 'ours.pub', '--platform', 'linux/arm64', at('multi')]);
    expect(arm).toMatchObject({ exit: 1, outcomes: ['unsigned'] });
    expect(arm.answer.images[0]?.warnings).toMatchObject([{ code: 'listed-in-signed-index' }]);
  });
  test('"all" asks it of every child', async () => {
    const all = await verify(['--key', 'ours.pub', '--platform', 'all', at('multi')]);
    expect(all).toMatchObject({ exit: 1, outcomes: ['verified', 'unsigned'] });
    expect(all.answer.images.map((i) => i.platform)).toEqual(['linux/amd64', 'linux/arm64']);
  });
});

describe('evidence elsewhere', () => {
  test('COSIGN_REPOSITORY is asked as well', async () => {
    expect((await verify(['--key', 'ours.pub', at('elsewhere')])).outcomes).toEqual(['unsigned']);
    expect(
      (await verify(['--key', 'ours.pub', at('elsewhere')], { env: { COSIGN_REPOSITORY: `${registry.host}/signatures` } })).outcomes,
    ).toEqual(['verified']);
    expect(
      (await verify(['--key', 'ours.pub', at('signed')], { env: { COSIGN_REPOSITORY: `${registry.host}/signatures` } })).outcomes,
    ).toEqual(['verified']);
  });
  test('a mirror gives the image; that it has no evidence hides nothing', async () => {
    const copy = pushImage(registrySink(mirror.content, 'signed'), 'signed', { tag: 'v1' });
    expect(copy.digest).toBe(pushed.get('signed')?.digest);
    const count = mirror.log.length;
    expect((await verify(['--key', 'ours.pub', '--registry-mirror', `${registry.host}=${mirror.host}`, at('signed')])).outcomes).toEqual([
      'verified',
    ]);
    expect(mirror.log.length).toBeGreaterThan(count);
    expect((await verify(['--key', 'ours.pub', '--registry-mirror', 'a=b/c', at('signed')])).exit).toBe(2);
  });
});

describe("cosign's variables for trust", () => {
  const pem = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return name;
  };
  const ask = (env: Record<string, string>, ...more: string[]) =>
    assay(['verify', '--key', 'ours.pub', '--output', 'json', ...more, at('logged')], { cwd: folder, home: folder, env });
  const outcome = async (env: Record<string, string>, ...more: string[]): Promise<string> =>
    (JSON.parse((await ask(env, ...more)).stdout.toString()) as Answer).outcome;

  test('SIGSTORE_REKOR_PUBLIC_KEY is the log that is believed; a given trusted root comes before it', async () => {
    const image = pushImage(registrySink(registry.content, 'logged'), 'logged', { tag: 'v1' });
    const layer = signatureLayer(sigstore, { kind: 'key', key: ours }, simpleSigningPayload(image.digest), { logs: [{}] });
    pushLayers(registrySink(registry.content, 'logged'), image, 'sig', [layer]);
    pem('rekor.pub', sigstore.rekor.key.spkiPem);
    pem('root.json', JSON.stringify(sigstore.trustedRoot({})));
    expect(await outcome({ SIGSTORE_REKOR_PUBLIC_KEY: 'rekor.pub' })).toBe('verified');
    expect(await outcome({ SIGSTORE_REKOR_PUBLIC_KEY: 'other.pub' })).toBe('untrusted');
    expect(
      await outcome(
        { SIGSTORE_REKOR_PUBLIC_KEY: 'other.pub', SIGSTORE_ROOT_FILE: 'absent', SIGSTORE_TSA_CERTIFICATE_FILE: 'absent' },
        '--trusted-root',
        'root.json',
      ),
    ).toBe('verified');
  });
  test('a file that is no key is misuse', async () => {
    pem('nokey.pem', 'no key');
    expect((await ask({ SIGSTORE_REKOR_PUBLIC_KEY: 'nokey.pem' })).exit).toBe(2);
    expect((await ask({ SIGSTORE_REKOR_PUBLIC_KEY: 'absent.pem' })).exit).toBe(2);
  });
});

describe('COSIGN_MAX_ATTACHMENT_SIZE', () => {
  test('lowers the bound of a piece of evidence', async () => {
    const run = (size: string) => verify(['--key', 'ours.pub', at('signed')], { env: { COSIGN_MAX_ATTACHMENT_SIZE: size } });
    expect(await run('10')).toMatchObject({ exit: 3, answer: { images: [{ errors: [{ code: 'limit' }] }] } });
    expect((await run('1MiB')).exit).toBe(0);
    const before = registry.log.length;
    expect(await run('much')).toMatchObject({ exit: 2, answer: { errors: [{ code: 'usage-invalid' }] } });
    expect(registry.log.length).toBe(before);
  });
});

describe('who has to have signed', () => {
  test.each([
    [[], 'identity-missing'],
    [['--certificate-identity', 'a'], 'identity-missing'],
    [['--certificate-oidc-issuer', 'a'], 'identity-missing'],
    [
      [
        '--certificate-identity',
        'a',
        '--certificate-identity',
        'b',
        '--certificate-identity',
        'c',
        '--certificate-oidc-issuer',
        'x',
        '--certificate-oidc-issuer',
        'y',
      ],
      'identity-missing',
    ],
    [['--certificate-identity-regexp', '(', '--certificate-oidc-issuer', 'x'], 'identity-invalid'],
    [['--key', 'absent.pub'], 'file-unreadable'],
    [['--key', 'pod.yaml'], 'key-invalid'],
    [['--key', 'gitlab://group/project'], 'unsupported'],
    [['--key', 'ours.pub', '-a', 'novalue'], 'usage-invalid'],
    [['--key', 'ours.pub', '--ca-roots', 'a', '--certificate-chain', 'b'], 'usage-invalid'],
    [['--key', 'ours.pub', '--trusted-root', 'pod.yaml'], 'trust-invalid'],
    [['--key', 'ours.pub', '--threshold', '0'], 'usage-invalid'],
  ])('%j is misuse: %s', async (args, code) => {
    writeFileSync(join(folder, 'pod.yaml'), 'kind: Pod\n');
    expect(await verify([...args, at('signed')])).toMatchObject({ exit: 2, answer: { errors: [{ code }] } });
  });
});
