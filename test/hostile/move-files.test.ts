import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileLayer } from '../../src/cli/attach/files.ts';
import { keepingDisk } from '../../src/cli/copy/keep-existing.ts';
import { piecesOf } from '../../src/oci/checked-pieces.ts';
import { writeWhole } from '../../src/oci/layout/disk.ts';
import { openWritableLayout } from '../../src/oci/layout/index.ts';
import { collectReferrers } from '../../src/oci/referrers-of.ts';
import { askHelper, storeWithHelper } from '../../src/oci/registry/auth/helper.ts';
import { forgetCredential, keepCredential } from '../../src/oci/registry/auth/keep-credential.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay, type Ran } from '../cli/harness.ts';
import { hold, holdBlob, manifestBytes, referrerBytes } from '../oci/images.ts';

let registry: TestRegistry;
let home: string;

beforeEach(async () => {
  registry = await startRegistry();
  home = mkdtempSync(join(tmpdir(), 'assay-move-files-'));
});
afterEach(async () => {
  await registry.close();
  rmSync(home, { recursive: true });
});

const run = (...argv: readonly string[]): Promise<Ran> => assay([...argv, '--output=json'], { cwd: home, home });
const codeOf = (ran: Ran): string | undefined => (JSON.parse(ran.stdout.toString()) as { errors: { code: string }[] }).errors[0]?.code;

function artifact(...names: readonly string[]): string {
  const layers = names.map((name, n) => ({
    ...holdBlob(registry, 'files/a', Buffer.from(`content ${n}`), 'text/plain'),
    annotations: { 'org.opencontainers.image.title': name },
  }));
  holdBlob(registry, 'files/a', Buffer.from('{}'));
  hold(registry, 'files/a', manifestBytes({ layers }), 'v1');
  return `${registry.host}/files/a:v1`;
}

