import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ELSEWHERE } from '../../src/cli/elsewhere.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { fillApp, shelfOf } from '../transcripts/corpus.ts';
import { assay } from './harness.ts';

let registry: TestRegistry;
let folder = '';

beforeAll(async () => {
  registry = await startRegistry();
  fillApp(shelfOf(registry, 'app'));
  folder = mkdtempSync(join(tmpdir(), 'assay-frame-'));
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

describe('with --output json', () => {
  const words = [
    'tree',
    'inspect',
    'verify',
    'download',
    'signature',
    'trust',
    'show',
    'ls',
    '--',
    '--bogus',
    '--key',
    '--platform',
    'x',
    '-t',
    '5s',
    '-d',
    '-h',
    '--help',
    '--version',
    '--depth=0',
    '--no-files',
    '--layer',
    'a b',
    '',
    '-',
    '=',
    '--=',
    '@',
    'oci:nowhere',
    'help',
  ];

  test('every command line prints exactly one object, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...words), { maxLength: 5 }), async (argv) => {
        // Nothing here names a registry that could be asked.
        const { stdout, exit } = await assay(['--output', 'json', ...argv.map((w) => (w === 'x' ? 'X' : w))], {
          cwd: folder,
          home: folder,
        });
        const value = JSON.parse(stdout.toString()) as { schema?: unknown };
        expect(value.schema).toMatch(/^assay\/[a-z-]+\/v1$/);
        expect([0, 1, 2, 3]).toContain(exit);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('an error of Assay itself is such an object too, with exit code 4 and no stack', async () => {
    const env = new Proxy({}, { get: (_, name) => (name === 'COSIGN_REPOSITORY' ? explode() : undefined) });
    const { stdout, stderr, exit } = await assay(['tree', '--output', 'json', `${registry.host}/app:v1`], { env, home: folder });
    expect(JSON.parse(stdout.toString())).toMatchObject({ schema: 'assay/tree/v1', errors: [{ code: 'internal', retryable: false }] });
    expect(exit).toBe(4);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('a file takes the object, and stdout stays empty', async () => {
    const { stdout, exit } = await assay(['digest', '--output', 'json', '--output-file', 'out.json', `${registry.host}/app:v1`], {
      cwd: folder,
      home: folder,
    });
    expect(exit).toBe(0);
    expect(stdout.length).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))).toMatchObject({ schema: 'assay/digest/v1' });
  });

  test('yaml says the same', async () => {
    const run = async (format: string): Promise<string> =>
      (await assay(['tree', '--output', format, `${registry.host}/app:v1`], { home: folder })).stdout.toString();
    expect(parse(await run('yaml'))).toEqual(JSON.parse(await run('json')));
  });
});

describe('debugging', () => {
  test('--debug prints the stack, nothing else does', async () => {
    const loud = await assay(['digest', '--debug', 'oci:nowhere'], { cwd: folder, home: folder });
    const quiet = await assay(['digest', 'oci:nowhere'], { cwd: folder, home: folder });
    expect(loud.stderr).toMatch(/\n\s+at /);
    expect(quiet.stderr).not.toMatch(/\n\s+at /);
  });
});

describe("cosign's environment", () => {
  const digest = (env: Record<string, string>, ...argv: string[]): ReturnType<typeof assay> =>
    assay(['digest', ...argv, `${registry.host}/app:plain`], { env, home: folder });

  test('sets a flag, and the command line outdoes it', async () => {
    expect((await digest({ COSIGN_FULL_REF: 'true' })).stdout.toString()).toMatch(/^127\.0\.0\.1:\d+\/app@sha256:/);
    expect((await digest({ COSIGN_FULL_REF: 'true' }, '--full-ref=false')).stdout.toString()).toMatch(/^sha256:/);
  });

  test('with a value that is none is misuse', async () => {
    expect((await digest({ COSIGN_FULL_REF: 'perhaps' })).exit).toBe(2);
    expect((await digest({ COSIGN_TIMEOUT: 'soon' })).exit).toBe(2);
  });

  test('cannot switch on what is refused', async () => {
    const { exit, stderr } = await digest({ COSIGN_K8S_KEYCHAIN: 'true' });
    expect(exit).toBe(2);
    expect(stderr).toContain('code: unsupported');
  });

  test('COSIGN_REPOSITORY is a second place of evidence', async () => {
    const shelf = shelfOf(registry, 'signatures');
    const held = registry.content.repository('app');
    const subject = held.tags.get('plain') ?? '';
    const sig = held.manifests.get(held.tags.get(`${(held.tags.get('v1') ?? '').replace(':', '-')}.sig`) ?? '');
    shelf.manifest(JSON.parse(sig?.body.toString() ?? '{}') as object, `${subject.replace(':', '-')}.sig`);
    const env = { COSIGN_REPOSITORY: `${registry.host}/signatures` };
    const { stdout } = await assay(['tree', `${registry.host}/app:plain`], { env, home: folder });
    expect(stdout.toString()).toContain('cosign tag');
    expect((await assay(['tree', `${registry.host}/app:plain`], { home: folder })).stdout.toString()).toContain('nothing attached');
  });
});

describe('credentials', () => {
  test('of the command line are used, and half of a pair is misuse', async () => {
    const closed = await startRegistry({ auth: { kind: 'basic', username: 'tester', password: 'secret' }, content: registry.content });
    const digest = (...argv: string[]): ReturnType<typeof assay> => assay(['digest', ...argv, `${closed.host}/app:v1`], { home: folder });
    expect((await digest('--registry-username', 'tester', '--registry-password', 'secret')).exit).toBe(0);
    const wrong = await digest('--registry-username', 'tester', '--registry-password', 'guess');
    expect(wrong.exit).toBe(3);
    expect(wrong.stderr).toContain('registry-unauthorized');
    expect(wrong.stderr).not.toContain('guess');
    expect((await digest()).stderr).toContain('registry-unauthorized');
    expect((await digest('--registry-client-cert', 'x.pem')).exit).toBe(2);
    await closed.close();
  });
});

describe('the cache on disk', () => {
  test('serves what a digest names, but never whether a reference is there', async () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const held = registry.content.repository('app');
    const index = held.tags.get('v1') ?? '';
    const inspect = (reference: string): ReturnType<typeof assay> => assay(['inspect', reference], { home });
    expect((await inspect(`${registry.host}/app:v1`)).exit).toBe(0);
    registry.log.length = 0;
    expect((await inspect(`${registry.host}/app@${index}`)).exit).toBe(0);
    expect(registry.log.map((entry) => entry.target)).toEqual([`/v2/app/manifests/${index}`]);
    expect((await inspect(`${registry.host}/other@${index}`)).exit).toBe(1);
  });
});

describe('completion', () => {
  test('has a script for every shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
      const { stdout, exit } = await assay(['completion', shell]);
      expect(exit).toBe(0);
      expect(stdout.toString()).toContain('assay complete');
    }
    expect((await assay(['completion', 'tcsh'])).exit).toBe(2);
  });

  test('answers with commands, families and flags', async () => {
    const answers = async (...words: string[]): Promise<string> => (await assay(['complete', '--', ...words])).stdout.toString();
    expect(await answers('')).toMatch(/^tree\t/m);
    expect(await answers('download', '')).toMatch(/^signature/m);
    expect(await answers('tree', '--dep')).toMatch(/^--depth/m);
    expect(await answers('triangulate', '--type', '')).toMatch(/^attestation/m);
  });
});

describe('commands of other tools', () => {
  test('all say what to do here, and exit 2', async () => {
    for (const [name, { use }] of ELSEWHERE) {
      const { exit, stderr } = await assay(name.split(' '));
      expect({ name, exit, hint: use === undefined || stderr.includes(`hint:  ${use}`) }).toEqual({ name, exit: 2, hint: true });
    }
  });
});

function explode(): never {
  throw new TypeError('something is broken inside');
}
