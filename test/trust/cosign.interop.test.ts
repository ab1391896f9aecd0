import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/codec/canonical-json.ts';
import { parseJson } from '../../src/codec/json.ts';
import {
  createVirtualSigstore,
  GITHUB_ISSUER,
  type KeyKind,
  messageBundle,
  newKey,
  sharedKey,
  WORKFLOW,
} from '../../src/testing/authority/index.ts';
import { requirePeer, type Skippable } from '../interop/peers.ts';
import { assay } from './cli.ts';
import { type Mirror, serveMirror, TufRepository } from './tuf-repository.ts';

const sigstore = createVirtualSigstore({ name: 'acme' });
const KEYS: readonly KeyKind[] = ['p256', 'p384', 'p521', 'rsa2048', 'rsa4096', 'ed25519'];
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'assay-cosign-trust-'));
  for (const kind of KEYS) writeFileSync(join(home, `${kind}.pub`), sharedKey(kind, 'trust').spkiPem);
  writeFileSync(join(home, 'rsa.pub'), sharedKey('rsa2048', 'trust').publicKey.export({ type: 'pkcs1', format: 'pem' }));
  writeFileSync(join(home, 'rekor.pub'), sigstore.rekor.key.spkiPem);
  writeFileSync(join(home, 'rekor2.pub'), sigstore.rekor2.key.spkiPem);
  writeFileSync(join(home, 'ct.pub'), sigstore.ct.key.spkiPem);
  writeFileSync(join(home, 'ca.pem'), sigstore.ca.chain.map((c) => c.pem).join(''));
  writeFileSync(join(home, 'tsa.pem'), sigstore.tsa.chain.map((c) => c.pem).join(''));
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

async function cosign(context: Skippable, argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { path } = requirePeer(context, 'cosign', '3');
  const { stdout, stderr } = await promisify(execFile)(path, [...argv], { cwd: home, env: { HOME: home, ...env }, timeout: 60_000 });
  return stdout + stderr;
}

const start = 'start-time=2021-01-01T00:00:00Z';
const WHOLE = [
  ['--fulcio', `url=https://fulcio.acme.test,certificate-chain=ca.pem,${start}`],
  ['--rekor', `url=https://rekor.acme.test,public-key=rekor.pub,${start}`],
  ['--rekor', `url=https://log2026-1.acme.test,public-key=rekor2.pub,${start},origin=log2026-1.acme.test`],
  ['--ctfe', `url=https://ctfe.acme.test,public-key=ct.pub,${start}`],
  ['--tsa', 'url=https://tsa.acme.test,certificate-chain=tsa.pem'],
].flat();

