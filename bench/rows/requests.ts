/** Requests, and levels of requests that wait for each other, of a first verification. */
import { join } from 'node:path';
import type { JsonObject } from '../../src/codec/json.ts';
import {
  dsseBundle,
  GITHUB_ISSUER,
  inTotoStatement,
  PREDICATES,
  pushBundle,
  pushImage,
  WORKFLOW,
} from '../../src/testing/authority/index.ts';
import type { LogEntry, TestRegistry } from '../../src/testing/registry/index.ts';
import { type BenchContext, type Measurement, type Peer, type Row, rounded } from '../row.ts';
import { type Lab, withLab } from './lab.ts';

/** What each answer of the registry is late by: long enough for requests that do not wait for each other to overlap. */
export const LATENCY_MS = 20;
const LEVELS = 4;

/** What is attached to the image, and how many requests may be made. */
interface Case {
  readonly name: string;
  readonly work: string;
  readonly predicates: Readonly<Record<string, JsonObject>>;
  readonly most: number;
  /** What has to be met, in the words of an ImagePolicy; without it the flags ask for a signature. */
  readonly require?: string;
}

const CASES: readonly Case[] = [
  { name: 'requests-signature', work: '1 signature', predicates: { [PREDICATES.sign]: {} }, most: 8 },
  {
    name: 'requests-attestations',
    work: '1 signature and 2 attestations, under a policy that asks for all three with conditions',
    predicates: {
      [PREDICATES.sign]: {},
      [PREDICATES.slsa1]: { buildDefinition: { buildType: 'https://bench.example/build', externalParameters: {} } },
      [PREDICATES.spdx]: { spdxVersion: 'SPDX-2.3', packages: [{ SPDXID: 'SPDXRef-zlib', name: 'zlib', versionInfo: '1.3' }] },
    },
    most: 14,
    require: `allOf:
      - signature: { by: release }
      - attestation: { type: slsaprovenance1, by: release, where: [{ cel: 'predicate.buildDefinition.buildType == "https://bench.example/build"' }] }
      - attestation: { type: spdxjson, by: release, where: [{ sbom: { minComponents: 1 } }, { cel: 'predicate.packages.all(p, p.name != "log4j")' }] }`,
  },
];

/** `requests-signature` and `requests-attestations`. */
export const requests: Measurement = {
  rows: CASES.map((c) => c.name),
  async measure(context) {
    const rows: Row[] = [];
    for (const c of CASES) rows.push(await withLab((lab) => measureCase(lab, c, context)));
    return rows;
  },
};

async function measureCase(lab: Lab, { name, work, predicates, most, require }: Case, { root, peer, say }: BenchContext): Promise<Row> {
  const cosign = peer('cosign', '3');
  say(`${name}: assay and cosign ${cosign.version}`);
  const image = attach(lab, predicates);
  slow(lab.registry);
  const trusted = lab.write('trusted_root.json', JSON.stringify(lab.sigstore.trustedRoot()));
  const who = ['--certificate-identity', WORKFLOW, '--certificate-oidc-issuer', GITHUB_ISSUER, '--trusted-root', trusted];
  const asked = require === undefined ? who : ['--policy', lab.write('policy.yaml', policyOf(lab, require))];
  const ours = await counted(lab, process.execPath, [join(root, 'bin/assay.js'), 'verify', ...asked, image]);
  // The image under another name, which is resolved; what is known of its digest is not asked again.
  const again = await counted(lab, process.execPath, [join(root, 'bin/assay.js'), 'verify', ...asked, image, `${lab.repository}:again`]);
  const theirs = await counted(lab, cosign.path, ['verify', '--allow-http-registry', ...who, image]);
  return {
    name,
    work: `requests of a cold \`assay verify\` by identity with a trusted root at hand, of an image by tag with ${work}`,
    ours: ours.requests,
    peer: theirs.requests,
    peerName: label(cosign),
    unit: 'requests',
    ratio: rounded(ours.requests / theirs.requests),
    target: `at most ${most} requests in at most ${LEVELS} levels; 1 more for another tag of the same image`,
    met: ours.requests <= most && ours.levels <= LEVELS && again.requests <= ours.requests + 1,
    details: {
      levels: ours.levels,
      peerLevels: theirs.levels,
      tokenRequests: ours.tokens,
      requestsForAnotherTag: again.requests - ours.requests,
      milliseconds: rounded(ours.milliseconds),
      peerMilliseconds: rounded(theirs.milliseconds),
      latency: `${LATENCY_MS} ms a request`,
      order: ours.order,
    },
  };
}

/** An image by tag, and a bundle for each predicate as a referrer. */
function attach({ sink, sigstore, repository }: Lab, predicates: Case['predicates']): string {
  const image = pushImage(sink, 'app', { tag: 'v1' });
  pushImage(sink, 'app', { tag: 'again' });
  for (const [type, predicate] of Object.entries(predicates)) {
    const certificate = sigstore.issue();
    const signer = { kind: 'certificate', certificate, chain: sigstore.ca.chain } as const;
    const statement = inTotoStatement(image.digest, type, { predicate });
    pushBundle(sink, image, dsseBundle(sigstore, signer, statement), {
      annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': type },
    });
  }
  return `${repository}:v1`;
}

function policyOf({ registry }: Lab, require: string): string {
  return `apiVersion: assay.dev/v1alpha1
kind: ImagePolicy
metadata: { name: bench }
spec:
  images: ["${registry.host}/**"]
  authorities:
    release:
      keyless: { issuer: "${GITHUB_ISSUER}", subject: "${WORKFLOW}" }
      trustedRoot: { file: trusted_root.json }
  require:
    ${require}
`;
}

/** What a program asked. */
export interface Counted {
  readonly requests: number;
  /** Of requests that wait for each other. */
  readonly levels: number;
  readonly tokens: number;
  readonly milliseconds: number;
  readonly order: string;
}

/** Makes every answer late. */
export function slow({ faults }: TestRegistry): void {
  faults.add({ kind: 'slow', ms: LATENCY_MS });
}

/** Runs a program in an empty home folder, and counts what it asks of the registry. */
export async function counted(lab: Lab, program: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Counted> {
  const from = lab.registry.log.length;
  const { milliseconds } = await lab.run(program, argv, { cold: true, env });
  const log = lab.registry.log.slice(from);
  const isToken = ({ target, status }: LogEntry): boolean => target.startsWith('/token') || status === 401;
  const list = log.filter((entry) => !isToken(entry));
  const levels = levelsOf(list);
  const order = list.map((entry, i) => `${levels[i]}: ${entry.method} ${entry.target.replace(/([0-9a-f]{8})[0-9a-f]{56}/g, '$1…')}`);
  return { requests: list.length, levels: Math.max(0, ...levels), tokens: log.length - list.length, milliseconds, order: order.join('; ') };
}

/** A request that started after another had ended is a level deeper than that one. */
function levelsOf(log: readonly LogEntry[]): number[] {
  const levels: number[] = [];
  for (const { started } of log)
    levels.push(
      1 +
        Math.max(0, ...log.slice(0, levels.length).map(({ ended }, i) => (ended !== undefined && ended <= started ? (levels[i] ?? 0) : 0))),
    );
  return levels;
}

/** A peer with its version, for the table. */
export function label({ name, version }: Peer): string {
  return `${name} ${version}`;
}
