import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { hold, holdBlob, manifestBytes } from '../oci/images.ts';
import { assay, type Ran } from './harness.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-push-'));
let registry: TestRegistry;
let cwd: string;
let n = 0;

beforeEach(async () => {
  registry = await startRegistry();
  cwd = join(root, String(n++));
  mkdirSync(cwd);
});
afterEach(() => registry.close());
afterAll(() => rmSync(root, { recursive: true, force: true }));

const run = (...argv: readonly string[]): Promise<Ran> => assay([...argv, '--output=json'], { cwd, home: root });

function codeOf(ran: Ran): string | undefined {
  return (JSON.parse(ran.stdout.toString()) as { errors: { code: string }[] }).errors[0]?.code;
}

/** An artifact whose files have these names. */
function artifact(...names: readonly string[]): string {
  const layers = names.map((name) => ({
    ...holdBlob(registry, 'files/a', Buffer.from(`content of ${name}`), 'text/plain'),
    annotations: { 'org.opencontainers.image.title': name },
  }));
  holdBlob(registry, 'files/a', Buffer.from('{}'));
  hold(registry, 'files/a', manifestBytes({ layers }), 'v1');
  return `${registry.host}/files/a:v1`;
}

describe('push and pull', () => {
  test('what a killed pull has left is removed by the next one, and nothing else', async () => {
    const { HOST } = await import('../../src/oci/layout/disk.ts');
    mkdirSync(join(cwd, 'out/docs'), { recursive: true });
    const parts = [`.part-${HOST}-4194304-${'0'.repeat(16)}`, `docs/.part-${HOST}-4194304-${'0'.repeat(16)}`, `.part-${HOST}-mine`];
    for (const name of parts) writeFileSync(join(cwd, 'out', name), 'half');
    expect((await run('pull', '--dir=out', artifact('a', 'docs/b'))).exit).toBe(0);
    expect(readdirSync(join(cwd, 'out'), { recursive: true }).sort()).toEqual([`.part-${HOST}-mine`, 'a', 'docs', 'docs/b']);
  });

  test('a name that pull would not take is warned of before anybody relies on it', async () => {
    writeFileSync(join(cwd, 'a:b.txt'), 'x');
    const pushed = await run('push', `${registry.host}/files/c:v1`, 'a:b.txt');
    expect(pushed.exit, pushed.stderr).toBe(0);
    expect(JSON.parse(pushed.stdout.toString())).toMatchObject({ warnings: [{ code: 'name-not-portable' }] });
    expect(codeOf(await run('pull', '--dir=out', `${registry.host}/files/c:v1`))).toBe('input-invalid');
  });

  test('a folder that oras has packed is said to stay packed', async () => {
    const layer = holdBlob(registry, 'files/d', Buffer.from('packed'), 'application/vnd.oci.image.layer.v1.tar+gzip');
    const annotations = { 'org.opencontainers.image.title': 'docs', 'io.deis.oras.content.unpack': 'true' };
    holdBlob(registry, 'files/d', Buffer.from('{}'));
    hold(registry, 'files/d', manifestBytes({ layers: [{ ...layer, annotations }] }), 'v1');
    const pulled = await run('pull', '--dir=out', `${registry.host}/files/d:v1`);
    expect(pulled.exit, pulled.stderr).toBe(0);
    expect(JSON.parse(pulled.stdout.toString())).toMatchObject({ warnings: [{ code: 'packed-folder' }] });
    expect(readFileSync(join(cwd, 'out/docs'), 'utf8')).toBe('packed');
  });

  test('files come back as they were, large ones and empty ones too', async () => {
    const large = Buffer.alloc(9 * 1024 * 1024 + 7, 'assay');
    mkdirSync(join(cwd, 'docs'));
    writeFileSync(join(cwd, 'docs/a.md'), '# a');
    writeFileSync(join(cwd, 'empty'), '');
    writeFileSync(join(cwd, 'large.bin'), large);
    const reference = `${registry.host}/files/b:v1`;
    const pushed = await run(
      'push',
      '--artifact-type=text/notes',
      '-a',
      'team=web',
      reference,
      'docs/a.md:text/markdown',
      'empty',
      'large.bin',
    );
    expect(pushed.exit, pushed.stderr).toBe(0);
    expect(JSON.parse(pushed.stdout.toString())).toMatchObject({
      schema: 'assay/push/v1',
      artifactType: 'text/notes',
      files: [
        { name: 'docs/a.md', mediaType: 'text/markdown', state: 'sent' },
        { name: 'empty' },
        { name: 'large.bin', size: large.length },
      ],
    });
    const pulled = await run('pull', '--dir=out', reference);
    expect(pulled.exit, pulled.stderr).toBe(0);
    expect(readFileSync(join(cwd, 'out/docs/a.md'), 'utf8')).toBe('# a');
    expect(readFileSync(join(cwd, 'out/empty'))).toHaveLength(0);
    expect(readFileSync(join(cwd, 'out/large.bin')).equals(large)).toBe(true);
    expect(readdirSync(join(cwd, 'out')).filter((f) => f.startsWith('.'))).toEqual([]);
  });

  test.for([
    '../up',
    'a/../../up',
    '/etc/passwd',
    'a//b',
    './a',
    'a\\..\\b',
    'C:\\a',
    'C:a',
    '~/a',
    'a/..',
    'a\u0000b',
    'a\u202egnp.exe',
    'x'.repeat(300),
  ])('the name %j is refused before anything is written', async (name) => {
    const ran = await run('pull', '--dir=out', artifact('fine', name));
    expect(codeOf(ran)).toBe('input-invalid');
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.for([[['a', 'a']], [['a', 'A']], [['caf\u00e9', 'cafe\u0301']], [['a', 'a/b']], [['a/b', 'a']]] as const)(
    '%j would be one file',
    async ([names]) => {
      const ran = await run('pull', '--dir=out', artifact(...names));
      expect(codeOf(ran)).toBe('input-invalid');
      expect(readdirSync(cwd)).toEqual([]);
    },
  );

  test('two files in one folder are no conflict', async () => {
    expect((await run('pull', '--dir=out', artifact('a/b', 'a/c'))).exit).toBe(0);
    expect(readdirSync(join(cwd, 'out/a')).sort()).toEqual(['b', 'c']);
  });

  test('what is there stays, unless it may be replaced', async () => {
    const reference = artifact('new', 'old');
    mkdirSync(join(cwd, 'out'));
    writeFileSync(join(cwd, 'out/old'), 'mine');
    expect(codeOf(await run('pull', '--dir=out', reference))).toBe('confirmation-missing');
    expect(readdirSync(join(cwd, 'out'))).toEqual(['old']);
    expect((await run('pull', '--dir=out', '--force', reference)).exit).toBe(0);
    expect(readFileSync(join(cwd, 'out/old'), 'utf8')).toBe('content of old');
  });

  test.for([false, true])('links are not followed (force %s)', async (force) => {
    mkdirSync(join(cwd, 'out'));
    mkdirSync(join(cwd, 'elsewhere'));
    writeFileSync(join(cwd, 'elsewhere/file'), 'mine');
    symlinkSync('../elsewhere', join(cwd, 'out/folder'));
    symlinkSync('../elsewhere/file', join(cwd, 'out/file'));
    const more = force ? ['--force'] : [];
    expect(codeOf(await run('pull', '--dir=out', ...more, artifact('folder/x')))).toBe('file-unwritable');
    const onto = await run('pull', '--dir=out', ...more, artifact('file'));
    expect(onto.exit).toBe(force ? 0 : 2);
    expect(readdirSync(join(cwd, 'elsewhere'))).toEqual(['file']);
    expect(readFileSync(join(cwd, 'elsewhere/file'), 'utf8')).toBe('mine');
  });

  test('content that is something else is not written', async () => {
    const reference = artifact('a');
    registry.faults.add({ kind: 'substitute', match: '/blobs/', body: 'content of b' });
    expect(codeOf(await run('pull', '--dir=out', reference))).toBe('content-mismatch');
    expect(readdirSync(join(cwd, 'out'))).toEqual([]);
  });

  test('an artifact without names has no files', async () => {
    holdBlob(registry, 'files/c', Buffer.from('{}'));
    hold(registry, 'files/c', manifestBytes(), 'v1');
    expect(codeOf(await run('pull', `${registry.host}/files/c:v1`))).toBe('not-found');
  });
});