describe('the trusted root that assay writes', () => {
  test.for<[string, string[]]>([
    ['a whole instance', WHOLE],
    ['nothing', []],
    [
      'authorities without times',
      ['--fulcio', 'url=https://f,certificate-chain=ca.pem', '--tsa', 'url=https://t/api,certificate-chain=tsa.pem'],
    ],
    [
      'times in other zones, with fractions',
      ['--fulcio', 'url=https://f,certificate-chain=ca.pem,start-time=2024-01-01T00:30:00.25+01:00,end-time=2025-01-01T00:00:00.123456Z'],
    ],
    ...[...KEYS, 'rsa'].map((kind): [string, string[]] => [
      `logs with ${kind}`,
      [
        '--rekor',
        `url=https://r:8080/x,public-key=${kind}.pub,${start},origin=some origin`,
        '--ctfe',
        `url=https://c/2026,public-key=${kind}.pub,${start},end-time=2027-01-01T00:00:00Z`,
      ],
    ]),
  ])('is cosign’s for %s', async ([, argv], context) => {
    const ours = await assay(home, ['trusted-root', 'create', ...argv]);
    expect(ours).toMatchObject({ code: 0, stderr: '' });
    const theirs = await cosign(context, ['trusted-root', 'create', ...argv]);
    expect(sorted(ours.stdout)).toBe(sorted(theirs));
  });

  test('lets cosign verify a keyless signature with its log entry, SCT and timestamp', async (context) => {
    const made = await assay(home, ['trusted-root', 'create', ...WHOLE, '--out', 'root.json']);
    expect(made).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const blob = Buffer.from('a blob');
    writeFileSync(join(home, 'blob'), blob);
    const certificate = sigstore.issue();
    const bundle = messageBundle(sigstore, { kind: 'certificate', certificate, chain: [] }, blob, { logs: [{}], timestamps: [{}] });
    writeFileSync(join(home, 'bundle.json'), JSON.stringify(bundle));
    const verify = (root: string) =>
      cosign(context, [
        'verify-blob',
        '--trusted-root',
        root,
        '--bundle',
        'bundle.json',
        '--certificate-identity',
        WORKFLOW,
        '--certificate-oidc-issuer',
        GITHUB_ISSUER,
        'blob',
      ]);
    expect(await verify('root.json')).toContain('Verified OK');

    writeFileSync(join(home, 'stranger.pub'), newKey('p256').spkiPem);
    const other = WHOLE.map((word) => word.replace('public-key=rekor.pub', 'public-key=stranger.pub'));
    await assay(home, ['trusted-root', 'create', ...other, '--out', 'other.json']);
    await expect(verify('other.json')).rejects.toThrow();
  });
});

describe('a TUF folder shared with cosign', () => {
  let mirror: Mirror;
  const repository = new TufRepository();

  beforeAll(async () => {
    repository.publish({ trustedRoot: JSON.stringify(sigstore.trustedRoot()) });
    mirror = await serveMirror(repository.files);
    writeFileSync(join(home, 'tuf-root.json'), repository.root(1));
  });
  afterAll(() => mirror.close());

  test('serves what cosign initialize left, without asking again', async (context) => {
    const env = { TUF_ROOT: join(home, 'shared') };
    await cosign(context, ['initialize', '--mirror', mirror.url, '--root', 'tuf-root.json'], env);
    const asked = mirror.requests.length;
    expect(asked).toBeGreaterThan(0);
    const shown = await assay(home, ['trust', 'show', '-o', 'json'], env);
    expect(JSON.parse(shown.stdout)).toMatchObject({ origin: 'tuf-cache', mirror: mirror.url, rootVersion: 1, warnings: [] });
    expect(mirror.requests.length).toBe(asked);

    // What Assay adds leaves cosign's own files as they were.
    const before = readFileSync(join(env.TUF_ROOT, mirror.url.replace('http://', '').replace(':', '-'), 'timestamp.json'), 'utf8');
    repository.publish();
    expect(await assay(home, ['trust', 'update'], env)).toMatchObject({ code: 0 });
    expect(readFileSync(join(env.TUF_ROOT, mirror.url.replace('http://', '').replace(':', '-'), 'timestamp.json'), 'utf8')).toBe(before);
    await cosign(context, ['initialize', '--mirror', mirror.url, '--root', 'tuf-root.json'], env);
  });

  test('is not looked for in the home folder', async (context) => {
    await cosign(context, ['initialize', '--mirror', mirror.url, '--root', 'tuf-root.json']);
    const shown = await assay(home, ['trust', 'show', '-o', 'json'], {}, new Date('2026-04-01T00:00:00Z'));
    expect(JSON.parse(shown.stdout)).toMatchObject({ origin: 'embedded' });
  });
});

// Both tools may list logs in any order.
function sorted(text: string): string {
  const root = JSON.parse(text) as Record<string, unknown>;
  for (const [name, value] of Object.entries(root)) {
    if (Array.isArray(value)) root[name] = value.map((v) => canonicalJson(parseJson(JSON.stringify(v)))).sort();
  }
  return canonicalJson(parseJson(JSON.stringify(root)));
}
