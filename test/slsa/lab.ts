/** A Sigstore, a folder and a registry for provenance of every builder. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import {
  createVirtualSigstore,
  dsseBundle,
  type EvidenceSigner,
  inTotoStatement,
  newKey,
  startRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { assay } from '../cli/harness.ts';

export const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/';
export const GENERIC = `${GENERATOR}generator_generic_slsa3.yml@refs/tags/v2.1.0`;
export const DELEGATOR = `${GENERATOR}delegator_generic_slsa3.yml@refs/tags/v2.1.0`;
export const OTHERS = 'https://github.com/others/builder/.github/workflows/build.yml@refs/tags/v1.2.3';
export const ATTESTING = 'https://github.com/acme/build/.github/workflows/build.yml@refs/heads/main';
export const COMMIT = 'ea25a87792441d7b1c9b6f4e2d3a5c8f90b1e7d6';
export const V02 = 'https://slsa.dev/provenance/v0.2';
export const V1 = 'https://slsa.dev/provenance/v1';
export const NOW = new Date('2026-11-20T12:00:00Z');
export const FILE = Buffer.from('an artifact');
export const DIGEST = `sha256:${createHash('sha256').update(FILE).digest('hex')}`;

export const sigstore = createVirtualSigstore({ now: NOW });
export const key = newKey();
export let folder: string;
export let registry: TestRegistry;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-slsa-'));
  registry = await startRegistry();
  await writeFile(join(folder, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot()));
  await writeFile(join(folder, 'artifact'), FILE);
  await writeFile(join(folder, 'other'), 'another artifact');
  await writeFile(join(folder, 'key.pub'), key.spkiPem);
});
afterAll(async () => {
  await registry?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** A workflow's certificate; `repository` is what triggered it. */
export function by(workflow: string, repository = 'acme/app', issuer?: string): EvidenceSigner {
  const certificate = sigstore.issue({
    sans: [{ uri: workflow }],
    ...(issuer === undefined ? {} : { issuer }),
    claims: new Map([
      [11, 'github-hosted'],
      [12, `https://github.com/${repository}`],
      [13, COMMIT],
      [14, 'refs/tags/v1.2.3'],
    ]),
  });
  return { kind: 'certificate', certificate, chain: sigstore.ca.chain };
}

export interface Parts {
  readonly builder?: string;
  readonly buildType?: string;
  readonly source?: string;
  readonly material?: string;
  readonly environment?: object;
}

export const PUSHED = {
  GITHUB_REF_TYPE: 'tag',
  GITHUB_REF: 'refs/tags/v1.2.3',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_BASE_REF: '',
  GITHUB_EVENT_PAYLOAD: { base_ref: 'refs/heads/main' },
};
export const lower = (o: object): object => Object.fromEntries(Object.entries(o).map(([k, v]) => [k.toLowerCase(), v]));

export function provenance02({
  builder = GENERIC,
  buildType = 'https://github.com/slsa-framework/slsa-github-generator/generic@v1',
  ...p
}: Parts = {}): object {
  const source = p.source ?? 'git+https://github.com/acme/app@refs/tags/v1.2.3';
  return {
    builder: { id: builder },
    buildType,
    invocation: {
      configSource: { uri: source, digest: { sha1: COMMIT }, entryPoint: 'x.yml' },
      parameters: {},
      environment: lower(p.environment ?? PUSHED),
    },
    materials: [{ uri: p.material ?? source, digest: { sha1: COMMIT } }],
  };
}

export function provenance1({
  builder = OTHERS,
  buildType = 'https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0',
  ...p
}: Parts = {}): object {
  const environment = { GITHUB_WORKFLOW_REF: 'acme/app/.github/workflows/x.yml@refs/tags/v1.2.3', ...PUSHED, ...p.environment };
  return {
    buildDefinition: {
      buildType,
      externalParameters: { workflow: { repository: 'https://github.com/acme/app', ref: 'refs/tags/v1.2.3', path: 'x.yml' } },
      internalParameters: environment,
      resolvedDependencies: [{ uri: p.material ?? 'git+https://github.com/acme/app@refs/tags/v1.2.3', digest: { gitCommit: COMMIT } }],
    },
    runDetails: { builder: { id: builder }, metadata: {} },
  };
}

export async function bundleOf(signer: EvidenceSigner, type: string, predicate: object, digest = DIGEST): Promise<string> {
  const statement = inTotoStatement(digest, type, { predicate: JSON.parse(JSON.stringify(predicate)) });
  return put(JSON.stringify(dsseBundle(sigstore, signer, statement, { logs: [{}] })));
}

export async function put(text: string): Promise<string> {
  const name = `provenance-${++count}.json`;
  await writeFile(join(folder, name), text);
  return name;
}

export interface Answer {
  readonly exit: number;
  readonly outcome: string;
  readonly text: string;
}

export async function ask(...argv: readonly string[]): Promise<Answer> {
  const ran = await assay(['slsa', 'verify', '--trusted-root', 'trusted_root.json', '--output', 'json', ...argv], {
    cwd: folder,
    home: folder,
  });
  const text = ran.stdout.toString();
  return { exit: ran.exit, outcome: (JSON.parse(text) as { outcome?: string }).outcome ?? '', text };
}

export const APP = ['--source-uri', 'github.com/acme/app'];
