/** Every example is executed as a user would, against a registry and a Sigstore of the test kit. Needs a build. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeLayout } from '../../src/oci/index.ts';
import {
  createVirtualSigstore,
  dsseBundle,
  type EvidenceSigner,
  GITHUB_ISSUER,
  inTotoStatement,
  messageBundle,
  newKey,
  PREDICATES,
  type Pushed,
  pushBundle,
  pushImage,
  pushLayers,
  registrySink,
  signatureLayer,
  simpleSigningPayload,
  startRegistry,
  type TestRegistry,
  WORKFLOW,
} from '../../src/testing/index.ts';

const root = join(import.meta.dirname, '../..');
const COMMIT = 'ea25a87792441d7b1c9b6f4e2d3a5c8f90b1e7d6';
const sigstore = createVirtualSigstore();
const key: EvidenceSigner = { kind: 'key', key: newKey() };
const workflow: EvidenceSigner = {
  kind: 'certificate',
  certificate: sigstore.issue({
    claims: new Map([
      [12, 'https://github.com/acme/app'],
      [13, COMMIT],
    ]),
  }),
  chain: sigstore.ca.chain,
};
const logged = { logs: [{}] };

let registry: TestRegistry;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-examples-'));
  registry = await startRegistry();
  await mkdir(join(folder, 'bin'));
  await symlink(join(root, 'bin/assay.js'), join(folder, 'bin/assay'));
  await chmod(join(root, 'bin/assay.js'), 0o755);
  await writeFile(join(folder, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot()));
  await writeFile(join(folder, 'cosign.pub'), key.key.spkiPem);
  for (const name of ['good', 'late', 'broken']) {
    const { sink, image } = put(name);
    pushBundle(sink, image, dsseBundle(sigstore, key, inTotoStatement(image.digest, PREDICATES.sign), logged));
    pushBundle(sink, image, dsseBundle(sigstore, workflow, inTotoStatement(image.digest, PREDICATES.sign)));
    pushBundle(sink, image, dsseBundle(sigstore, workflow, inTotoStatement(image.digest, PREDICATES.slsa1)));
  }
  put('unsigned');
  registry.faults.add(
    { match: '/v2/acme/broken/referrers/', kind: 'status', status: 500 },
    // the four tries of the first run
    { match: '/v2/acme/late/referrers/', kind: 'status', status: 500, times: 4 },
  );
});

afterAll(async () => {
  await registry?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function put(name: string): { sink: ReturnType<typeof registrySink>; image: Pushed } {
  const sink = registrySink(registry.content, `acme/${name}`);
  return { sink, image: pushImage(sink, name, { tag: 'v1' }) };
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, ...args: readonly string[]): Promise<Ran> {
  const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`, HOME: folder, XDG_CACHE_HOME: folder, GATE_PAUSE: '0' };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      out.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      out.stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...out }));
  });
}

const example = (name: string): string => join(root, 'examples', name);
const at = (name: string): string => `${registry.host}/acme/${name}:v1`;

async function gate(...names: readonly string[]): Promise<Ran> {
  const containers = names.map((name) => ({ name, image: at(name) }));
  const file = join(folder, 'deploy.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod' }, spec: { containers } }));
  return run(example('gate.sh'), file, 'cosign.pub', 'trusted_root.json');
}

test('there is a test for every example', async () => {
  const programs = (await readdir(join(root, 'examples'))).filter((name) => name !== 'README.md' && name !== 'policies');
  const [own, list] = await Promise.all([readFile(import.meta.filename, 'utf8'), readFile(join(root, 'examples/README.md'), 'utf8')]);
  for (const name of programs) {
    expect(own).toContain(`example('${name}')`);
    expect(list).toContain(`(${name})`);
  }
});

describe('gate.sh', () => {
  test('opens for images that are all signed', async () => {
    expect(await gate('good')).toMatchObject({ code: 0, stdout: expect.stringContaining('gate: open') });
  });

  test('closes at once for one that is not', async () => {
    const { code, stdout, stderr } = await gate('good', 'unsigned');
    expect(code).toBe(1);
    expect(stdout).toMatch(/unsigned/);
    expect(stderr).toBe('gate: closed\n');
  });

  test('tries again when a registry fails, and opens when it has recovered', async () => {
    const { code, stdout, stderr } = await gate('late');
    expect(stderr).toContain('gate: try 1 of 3 could not find out');
    expect(stderr).not.toContain('try 2');
    expect(stdout).toContain('gate: open');
    expect(code).toBe(0);
  });

  test('does not open for a registry that goes on failing', async () => {
    const { code, stdout, stderr } = await gate('broken');
    expect(code).toBe(3);
    expect(stdout).not.toContain('gate: open');
    expect(stderr).toContain('gate: closed, since it could not be found out');
  });
});

describe('provenance.sh', () => {
  test('prints the commit that the certificate proves', async () => {
    expect(await run(example('provenance.sh'), at('good'), WORKFLOW, 'trusted_root.json')).toMatchObject({
      code: 0,
      stdout: `${COMMIT}\n`,
    });
  });

  test('prints none for another workflow', async () => {
    const { code, stdout, stderr } = await run(example('provenance.sh'), at('good'), `${WORKFLOW}x`, 'trusted_root.json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^untrusted: /);
  });

  test('says why nothing was tried', async () => {
    const { code, stderr } = await run(example('provenance.sh'), 'NOT A NAME', WORKFLOW, 'trusted_root.json');
    expect(code).toBe(1);
    expect(stderr).toContain('not tried: ');
  });
});

describe('offline.sh', () => {
  async function layout(name: string, signed: boolean): Promise<string> {
    const path = join(folder, name);
    const blobs: Uint8Array[] = [];
    const entries: { bytes: Uint8Array; tag?: string }[] = [];
    const sink = {
      putBlob: (bytes: Uint8Array) => blobs.push(bytes),
      putManifest: (bytes: Uint8Array, { tag }: { readonly tag?: string } = {}) =>
        entries.push({ bytes, ...(tag === undefined ? {} : { tag }) }),
    };
    const image = pushImage(sink, name, { tag: 'v1' });
    const layer = signatureLayer(sigstore, key, simpleSigningPayload(image.digest), logged);
    if (signed) pushLayers(sink, image, 'sig', [layer]);
    await writeLayout(path, { entries, blobs });
    return `${path}:v1`;
  }

  test('verifies a layout', async () => {
    const { code, stdout } = await run(example('offline.sh'), await layout('signed', true), 'cosign.pub', 'trusted_root.json');
    expect(stdout).toMatch(/^ok verified/);
    expect(code).toBe(0);
  });

  test('does not verify a layout without a signature', async () => {
    const { code, stdout } = await run(example('offline.sh'), await layout('bare', false), 'cosign.pub', 'trusted_root.json');
    expect(stdout).toMatch(/^FAIL not verified \(unsigned\)/);
    expect(code).toBe(1);
  });
});

describe('library.mjs', () => {
  const library = (image: string, file: string, subject = WORKFLOW): Promise<Ran> =>
    run(process.execPath, example('library.mjs'), at(image), file, 'file.sigstore.json', 'trusted_root.json', subject, GITHUB_ISSUER);

  beforeAll(async () => {
    const bytes = Buffer.from('a file');
    await writeFile(join(folder, 'file'), bytes);
    await writeFile(join(folder, 'other'), 'another file');
    await writeFile(join(folder, 'file.sigstore.json'), JSON.stringify(messageBundle(sigstore, workflow, bytes)));
  });

  test('verifies an image and a file', async () => {
    const { code, stdout, stderr } = await library('good', 'file');
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      `verified: ${at('good')}, signed by ${WORKFLOW}`,
      expect.stringMatching(/^verified: file, \d+ checks passed$/),
      '',
    ]);
    expect(code).toBe(0);
  });

  test('verifies nothing for another identity', async () => {
    const { code, stdout } = await library('good', 'file', `${WORKFLOW}x`);
    expect(stdout).toMatch(/^untrusted: .*nobody who was asked for\nuntrusted: file/);
    expect(code).toBe(1);
  });

  test('verifies neither an unsigned image nor another file', async () => {
    const { code, stdout } = await library('unsigned', 'other');
    expect(stdout).toMatch(/^unsigned: .*\ninvalid: other/);
    expect(code).toBe(1);
  });
});
