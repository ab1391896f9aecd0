import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay } from '../cli/harness.ts';
import { fillApp, shelfOf } from '../transcripts/corpus.ts';
import { lacksPeers, requirePeer } from './peers.ts';

const exec = promisify(execFile);
let registry: TestRegistry;
let home = '';

beforeAll(async () => {
  registry = await startRegistry();
  fillApp(shelfOf(registry, 'app'));
  home = mkdtempSync(join(tmpdir(), 'assay-raw-'));
});
afterAll(async () => {
  await registry.close();
  rmSync(home, { recursive: true });
});

/** The path of a real tool. Throws where it has to be there and is not. */
function peer(name: string, version = ''): string {
  return requirePeer({ skip: () => {} }, name, version).path;
}

/** Runs a real tool with a home of its own. */
async function run(program: string, ...argv: string[]): Promise<Buffer> {
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_CONFIG_HOME: home, COSIGN_PASSWORD: '' };
  const { stdout } = await exec(program, argv, { env, cwd: home, encoding: 'buffer', maxBuffer: 1 << 28 });
  return stdout;
}

describe.skipIf(lacksPeers(['crane']))('the raw reads', () => {
  const plain = 'sha256:9cd31762e7050165195c9469ccea41a23c079f2d0f51b5e9bf0c9d7842618b72';
  test.each([
    'digest HOST/app:v1',
    'digest HOST/app:plain',
    'digest --full-ref HOST/app:v1',
    'digest --platform linux/arm64 HOST/app:v1',
    'ls HOST/app',
    'ls --full-ref HOST/app',
    'ls -O HOST/app',
    'catalog HOST',
    'catalog --full-ref HOST',
    'manifest HOST/app:v1',
    'manifest --platform linux/arm64 HOST/app:v1',
    'config HOST/app:plain',
    'config HOST/app:v1',
    'config --platform linux/arm64 HOST/app:v1',
    `blob HOST/app@${plain}`,
    'blob HOST/app@sha256:71c77f2d436432536607d9a2225df233f0144cbcfd5adc8ded0dc359d4998bcf',
  ])('print what crane prints: %s', async (line) => {
    const crane = peer('crane');
    const argv = line.replaceAll('HOST', registry.host).split(' ');
    const { stdout, exit } = await assay(argv, { home });
    expect(exit).toBe(0);
    expect(stdout).toEqual(await run(crane, ...argv));
  });

  test('take an entry without a platform for linux/amd64 where crane does', async () => {
    const crane = peer('crane');
    await run(crane, 'index', 'append', '-m', `${registry.host}/app:plain`, '-t', `${registry.host}/app:bare`);
    const argv = ['config', `${registry.host}/app:bare`];
    expect((await assay(argv, { home })).stdout).toEqual(await run(crane, ...argv));
  });

  test('read a layout that crane has written', async () => {
    const crane = peer('crane');
    await run(crane, 'pull', '--format', 'oci', `${registry.host}/app:plain`, join(home, 'pulled'));
    const { stdout } = await assay(['digest', `oci:${join(home, 'pulled')}`], { home });
    expect(stdout).toEqual(await run(crane, 'digest', `${registry.host}/app:plain`));
  });
});

