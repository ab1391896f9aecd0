import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createVirtualSigstore, newKey } from '../../src/testing/authority/index.ts';
import { assay } from './cli.ts';
import { type Mirror, serveMirror, TufRepository } from './tuf-repository.ts';

let home: string;
let repository: TufRepository;
let mirror: Mirror;
const sigstore = createVirtualSigstore({ name: 'acme' });

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'assay-trust-cli-'));
  repository = new TufRepository();
  repository.publish({ trustedRoot: JSON.stringify(sigstore.trustedRoot()) });
  mirror = await serveMirror(repository.files);
  writeFileSync(join(home, 'root.json'), repository.root(1));
});

afterEach(async () => {
  await mirror.close();
  rmSync(home, { recursive: true, force: true });
});

function codes(stdout: string): string[] {
  return (JSON.parse(stdout) as { errors: { code: string }[] }).errors.map((e) => e.code);
}

describe.each(['trust init', 'initialize'])('assay %s', (words) => {
  const init = (...more: string[]) => assay(home, [...words.split(' '), '--mirror', mirror.url, '--root', 'root.json', ...more]);

  test('chooses a repository that trust show and trust update then use', async () => {
    const checksum = createHash('sha256').update(repository.root(1)).digest('hex');
    const done = await init('--root-checksum', checksum, '-o', 'json');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(done.stdout)).toMatchObject({
      schema: 'assay/trust-init/v1',
      mirror: mirror.url,
      rootVersion: 1,
      changed: true,
      errors: [],
    });

    const shown = JSON.parse((await assay(home, ['trust', 'show', '-o', 'json'])).stdout);
    expect(shown).toMatchObject({ schema: 'assay/trust-show/v1', origin: 'tuf-cache', mirror: mirror.url, rootVersion: 1, warnings: [] });
    expect(shown.logs.map((l: { baseUrl: string }) => l.baseUrl)).toEqual(['https://rekor.acme.test', 'https://log2026-1.acme.test']);

    repository.rotateRoot();
    const updated = await assay(home, ['trust', 'update']);
    expect(updated).toMatchObject({ code: 0, stderr: '' });
    expect(updated.stdout).toContain(`ok up to date   ${mirror.url}`);
    expect(updated.stdout).toContain('version 2');
  });

  test('says what is wrong, with its code and exit code', async () => {
    const wrong = await init('--root-checksum', '00'.repeat(32), '-o', 'json');
    expect([wrong.code, ...codes(wrong.stdout)]).toEqual([2, 'trust-invalid']);
    const both = await init('--staging', '-o', 'json');
    expect([both.code, ...codes(both.stdout)]).toEqual([2, 'usage-invalid']);
    const unreachable = await assay(home, [...words.split(' '), '--mirror', 'http://127.0.0.1:1', '--root', 'root.json', '-o', 'json']);
    expect([unreachable.code, ...codes(unreachable.stdout)]).toEqual([3, 'trust-unavailable']);
    expect(existsSync(join(home, '.local'))).toBe(false);
  });
});

describe('assay trust show', () => {
  test('shows the embedded root without a socket, and a file', async () => {
    const embedded = await assay(home, ['trust', 'show'], {}, new Date('2026-04-01T00:00:00Z'));
    expect(embedded).toMatchObject({ code: 0, stderr: '' });
    expect(embedded.stdout).toContain('embedded in this version');
    expect(embedded.stdout).toContain('https://fulcio.sigstore.dev');
    const late = await assay(home, ['trust', 'show'], {}, new Date('2026-11-21T00:00:00Z'));
    expect(late.stderr).toContain('warning: the trust root was last current 247 days ago');

    writeFileSync(join(home, 'mine.json'), JSON.stringify(sigstore.trustedRoot()));
    const file = await assay(home, ['trust', 'show', '--trusted-root', 'mine.json']);
    expect(file.stdout).toContain('https://tsa.acme.test');
    expect(file.stdout).not.toContain('sigstore.dev');
    const absent = await assay(home, ['trust', 'show', '--trusted-root', 'absent.json', '-o', 'json']);
    expect([absent.code, ...codes(absent.stdout)]).toEqual([2, 'file-unreadable']);
    writeFileSync(join(home, 'bad.json'), '{}');
    const bad = await assay(home, ['trust', 'show', '--trusted-root', 'bad.json', '-o', 'json']);
    expect([bad.code, ...codes(bad.stdout)]).toEqual([2, 'trust-invalid']);
  });
});

