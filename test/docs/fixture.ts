import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLayout } from '../../src/oci/index.ts';
import {
  createVirtualSigstore,
  DAY,
  dsseBundle,
  type EvidenceSigner,
  type EvidenceSink,
  GITHUB_ISSUER,
  inTotoStatement,
  messageBundle,
  newKey,
  PREDICATES,
  type Pushed,
  pushBundle,
  pushImage,
  pushIndex,
  pushLayers,
  registrySink,
  signatureLayer,
  simpleSigningPayload,
  startRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { fillPolicyWorld } from './policy-world.ts';
import { fillSigningWorld } from './signing-world.ts';

/** What the documents' examples run against: a registry and a folder that hold what the text says. */
export interface World {
  readonly registry: TestRegistry;
  readonly folder: string;
  /** Names in documents, and the hosts that they stand for. */
  readonly hosts: ReadonlyMap<string, string>;
  /** The environment of commands. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const now = new Date('2026-11-20T12:00:00Z');
const sigstore = createVirtualSigstore({ now });
const pair = newKey();
const key: EvidenceSigner = { kind: 'key', key: pair };
const stranger: EvidenceSigner = { kind: 'key', key: newKey() };
const commit = '8c1d2f6a90b34e5ab6cc0d2e47f3195ab0d6e7f8';

/** Extensions .9 to .21 as Fulcio writes them for a workflow of GitHub. */
function workflow(): EvidenceSigner {
  const certificate = sigstore.issue({
    sans: [{ uri: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1' }],
    issuer: GITHUB_ISSUER,
    notBefore: new Date(now.getTime() - 2 * DAY),
    claims: new Map([
      [2, 'push'],
      [5, 'acme/app'],
      [11, 'github-hosted'],
      [12, 'https://github.com/acme/app'],
      [13, commit],
      [14, 'refs/tags/v1'],
    ]),
  });
  return { kind: 'certificate', certificate, chain: sigstore.ca.chain };
}

/** Makes the world of the documents. Images are reached as `registry.example/…`. */
export async function createWorld(): Promise<World> {
  const registry = await startRegistry();
  const folder = mkdtempSync(join(tmpdir(), 'assay-docs-'));
  fillApp(registrySink(registry.content, 'app'));
  for (const [repository, tag] of [
    ['web', 'v2'],
    ['base', '12'],
  ] as const) {
    const sink = registrySink(registry.content, repository);
    signByTag(sink, pushImage(sink, repository, { tag }), key, `${registry.host}/${repository}`);
  }
  pushImage(registrySink(registry.content, 'unsigned'), 'unsigned', { tag: 'v1' });
  const theirs = registrySink(registry.content, 'theirs');
  signByTag(theirs, pushImage(theirs, 'theirs', { tag: 'v1' }), stranger);

  writeFileSync(join(folder, 'cosign.pub'), pair.spkiPem);
  writeFileSync(join(folder, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot()));
  writeFileSync(
    join(folder, 'images.txt'),
    'registry.example/app:v1\nregistry.example/web:v2\n'.replaceAll('registry.example', registry.host),
  );
  writeFileSync(join(folder, 'deploy.yaml'), deployment(registry.host));
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${registry.host}/base:12 AS build\nFROM scratch\nCOPY --from=build /out /\n`);
  const file = Buffer.from('an artifact\n');
  writeFileSync(join(folder, 'app.tar.gz'), file);
  writeFileSync(join(folder, 'app.tar.gz.sigstore.json'), JSON.stringify(messageBundle(sigstore, workflow(), file)));
  await saveLayout(registry, join(folder, 'mirror'));
  const notary = fillPolicyWorld(registry, folder, { sigstore, key, now });
  const clock = (): Date => new Date('2026-11-21T12:00:00Z');
  const signing = await fillSigningWorld(registry, folder, { sigstore, key: pair, notary, now, clock });
  mkdirSync(join(folder, 'home'));
  return {
    registry,
    folder,
    hosts: new Map([
      ['registry.example', registry.host],
      ['mirror.example', signing.mirror.host],
      ['old.example', signing.old.host],
    ]),
    env: { COSIGN_TRUSTED_ROOT: join(folder, 'trusted_root.json'), ...signing.env },
    async close() {
      await Promise.all([registry.close(), signing.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}

// Two platforms, a keyless signature and provenance as bundles, a signature by key under cosign's tag, an SBOM attested by key.
function fillApp(sink: EvidenceSink): void {
  const index = pushIndex(sink, [pushImage(sink, 'app amd64'), pushImage(sink, 'app arm64')], { tag: 'v1' });
  const signer = workflow();
  pushBundle(sink, index, dsseBundle(sigstore, signer, inTotoStatement(index.digest, PREDICATES.sign)));
  const predicate = { buildDefinition: { buildType: 'https://actions.github.io/buildtypes/workflow/v1' }, runDetails: {} };
  pushBundle(sink, index, dsseBundle(sigstore, signer, inTotoStatement(index.digest, PREDICATES.slsa1, { predicate })));
  pushBundle(
    sink,
    index,
    dsseBundle(sigstore, key, inTotoStatement(index.digest, PREDICATES.spdx, { predicate: { spdxVersion: 'SPDX-2.3' } }), { logs: [{}] }),
  );
  signByTag(sink, index, key);
}

function signByTag(sink: EvidenceSink, image: Pushed, signer: EvidenceSigner, reference = 'registry.example/app'): void {
  pushLayers(sink, image, 'sig', [signatureLayer(sigstore, signer, simpleSigningPayload(image.digest, { reference }), { logs: [{}] })]);
}

// What copying with all referrers leaves: what has a tag by its tag, everything that refers to the image beside it.
async function saveLayout(registry: TestRegistry, path: string): Promise<void> {
  const { manifests, tags } = registry.content.repository('app');
  const tagOf = new Map([...tags].map(([tag, digest]) => [digest, tag]));
  const entries = [...manifests].flatMap(([digest, { type, body }]) => {
    const tag = tagOf.get(digest);
    if (tag === undefined && !body.includes('"subject"')) return [];
    return [{ bytes: body, mediaType: type, ...(tag === undefined ? {} : { tag }) }];
  });
  await writeLayout(path, { entries, blobs: [...registry.content.blobs.values(), ...[...manifests.values()].map((m) => m.body)] });
}

function deployment(host: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: app }
spec:
  template:
    spec:
      initContainers:
        - { name: migrate, image: "${host}/web:v2" }
      containers:
        - { name: app, image: "${host}/app:v1" }
`;
}
