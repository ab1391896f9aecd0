/** What is attached and repaired, as real cosign and the real docker-registry see it; and the same in a layout. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRegistryClient, putBlob, putManifest, type RegistryClient } from '../../src/oci/index.ts';
import { makeKey } from '../interop/lab/keys.ts';
import { type LabRegistry, startDebian } from '../interop/lab/registries.ts';
import { openWorkshop, type Ran, type Workshop } from '../interop/lab/workshop.ts';
import { lacksPeers } from '../interop/peers.ts';
import { EMPTY, manifestBytes } from '../oci/images.ts';

const MISSING = lacksPeers(['cosign', '2.5'], ['docker-registry']);
const SPDX = JSON.stringify({ spdxVersion: 'SPDX-2.3', packages: [] });

describe.skipIf(MISSING)('on docker-registry', () => {
  let workshop: Workshop;
  let registry: LabRegistry;
  let client: RegistryClient;

  beforeAll(async () => {
    workshop = openWorkshop('attached');
    registry = await startDebian(workshop);
    client = createRegistryClient();
    await makeKey(workshop, 'p256', 'cosign');
    workshop.write('app.json', SPDX);
  }, 60_000);
  afterAll(async () => {
    await client?.close();
    await registry?.close();
    await workshop?.close();
  });

  async function image(name: string): Promise<string> {
    const repository = { client, registry: registry.host, name };
    await putBlob(repository, Buffer.from('{}'), { mediaType: EMPTY.mediaType });
    const { digest } = await putManifest(repository, manifestBytes({ annotations: { name } }), { tag: 'v1' });
    return `${registry.host}/${name}@${digest}`;
  }

  async function assay(...argv: string[]): Promise<Ran> {
    const ran = await workshop.assay(argv);
    expect([argv.slice(0, 2), ran.code, ran.stderr]).toEqual([argv.slice(0, 2), 0, expect.anything()]);
    return ran;
  }

  test('cosign downloads the SBOM that was attached, and Assay the one that cosign attached', { timeout: 60_000 }, async () => {
    const [ours, theirs] = [await image('sbom/ours'), await image('sbom/theirs')];
    await assay('attach', 'sbom', '--sbom', 'app.json', ours);
    expect((await workshop.make('2.5', ['download', 'sbom', ours])).stdout.trim()).toBe(SPDX);
    await workshop.make('2.5', ['attach', 'sbom', '--sbom', 'app.json', '--type', 'spdx', theirs]);
    expect((await assay('download', 'sbom', theirs)).stdout.trim()).toBe(SPDX);
  });

  test('cosign verifies, and adds to, signatures that were listed again', { timeout: 90_000 }, async () => {
    const at = await image('repaired');
    const sign = ['sign', '--key', 'cosign.key', '--tlog-upload=false', '-y'];
    const tag = (await assay('triangulate', at)).stdout.trim();
    await workshop.make('2.5', [...sign, '-a', 'n=1', at]);
    const lost = (await assay('digest', tag)).stdout.trim();
    await assay('clean', '--type', 'signature', '--force', at);
    await workshop.make('2.5', [...sign, '-a', 'n=2', at]);
    const manifest = await workshop.assay(['repair', at, lost]);
    // The registry has really deleted it: nothing is there to be listed.
    expect([manifest.code, manifest.stderr]).toEqual([1, expect.stringContaining('not-found')]);
    const second = (await assay('digest', tag)).stdout.trim();
    const third = await image('repaired-else');
    const elsewhere = await workshop.assay(['repair', third, second]);
    expect(elsewhere.code).not.toBe(0);
    await workshop.make('2.5', [...sign, '-a', 'n=3', at]);
    const before = (await assay('digest', tag)).stdout.trim();
    // cosign's blind write, played: the tag points at the older list again.
    const old = await fetch(`http://${registry.host}/v2/repaired/manifests/${second}`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    const put = await fetch(`http://${registry.host}/v2/repaired/manifests/${tag.split(':').at(-1)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: await old.text(),
    });
    expect(put.status).toBe(201);
    await assay('repair', at, before);
    await workshop.make('2.5', [...sign, '-a', 'n=4', at]);
    const verified = await workshop.make('2.5', ['verify', '--key', 'cosign.pub', '--insecure-ignore-tlog', at]);
    const found = (JSON.parse(verified.stdout) as { optional: { n: string } }[]).map((s) => s.optional.n).sort();
    expect(found).toEqual(['2', '3', '4']);
  });

  test('everything that was attached is deleted, and the image stays', { timeout: 60_000 }, async () => {
    const at = await image('cleaned');
    await assay('attach', 'artifact', '--artifact-type', 'application/vnd.example.v1', at, 'app.json:application/json');
    await assay('attach', 'sbom', '--sbom', 'app.json', at);
    await assay('clean', '--force', at);
    const tree = JSON.parse((await assay('tree', '-o', 'json', at)).stdout) as { referrers?: unknown[] };
    expect(tree.referrers ?? []).toEqual([]);
    await assay('manifest', at);
  });
});
