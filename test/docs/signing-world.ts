/** What the guides about signing run against: services that a Sigstore runs, images that nobody has signed, a second registry, and the files that tools would leave. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateKeyOf } from '../../src/crypto/index.ts';
import { encryptPrivateKey } from '../../src/crypto/private-keys.ts';
import { writeLayout } from '../../src/oci/index.ts';
import {
  GITHUB_ISSUER,
  type NotaryAuthority,
  notaryChain,
  pushImage,
  pushIndex,
  registrySink,
  type SigningKey,
  sharedKey,
  startRegistry,
  type TestRegistry,
  type VirtualSigstore,
} from '../../src/testing/index.ts';
import { startSigstoreServices } from '../../src/testing/services/index.ts';

/** What a world of signing is made of. */
export interface SigningWorldOptions {
  readonly sigstore: VirtualSigstore;
  readonly key: SigningKey;
  readonly notary: NotaryAuthority;
  /** When evidence of the world was made. */
  readonly now: Date;
  /** The clock of commands and services. */
  readonly clock: () => Date;
}

/** The part of the documents' world that signs. */
export interface SigningWorld {
  /** `mirror.example` in documents. */
  readonly mirror: TestRegistry;
  /** `old.example` in documents: a registry without the referrers API. */
  readonly old: TestRegistry;
  /** Where the services are found, whose token a job has, and the password of keys. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const COMMIT = '8c1d2f6a90b34e5ab6cc0d2e47f3195ab0d6e7f8';
const PASSWORD = 'correct horse';

/** Worlds of one key have the same file: making it is as dear as guessing a password. */
const files = new WeakMap<SigningKey, Promise<string>>();

function sealed(key: SigningKey): Promise<string> {
  const file = files.get(key) ?? encryptPrivateKey(privateKeyOf(key.privateKey), Buffer.from(PASSWORD));
  files.set(key, file);
  return file;
}

/** Fills the repositories `api`, `worker`, `tool`, `job` and the folder, and starts the services. */
export async function fillSigningWorld(
  registry: TestRegistry,
  folder: string,
  { sigstore, key, notary, now, clock }: SigningWorldOptions,
): Promise<SigningWorld> {
  const services = await startSigstoreServices(sigstore, { now: clock, issuers: [GITHUB_ISSUER] });
  const [mirror, old] = await Promise.all([startRegistry(), startRegistry({ referrers: false })]);
  for (const name of ['api', 'tool', 'job']) pushImage(registrySink(registry.content, name), name, { tag: 'v1' });
  const worker = registrySink(registry.content, 'worker');
  pushIndex(worker, [pushImage(worker, 'worker amd64'), pushImage(worker, 'worker arm64')], { tag: 'v1' });
  pushImage(registrySink(old.content, 'api'), 'api', { tag: 'v1' });

  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
  write('cosign.key', await sealed(key));
  write('password.txt', `${PASSWORD}\n`);
  write('openssl.pem', sharedKey('p384', 'of openssl').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  write('signing_config.json', JSON.stringify(services.signingConfig(1)));
  write('signer.key', sharedKey('p256', 'notary leaf').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  write(
    'signer.pem',
    notaryChain(notary)
      .map((c) => c.pem)
      .join(''),
  );
  write('sbom.spdx.json', JSON.stringify(sbom(now)));
  write('provenance.json', JSON.stringify(provenance()));
  write('review.json', '{"reviewer":"ada","passed":true}\n');
  write('model.bin', 'numbers\n');
  write('README.txt', 'what the numbers are\n');
  await writeLayout(join(folder, 'empty'), { entries: [], blobs: [] });

  const claims = {
    iss: GITHUB_ISSUER,
    sub: 'repo:acme/app:ref:refs/tags/v1',
    email: undefined,
    email_verified: undefined,
    job_workflow_ref: 'acme/app/.github/workflows/release.yml@refs/tags/v1',
    repository: 'acme/app',
    repository_owner: 'acme',
    ref: 'refs/tags/v1',
    sha: COMMIT,
    event_name: 'push',
    runner_environment: 'github-hosted',
  };
  return {
    mirror,
    old,
    env: {
      COSIGN_SIGNING_CONFIG: join(folder, 'signing_config.json'),
      COSIGN_PASSWORD: PASSWORD,
      SIGSTORE_ID_TOKEN: services.token(claims),
    },
    async close() {
      await Promise.all([services.close(), mirror.close(), old.close()]);
    },
  };
}

function sbom(now: Date): object {
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'api',
    documentNamespace: 'https://acme.example/sbom/api-v1',
    creationInfo: { created: `${now.toISOString().slice(0, 19)}Z`, creators: ['Tool: syft-1.0.0'] },
    packages: [{ SPDXID: 'SPDXRef-openssl', name: 'openssl', versionInfo: '3.0.11', downloadLocation: 'NOASSERTION' }],
    relationships: [{ spdxElementId: 'SPDXRef-DOCUMENT', relatedSpdxElement: 'SPDXRef-openssl', relationshipType: 'DESCRIBES' }],
  };
}

function provenance(): object {
  const repository = 'https://github.com/acme/app';
  return {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref: 'refs/tags/v1', repository, path: '.github/workflows/release.yml' } },
      resolvedDependencies: [{ uri: `git+${repository}@refs/tags/v1`, digest: { gitCommit: COMMIT } }],
    },
    runDetails: { builder: { id: `${repository}/.github/workflows/release.yml@refs/tags/v1` } },
  };
}
