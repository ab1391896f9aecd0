/** Hostile folders: pipes, devices and links where files are read and written. */
import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWritableLayout } from '../../src/oci/layout/index.ts';
import { newKey, pushImage, registrySink } from '../../src/testing/authority/index.ts';
import { startRegistry } from '../../src/testing/registry/index.ts';
import { assay, type Ran } from '../cli/harness.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'assay-files-'));
  const key = newKey('p256');
  writeFileSync(join(home, 'a.key'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(home, 'a.pub'), key.spkiPem);
  writeFileSync(join(home, 'blob'), 'the blob');
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function run(...argv: readonly string[]): Promise<Ran> {
  return assay(argv, { cwd: home, home });
}

const BY_KEY = ['--key', 'a.key', '--tlog-upload=false'] as const;

function pipe(name: string): string {
  const path = join(home, name);
  execFileSync('mkfifo', [path]);
  return path;
}

describe('files that flags name', () => {
  test('a pipe is written into, and stays a pipe', async () => {
    const path = pipe('out');
    const read = buffer(createReadStream(path));
    const ran = await run('sign-blob', ...BY_KEY, '--bundle', 'out', 'blob');
    expect(ran.exit, ran.stderr).toBe(0);
    expect(lstatSync(path).isFIFO()).toBe(true);
    expect(JSON.parse((await read).toString())).toMatchObject({ mediaType: expect.stringContaining('sigstore.bundle') });
  });

  test('a device stays what it is', async () => {
    symlinkSync('/dev/null', join(home, 'nowhere'));
    const ran = await run('sign-blob', ...BY_KEY, '--new-bundle-format=false', '--output-signature', 'nowhere', 'blob');
    expect(ran.exit, ran.stderr).toBe(0);
    expect(lstatSync(join(home, 'nowhere')).isSymbolicLink()).toBe(true);
    expect(readdirSync(home).filter((n) => n.endsWith('.new'))).toEqual([]);
  });

  test('a link to a file is replaced, and the file is not written through it', async () => {
    writeFileSync(join(home, 'precious'), 'precious');
    symlinkSync('precious', join(home, 'blob.sigstore.json'));
    expect((await run('sign-blob', ...BY_KEY, 'blob')).exit).toBe(0);
    expect(readFileSync(join(home, 'precious'), 'utf8')).toBe('precious');
    expect(lstatSync(join(home, 'blob.sigstore.json')).isFile()).toBe(true);
  });

  test.each([
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
    ['a device', (path: string) => symlinkSync('/dev/null', path)],
  ])('%s where the bundle goes is not read for evidence that might be kept', async (_, make) => {
    const path = join(home, 'blob.sigstore.json');
    make(path);
    const read = lstatSync(path).isFIFO() ? buffer(createReadStream(path)) : undefined;
    const ran = await run('sign-blob', ...BY_KEY, 'blob');
    expect(ran.exit, ran.stderr).toBe(0);
    expect((await read)?.length ?? 1).toBeGreaterThan(0);
  });

  test('a device without an end is too long', async () => {
    symlinkSync('/dev/zero', join(home, 'endless'));
    const ran = await run('attest-blob', ...BY_KEY, '--type', 'custom', '--predicate', 'endless', 'blob');
    expect(ran.exit).not.toBe(0);
    expect(ran.stderr).toContain('limit');
  });

  test.each([
    ['--bundle', 'a.key', []],
    ['--bundle', 'blob', []],
    ['--bundle', './blob', []],
    ['--output-signature', 'link', ['--new-bundle-format=false']],
  ])('%s %s does not take the place of what is read', async (flag, file, more) => {
    symlinkSync('a.key', join(home, 'link'));
    const before = ['a.key', 'blob'].map((name) => readFileSync(join(home, name), 'utf8'));
    const ran = await run('sign-blob', ...BY_KEY, ...more, flag, file, 'blob');
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('usage-invalid');
    expect(['a.key', 'blob'].map((name) => readFileSync(join(home, name), 'utf8'))).toEqual(before);
  });

  test('a report that its file has no room for is no misuse: what was reported is done', async () => {
    const ran = await run('sign-blob', ...BY_KEY, '--bundle', 'out', '--output-file', '/dev/full', '--output', 'json', 'blob');
    expect(ran.exit, ran.stderr).toBe(3);
    expect(JSON.parse(ran.stdout.toString())).toMatchObject({ errors: [{ code: 'file-unwritable' }] });
    expect(existsSync(join(home, 'out'))).toBe(true);
  });

  test('a name that no file can have is an error of that file', async () => {
    const ran = await run('sign-blob', ...BY_KEY, '--bundle', 'x'.repeat(5000), 'blob');
    expect(ran.exit).toBe(3);
    expect(ran.stdout.toString()).toContain('file-unwritable');
  });

  test('what is kept is in every file that flags name', async () => {
    const argv = ['sign-blob', ...BY_KEY, '--bundle', 'b.json', 'blob'];
    expect((await run(...argv)).exit).toBe(0);
    const again = await run(...argv, '--output-signature', 'sig');
    expect(again.stdout.toString()).toContain('kept');
    expect(existsSync(join(home, 'sig'))).toBe(true);
  });
});

describe('layouts', () => {
  async function layout(name: string): Promise<{ path: string; digest: string }> {
    const registry = await startRegistry();
    try {
      const { digest } = pushImage(registrySink(registry.content, name), name);
      const ran = await run('copy', `${registry.host}/${name}@${digest}`, `oci:${name}`);
      expect(ran.exit, ran.stderr).toBe(0);
      return { path: join(home, name), digest };
    } finally {
      await registry.close();
    }
  }

  test('nothing is deleted through a link that leads out', async () => {
    const { path } = await layout('one');
    const victim = await layout('two');
    const blobs = join(path, 'blobs', 'sha256');
    const opened = await openWritableLayout(path);
    rmSync(blobs, { recursive: true });
    symlinkSync(join(victim.path, 'blobs', 'sha256'), blobs);
    await expect(opened.remove(victim.digest as never)).rejects.toMatchObject({ code: 'layout-invalid' });
    expect(existsSync(join(victim.path, 'blobs', 'sha256', victim.digest.slice(7)))).toBe(true);
  });

  test.each([
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
    ['a device without an end', (path: string) => symlinkSync('/dev/zero', path)],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('%s in the place of the lock is an error in time', async (_, make) => {
    const { path, digest } = await layout('one');
    make(join(path, '.assay-lock'));
    const ran = await run('sign', ...BY_KEY, '--timeout', '1s', `oci:one@${digest}`);
    expect(ran.exit).toBe(3);
  });
});