describe.skipIf(lacksPeers(['oras']))('tree', () => {
  interface Node {
    readonly reference: string;
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
    readonly artifactType?: string;
    readonly annotations?: Record<string, string>;
    readonly referrers?: readonly Node[];
    readonly found?: readonly string[];
  }

  test('carries every fact of oras discover', async () => {
    const oras = peer('oras');
    const theirs = JSON.parse(
      (await run(oras, 'discover', '--plain-http', '--format', 'json', `${registry.host}/app:v1`)).toString(),
    ) as Node;
    const ours = JSON.parse((await assay(['tree', '--output', 'json', `${registry.host}/app:v1`], { home })).stdout.toString()) as Node;
    expect(ours).toMatchObject({ mediaType: theirs.mediaType, digest: theirs.digest, size: theirs.size });
    expect(theirs.referrers?.length).toBeGreaterThan(2);
    // What only a tag of cosign's or a second place knows is ours alone.
    expect(factsOf((ours.referrers ?? []).filter((r) => r.found?.includes('referrers')))).toEqual(factsOf(theirs.referrers ?? []));
  });

  function factsOf(nodes: readonly Node[]): readonly object[] {
    const facts = nodes.map(({ reference, mediaType, digest, size, artifactType, annotations = {} }) => ({
      reference,
      mediaType,
      digest,
      size,
      artifactType,
      annotations,
    }));
    return facts.sort((a, b) => a.digest.localeCompare(b.digest));
  }
});

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5']))('what real cosign attaches', () => {
  const image = (): string => `${registry.host}/app:plain`;

  beforeAll(async () => {
    const [cosign2, cosign3] = [peer('cosign', '2.5'), peer('cosign', '3')];
    writeFileSync(join(home, 'predicate.json'), '{"a":1}');
    writeFileSync(join(home, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}');
    await run(cosign2, 'generate-key-pair');
    await run(cosign3, 'signing-config', 'create', '--out', 'signing.json');
    await run(cosign2, 'sign', '-y', '--key', 'cosign.key', '--tlog-upload=false', image());
    await run(
      cosign2,
      'attest',
      '-y',
      '--key',
      'cosign.key',
      '--tlog-upload=false',
      '--predicate',
      'predicate.json',
      '--type',
      'custom',
      image(),
    );
    await run(cosign2, 'attach', 'sbom', '--sbom', 'sbom.json', '--type', 'spdx', '--input-format', 'json', image());
    await run(cosign3, 'sign', '-y', '--key', 'cosign.key', '--signing-config', 'signing.json', image());
    await run(
      cosign3,
      'attest',
      '-y',
      '--key',
      'cosign.key',
      '--signing-config',
      'signing.json',
      '--predicate',
      'predicate.json',
      '--type',
      'custom',
      image(),
    );
  });

  test('is all in the tree', async () => {
    const { stdout, exit } = await assay(['tree', image()], { home });
    expect(exit).toBe(0);
    const rows = stdout
      .toString()
      .split('\n')
      .slice(1, -1)
      .map((line) => line.slice(3).split(/ {3,}/).slice(0, 2).join(' | '));
    expect(rows.sort()).toEqual(
      [
        'SBOM | SPDX JSON',
        'attestation | cosign tag',
        'attestation | sigstore bundle',
        'signature | cosign tag',
        'signature | sigstore bundle',
      ].sort(),
    );
  });

  test.each(['signature', 'attestation'])('download %s prints what cosign 2 and 3 print', async (what) => {
    const ours = linesOf((await assay(['download', what, image()], { home })).stdout);
    for (const version of ['2.5', '3']) {
      const theirs = linesOf(await run(peer('cosign', version), 'download', what, image()));
      // cosign 3 prints signatures and attestations alike; here each stands under its own name.
      const own = version === '3' ? theirs.filter((line) => isSignature(line) === (what === 'signature')) : theirs;
      expect(own.length).toBe(1);
      expect(ours).toEqual(expect.arrayContaining([...own]));
    }
    expect(ours.length).toBe(2);
  });

  test('download sbom and triangulate print what cosign prints', async () => {
    const cosign = peer('cosign', '2.5');
    for (const argv of [
      ['download', 'sbom', image()],
      ...['signature', 'attestation', 'sbom', 'digest'].map((type) => ['triangulate', '--type', type, image()]),
    ]) {
      expect((await assay(argv, { home })).stdout.toString()).toBe((await run(cosign, ...argv)).toString());
    }
  });

  function linesOf(bytes: Buffer): readonly unknown[] {
    return bytes
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  }

  function isSignature(bundle: unknown): boolean {
    const { payload } = (bundle as { dsseEnvelope: { payload: string } }).dsseEnvelope;
    return Buffer.from(payload, 'base64').includes('https://sigstore.dev/cosign/sign/v1');
  }
});
