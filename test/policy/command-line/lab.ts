/** Images in a registry, policies in a folder, and the command line over both: the real verifier and the real engines. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../../src/codec/json.ts';
import {
  createVirtualSigstore,
  dsseBundle,
  inTotoStatement,
  newKey,
  type Pushed,
  pushBundle,
  pushImage,
  registrySink,
  type SigningKey,
  startRegistry,
  type TestRegistry,
} from '../../../src/testing/index.ts';
import { assay, type Surroundings } from '../../cli/harness.ts';

/** As the command line's clock has it in tests. */
const NOW = new Date('2026-11-21T12:00:00Z');

/** What came out. */
export interface Answer {
  readonly exit: number;
  readonly text: string;
  readonly stderr: string;
}

/** What came out as JSON. */
export interface JsonAnswer {
  readonly exit: number;
  // biome-ignore lint/suspicious/noExplicitAny: the shapes are tested elsewhere
  readonly json: any;
}

/** The registry, the folder and what is done with them. */
export interface Lab {
  readonly folder: string;
  readonly host: string;
  readonly registry: TestRegistry;
  /** An image under the tag `v1`, signed and attested by the key that policies call `ours`. */
  readonly image: (name: string, evidence?: Evidence) => Pushed;
  readonly ref: (name: string) => string;
  readonly write: (file: string, text: string) => string;
  readonly ask: (argv: readonly string[], around?: Surroundings) => Promise<Answer>;
  readonly askJson: (argv: readonly string[], around?: Surroundings) => Promise<JsonAnswer>;
  readonly close: () => Promise<void>;
}

/** What an image is given. */
export interface Evidence {
  readonly signed?: 'ours' | 'theirs';
  /** Predicates of CycloneDX attestations, each by the key `ours`. */
  readonly boms?: readonly JsonObject[];
}

const sigstore = createVirtualSigstore({ name: 'policies', now: NOW });
const keys: Readonly<Record<'ours' | 'theirs', SigningKey>> = { ours: newKey('p256'), theirs: newKey('p256') };

/** Opens a lab; its folder holds `ours.pub`, `theirs.pub` and `trusted_root.json`. */
export async function openLab(name: string): Promise<Lab> {
  const registry = await startRegistry();
  const folder = mkdtempSync(join(tmpdir(), `assay-${name}-`));
  const write = (file: string, text: string): string => {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  for (const [who, key] of Object.entries(keys)) write(`${who}.pub`, key.spkiPem);
  write('trusted_root.json', JSON.stringify(sigstore.trustedRoot()));
  const ask: Lab['ask'] = async (argv, around = {}) => {
    const { stdout, stderr, exit } = await assay(argv, { cwd: folder, ...around });
    return { exit, text: stdout.toString(), stderr };
  };
  return {
    folder,
    host: registry.host,
    registry,
    image(repository, { signed, boms = [] } = {}) {
      const sink = registrySink(registry.content, repository);
      const image = pushImage(sink, repository, { tag: 'v1' });
      const push = (who: 'ours' | 'theirs', type: string, predicate: JsonObject): void => {
        const statement = inTotoStatement(image.digest, type, { predicate });
        const bundle = dsseBundle(sigstore, { kind: 'key', key: keys[who] }, statement, { logs: [{}] });
        pushBundle(sink, image, bundle, { annotations: { 'dev.sigstore.bundle.predicateType': type } });
      };
      if (signed !== undefined) push(signed, 'https://sigstore.dev/cosign/sign/v1', {});
      for (const bom of boms) push('ours', 'https://cyclonedx.org/bom', bom);
      return image;
    },
    ref: (repository) => `${registry.host}/${repository}:v1`,
    write,
    ask,
    async askJson(argv, around) {
      const { exit, text } = await ask([...argv, '--output', 'json'], around);
      return { exit, json: JSON.parse(text) };
    },
    async close() {
      await registry.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A bill of materials made by a tool. */
export function bomBy(tool: string): JsonObject {
  return { bomFormat: 'CycloneDX', specVersion: '1.4', metadata: { tools: [{ vendor: 'acme', name: tool }] } };
}

/** An ImagePolicy; the requirement is YAML in one line. */
export function imagePolicy(name: string, require: string, more = ''): string {
  return `apiVersion: assay.dev/v1alpha1
kind: ImagePolicy
metadata: {name: ${name}}
spec:
  images: ["**"]
  authorities:
    ours: {key: ours.pub, trustedRoot: trusted_root.json}
  require: ${require}
${more}`;
}

/** Requires a signature by `ours`. */
export const SIGNED = '{signature: {by: ours}}';

/** A ClusterImagePolicy about every image: the key `ours`, and the texts that are given as YAML. */
export function clusterPolicy(spec: string, pem: string): string {
  return `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: image-policy}
spec:
  images: [{glob: "**"}]
  authorities:
    - name: ours
      key:
        data: |
${pem.trim().replace(/^/gm, '          ')}
${spec}`;
}

/** The public key `ours`, for policies that hold it. */
export const OURS = keys.ours.spkiPem;
