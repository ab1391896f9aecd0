/**
 * Forty signers of one image at the same time, processes of their own, Assay's and cosign's mixed, on a registry that has no referrers API and no way
 * to change a list in one step. cosign writes blindly and may lose what it wrote; what Assay says is there has to be there.
 */

import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createRegistryClient,
  type Descriptor,
  digestOf,
  evidenceTag,
  fallbackTag,
  putBlob,
  putManifest,
  type RegistryClient,
} from '../../src/oci/index.ts';
import { makeKey } from '../interop/lab/keys.ts';
import { type LabRegistry, startDebian } from '../interop/lab/registries.ts';
import { type CosignVersion, openWorkshop, type Workshop } from '../interop/lab/workshop.ts';
import { lacksPeers, requirePeer } from '../interop/peers.ts';
import { EMPTY, manifestBytes } from '../oci/images.ts';
import { buildProgram, type Program } from './child.ts';

const MISSING = lacksPeers(['cosign', '2.5'], ['cosign', '3'], ['docker-registry']);

const BUNDLES = 'bundles in the fallback tag';

/** What one of ours said. */
interface Said {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe.skipIf(MISSING)('forty signers of one image', () => {
  let workshop: Workshop;
  let registry: LabRegistry;
  let program: Program;
  let client: RegistryClient;

  beforeAll(async () => {
    workshop = openWorkshop('crowded');
    [registry, program] = await Promise.all([startDebian(workshop), buildProgram()]);
    client = createRegistryClient();
    await makeKey(workshop, 'p256', 'cosign');
    // Leaves its compiled code to the forty that start at once.
    await image('first');
    expect(await ours('first', 0, [])).toMatchObject({ exit: 0 });
  }, 60_000);
  afterAll(async () => {
    await client?.close();
    await registry?.close();
    program?.remove();
    await workshop?.close();
  });

  async function image(name: string): Promise<Descriptor> {
    const repository = { client, registry: registry.host, name };
    await putBlob(repository, Buffer.from('{}'), { mediaType: EMPTY.mediaType });
    return putManifest(repository, manifestBytes(), { tag: 'v1' });
  }

  async function entries(name: string, tag: string): Promise<readonly { readonly digest: string }[]> {
    const answer = await fetch(`http://${registry.host}/v2/${name}/manifests/${tag}`, {
      headers: { accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' },
    });
    const value = (await answer.json()) as { manifests?: []; layers?: [] };
    return value.manifests ?? value.layers ?? [];
  }

  /** The annotation that a payload says it was signed with. */
  async function claimIn(name: string, digest: string): Promise<string> {
    const answer = await fetch(`http://${registry.host}/v2/${name}/blobs/${digest}`);
    return ((await answer.json()) as { optional: { n: string } }).optional.n;
  }

  function evidenceOf({ stdout }: Said): string {
    const { images } = JSON.parse(stdout) as { images: { evidence: { digest: string }[] }[] };
    return images[0]?.evidence[0]?.digest ?? 'none';
  }

  function ours(name: string, n: number, more: readonly string[]): Promise<Said> {
    const argv = [
      'sign',
      '--key',
      'cosign.key',
      '--tlog-upload=false',
      '-a',
      `n=ours-${n}`,
      ...more,
      '-o',
      'json',
      `${registry.host}/${name}:v1`,
    ];
    return program.run(argv, { home: workshop.folder, env: { COSIGN_PASSWORD: '' } });
  }

  // Not by the workshop's queue: all at once is what it is about.
  function cosign(version: CosignVersion, name: string, n: number): Promise<Said> {
    const { path } = requirePeer({ skip: () => {} }, 'cosign', version);
    const modern = version === '3' ? ['--use-signing-config=false'] : [];
    const argv = [
      'sign',
      '--key',
      'cosign.key',
      '--tlog-upload=false',
      ...modern,
      '-y',
      '-a',
      `n=theirs-${n}`,
      `${registry.host}/${name}:v1`,
    ];
    const env = { PATH: process.env.PATH ?? '', HOME: workshop.folder, COSIGN_PASSWORD: '' };
    return new Promise((resolve) => {
      execFile(path, argv, { cwd: workshop.folder, env }, (error, stdout, stderr) =>
        resolve({ exit: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
      );
    });
  }

  test.each<readonly [string, CosignVersion, readonly string[], (image: Descriptor) => string]>([
    [BUNDLES, '3', [], (i) => fallbackTag(i.digest)],
    ['layers of the .sig tag', '2.5', ['--format', 'cosign-tag'], (i) => evidenceTag(i.digest, 'sig') ?? ''],
  ])('%s: all of ours are there, or said to be missing', { timeout: 240_000 }, async (form, version, flags, tagOf) => {
    const name = `app/${digestOf(Buffer.from(form)).slice(7, 15)}`;
    const subject = await image(name);
    const work = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? ours(name, n, flags) : cosign(version, name, n)));
    const all = await Promise.all(work);
    const listed = await entries(name, tagOf(subject));
    const found = new Set(form === BUNDLES ? listed.map((e) => e.digest) : await Promise.all(listed.map((e) => claimIn(name, e.digest))));
    const results = all.flatMap((said, n) => (n % 2 === 0 ? [{ ...said, claim: `ours-${n}` }] : []));
    const done = results.filter((r) => r.exit === 0);
    const missing = done.filter((r) => !found.has(form === BUNDLES ? evidenceOf(r) : r.claim));
    expect(missing.map((r) => r.claim)).toEqual([]);
    for (const r of results.filter((one) => one.exit !== 0)) {
      expect(r.exit).toBe(3);
      expect(r.stdout).toMatch(/"code": "write-conflict",\s+"message": "[^"]*sha256:[0-9a-f]{64}/);
    }
    const theirs = all.filter((said, n) => n % 2 === 1 && said.exit === 0).length;
    process.stderr.write(`${form}: ${done.length} of ours said to be done, ${theirs} of cosign's; ${found.size} listed\n`);
  });
});