describe('assay trusted-root create', () => {
  const time = 'start-time=2024-01-01T00:00:00Z';

  beforeEach(() => {
    writeFileSync(join(home, 'chain.pem'), sigstore.ca.chain.map((c) => c.pem).join(''));
    writeFileSync(join(home, 'tsa.pem'), sigstore.tsa.chain.map((c) => c.pem).join(''));
    writeFileSync(join(home, 'key.pub'), sigstore.rekor.key.spkiPem);
  });

  const create = (...argv: string[]) => assay(home, ['trusted-root', 'create', ...argv]);

  test.each<[string, string[], string]>([
    ['a key that is not known', ['--rekor', `url=https://r,public-key=key.pub,${time},colour=red`], 'usage-invalid'],
    ['a key twice', ['--rekor', `url=https://r,public-key=key.pub,${time},${time}`], 'usage-invalid'],
    ['a key without a value', ['--rekor', `url=,public-key=key.pub,${time}`], 'usage-invalid'],
    ['no start of a log', ['--rekor', 'url=https://r,public-key=key.pub'], 'usage-invalid'],
    ['no pair', ['--fulcio', 'https://f'], 'usage-invalid'],
    ['a day that there is not', ['--rekor', 'url=https://r,public-key=key.pub,start-time=2024-02-31T00:00:00Z'], 'usage-invalid'],
    ['an end before the start', ['--rekor', `url=https://r,public-key=key.pub,${time},end-time=2023-01-01T00:00:00Z`], 'usage-invalid'],
    ['a certificate for a key', ['--rekor', `url=https://r,public-key=chain.pem,${time}`], 'trust-invalid'],
    ['a key for a certificate', ['--fulcio', 'url=https://f,certificate-chain=key.pub'], 'trust-invalid'],
    ['a chain of a timestamp authority for a CA', ['--fulcio', 'url=https://f,certificate-chain=tsa.pem'], 'trust-invalid'],
    ['a chain of a CA for a timestamp authority', ['--tsa', 'url=https://t,certificate-chain=chain.pem'], 'trust-invalid'],
    ['a chain in the wrong order', ['--fulcio', 'url=https://f,certificate-chain=wrong.pem'], 'trust-invalid'],
    ['a file that is not there', ['--fulcio', 'url=https://f,certificate-chain=absent.pem'], 'file-unreadable'],
    ['an exception from no defaults', ['--no-default-tsa'], 'usage-invalid'],
  ])('refuses %s', async (_, argv, code) => {
    writeFileSync(
      join(home, 'wrong.pem'),
      [...sigstore.ca.chain]
        .reverse()
        .map((c) => c.pem)
        .join(''),
    );
    const { code: exit, stdout } = await create(...argv, '-o', 'json');
    expect([exit, ...codes(stdout)]).toEqual([2, code]);
  });

  test('begins with the default services, without those that are left out', async () => {
    const spec = `url=https://r.example,public-key=key.pub,${time},operator=example.com`;
    const done = await create(
      '--with-default-services',
      '--offline',
      '--no-default-tsa',
      '--no-default-fulcio=true',
      '--no-default-ctfe=false',
      '--rekor',
      spec,
      '--out',
      'out.json',
    );
    expect(done).toMatchObject({ code: 0, stdout: '' });
    const root = JSON.parse(readFileSync(join(home, 'out.json'), 'utf8'));
    expect(root).not.toHaveProperty('timestampAuthorities');
    expect(root).not.toHaveProperty('certificateAuthorities');
    expect(root.ctlogs).toHaveLength(2);
    expect(root.tlogs.map((l: { baseUrl: string }) => l.baseUrl)).toEqual([
      'https://rekor.sigstore.dev',
      'https://log2025-1.rekor.sigstore.dev',
      'https://r.example',
    ]);
    expect(root.tlogs[2].operator).toBe('example.com');
  });

  test('is among the commands about trust too, and keeps the last log with an id', async () => {
    const log = (url: string) => ['--rekor', `url=${url},public-key=key.pub,${time}`];
    const { stdout } = await assay(home, ['trust', 'trusted-root', 'create', ...log('https://a'), ...log('https://b')]);
    expect(JSON.parse(stdout).tlogs.map((l: { baseUrl: string }) => l.baseUrl)).toEqual(['https://b']);
    expect(await assay(home, ['trust', 'trusted-root', 'destroy'])).toMatchObject({ code: 2 });
  });

  test('refuses keys that no trusted root can hold', async () => {
    writeFileSync(join(home, 'odd.pub'), newKey('secp256k1').spkiPem);
    const { code } = await create('--rekor', `url=https://r,public-key=odd.pub,${time}`);
    expect(code).toBe(2);
  });
});