describe('what is pushed', () => {
  test.for([
    ['push', (to: string) => ['push', to]],
    ['attach artifact', (to: string) => ['attach', 'artifact', '--artifact-type=text/x', to]],
  ] as const)('%s takes no pipe and no device, which have no end or give their content once', async ([, argv]) => {
    hold(registry, 'files/b', manifestBytes(), 'v1');
    execFileSync('mkfifo', [join(home, 'pipe')]);
    for (const file of ['pipe', '/dev/zero', '/dev/null'])
      expect(codeOf(await run(...argv(`${registry.host}/files/b:v1`), file)), file).toBe('file-unreadable');
    expect(registry.log.filter((e) => e.method !== 'GET')).toEqual([]);
  });

  test.for([
    ['longer', (at: string) => writeFileSync(at, 'more than before')],
    ['shorter', (at: string) => writeFileSync(at, 'less')],
    ['other', (at: string) => writeFileSync(at, 'BEFORE')],
    ['gone', (at: string) => rmSync(at)],
    [
      'a pipe',
      (at: string) => {
        rmSync(at);
        execFileSync('mkfifo', [at]);
      },
    ],
  ] as const)('a file that is %s when it is sent is the reason that is given', async ([, change]) => {
    writeFileSync(join(home, 'file'), 'before');
    const { descriptor, source } = await fileLayer('file', home);
    change(join(home, 'file'));
    const layout = await openWritableLayout(join(home, 'layout'), { create: true });
    await expect(layout.copyBlob(descriptor, source)).rejects.toMatchObject({ code: 'file-unreadable' });
    expect(readdirSync(join(home, 'layout/blobs/sha256'))).toEqual([]);
  });

  test('a file without end ends with the command', async () => {
    writeFileSync(join(home, 'file'), Buffer.alloc(1024 * 1024));
    const abort = new AbortController();
    abort.abort();
    await expect(fileLayer('file', home, abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('what is pulled', () => {
  test.for([
    [['ΑΣ', 'ασ']],
    [['ΑΣ', 'ας']],
    [['straße', 'STRASSE']],
    [['a', 'a.']],
    [['a', 'A ']],
    [['a/b', 'a. /B']],
    [['ﬁle', 'FILE']],
    [['a', '...']],
    [['a', '.. ']],
    [['a', 'b/. ./c']],
  ] as const)('%j may mean one file, or lead elsewhere, on some file system', async ([names]) => {
    const ran = await run('pull', artifact(...names));
    expect(codeOf(ran)).toBe('input-invalid');
    expect(readdirSync(home)).toEqual([]);
  });

  test.for(['a.b', '.hidden', 'a .b', '..a', 'a..b/c.d'])('%j is a name like any other', async (name) => {
    expect((await run('pull', artifact(name))).exit).toBe(0);
    expect(readFileSync(join(home, name), 'utf8')).toBe('content 0');
  });

  test('where there are no links, a file that is there stays all the same', async () => {
    const disk = keepingDisk(() => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' })));
    const at = join(home, 'a');
    await writeWhole(at, piecesOf(Buffer.from('first')), disk);
    await expect(writeWhole(at, piecesOf(Buffer.from('second')), disk)).rejects.toMatchObject({ code: 'file-unwritable' });
    symlinkSync('/nowhere', join(home, 'link'));
    await expect(writeWhole(join(home, 'link'), piecesOf(Buffer.from('x')), disk)).rejects.toMatchObject({ code: 'file-unwritable' });
    expect([readFileSync(at, 'utf8'), readdirSync(home).sort()]).toEqual(['first', ['a', 'link']]);
  });

  test('a file that means one that is linked from elsewhere is replaced, not written through', async () => {
    mkdirSync(join(home, 'in'));
    writeFileSync(join(home, 'outside'), 'mine');
    execFileSync('ln', [join(home, 'outside'), join(home, 'in/a')]);
    expect((await run('pull', '--force', '--dir=in', artifact('a'))).exit).toBe(0);
    expect([readFileSync(join(home, 'outside'), 'utf8'), readFileSync(join(home, 'in/a'), 'utf8')]).toEqual(['mine', 'content 0']);
  });
});

describe('credentials', () => {
  const file = (): { auths: Record<string, unknown> } =>
    JSON.parse(readFileSync(join(home, '.docker/config.json'), 'utf8')) as { auths: Record<string, unknown> };

  test('of many that log in and out at once none are lost', async () => {
    const names = Array.from({ length: 12 }, (_, n) => `r${n}.example`);
    await keepCredential('old.example', 'me', 'old', { env: {}, home });
    await Promise.all([
      ...names.map((name) => keepCredential(name, 'me', `secret of ${name}`, { env: {}, home })),
      forgetCredential('old.example', { env: {}, home }),
    ]);
    expect(Object.keys(file().auths).sort()).toEqual([...names].sort());
    expect(readdirSync(join(home, '.docker'))).toEqual(['config.json']);
    expect(statSync(join(home, '.docker/config.json')).mode & 0o777).toBe(0o600);
  });

  function helper(script: string): { PATH: string } {
    mkdirSync(join(home, 'bin'), { recursive: true });
    writeFileSync(join(home, 'bin/docker-credential-x'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(home, 'bin/docker-credential-x'), 0o755);
    return { PATH: `${join(home, 'bin')}:${process.env.PATH ?? ''}` };
  }

  test('a helper that answers and fails is not repeated', async () => {
    const env = helper(`echo '{"Username":"me","Secret":"hunter22"}'; exit 1`);
    const error = await askHelper('x', 'r.example', env).catch((e: Error) => e);
    expect(error).toMatchObject({ code: 'credentials-unavailable' });
    expect(String((error as Error).message)).not.toContain('hunter22');
  });

  test('nor one that repeats what it is told in words of its own', async () => {
    const env = helper('cat; exit 1');
    const error = await storeWithHelper('x', 'r.example', 'me', 'quo"te\\d', env).catch((e: Error) => e);
    expect(String((error as Error).message)).not.toMatch(/quo/);
  });

  test.for(['../x', 'x/y', 'x y', '', '$(x)'])('a helper called %j is none', async (name) => {
    await expect(askHelper(name, 'r.example', {})).rejects.toMatchObject({ code: 'credentials-unavailable' });
  });
});

describe('a layout', () => {
  test('what a killed process has left is removed from every folder of it', async () => {
    const path = join(home, 'layout');
    const layout = await openWritableLayout(path, { create: true });
    await layout.writeBlob(Buffer.from('{}'));
    mkdirSync(join(path, 'blobs/sha512'));
    const { HOST } = await import('../../src/oci/layout/disk.ts');
    const left = ['.', 'blobs/sha256', 'blobs/sha512'].map((folder) => join(path, folder, `.part-${HOST}-4194304-${'0'.repeat(16)}`));
    for (const name of left) writeFileSync(name, 'half');
    await openWritableLayout(path);
    expect(left.filter((name) => existsSync(name))).toEqual([]);
  });

  test.for(['../../x', 'a\u0000b', '/etc/passwd', 'v1/../../x'])('a tag called %j is no path', async (tag) => {
    const path = join(home, 'layout');
    const layout = await openWritableLayout(path, { create: true });
    await layout.writeBlob(Buffer.from('{}'));
    await layout.writeManifest(manifestBytes(), { tag });
    expect((await layout.resolve(tag))?.bytes).toEqual(manifestBytes());
    expect(readdirSync(home)).toEqual(['layout']);
    expect(readdirSync(path).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('an index of a hundred thousand entries is too much, and stays as it is', async () => {
    const path = join(home, 'layout');
    await openWritableLayout(path, { create: true });
    const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
    const large = JSON.stringify({ schemaVersion: 2, manifests: Array.from({ length: 100_000 }, () => entry) });
    writeFileSync(join(path, 'index.json'), large);
    await expect(openWritableLayout(path)).rejects.toMatchObject({ code: 'limit' });
    expect(codeOf(await run('copy', artifact('a'), `oci:${path}:v1`))).toBe('limit');
    expect(readFileSync(join(path, 'index.json'), 'utf8')).toBe(large);
  });

  test.for(['index.json', 'oci-layout', 'blobs'])('with a link out of it in the place of %s is not written to', async (name) => {
    const path = join(home, 'layout');
    await openWritableLayout(path, { create: true });
    mkdirSync(join(home, 'elsewhere/sha256'), { recursive: true });
    const content = name === 'blobs' ? undefined : readFileSync(join(path, name), 'utf8');
    rmSync(join(path, name), { recursive: true });
    symlinkSync(join(home, 'elsewhere', content === undefined ? '.' : 'file'), join(path, name));
    if (content !== undefined) writeFileSync(join(home, 'elsewhere/file'), content);
    expect(codeOf(await run('copy', artifact('a'), `oci:${path}:v1`))).toBe('layout-invalid');
    expect(readdirSync(join(home, 'elsewhere/sha256'))).toEqual([]);
    if (content !== undefined) expect(readFileSync(join(home, 'elsewhere/file'), 'utf8')).toBe(content);
  });

  test('a referrer that loses its name is a referrer still', async () => {
    const layout = await openWritableLayout(join(home, 'layout'), { create: true });
    await layout.writeBlob(Buffer.from('{}'));
    const { descriptor: subject } = await layout.writeManifest(manifestBytes(), { tag: 'image' });
    const referrers = [];
    for (const n of [1, 2]) {
      referrers.push((await layout.writeManifest(referrerBytes(subject, n), { tag: 'evidence' })).descriptor.digest);
    }
    await layout.writeManifest(manifestBytes({ annotations: { other: 'image' } }), { tag: 'evidence' });
    const listed = async (): Promise<readonly string[]> =>
      (await collectReferrers(await openWritableLayout(join(home, 'layout')), subject.digest)).referrers
        .map((r) => r.descriptor.digest)
        .sort();
    expect(await listed()).toEqual([...referrers].sort());
    await layout.writeManifest(referrerBytes(subject, 2), { tag: 'again' });
    expect(await layout.remove('again')).toBe(true);
    expect(await layout.resolve('again')).toBeUndefined();
    expect(await listed()).toEqual([...referrers].sort());
  });

  test.for(['a:b', 'me@home', 'x:y@z', `app@sha256:${'0'.repeat(64)}`])('in a folder called %j is saved, loaded and read', async (name) => {
    holdBlob(registry, 'team/app', Buffer.from('{}'));
    const image = hold(registry, 'team/app', manifestBytes(), 'v1');
    expect((await run('save', '--dir', name, `${registry.host}/team/app:v1`)).exit).toBe(0);
    const loaded = await run('load', '--dir', name, `${registry.host}/mirror/app:v1`);
    expect(JSON.parse(loaded.stdout.toString())).toMatchObject({ digest: image.digest });
    expect((await run('digest', `oci:${home}/${name}/`)).exit).toBe(0);
  });
});
