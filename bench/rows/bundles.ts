/** Distinct Sigstore bundles, as GitHub's workflows make them: own leaf certificate, own key, own subject. */
import { createHash } from 'node:crypto';
import { decodeBundle } from '../../src/signature/index.ts';
import {
  createVirtualSigstore,
  dsseBundle,
  GITHUB_ISSUER,
  inTotoStatement,
  jsonBytes,
  PREDICATES,
  type VirtualSigstore,
  WORKFLOW,
} from '../../src/testing/authority/index.ts';
import { embeddedScts, parseCertificate, parseCheckpoint } from '../../src/trust/index.ts';

/** The public-key operations that every bundle asks for. */
export const OPERATIONS = ['certificate', 'SCT', 'log promise', 'checkpoint', 'payload'] as const;

/** One bundle, and what is known about it without verifying it. */
export interface Sample {
  readonly bytes: Uint8Array;
  /** Hexadecimal SHA-256 of the subject. */
  readonly subject: string;
  /** The signatures that have to be checked, hexadecimal, in the order of `OPERATIONS`. */
  readonly signatures: readonly string[];
  /** DER SubjectPublicKeyInfo of the keys that have to verify them, hexadecimal, in the same order. */
  readonly keys: readonly string[];
}

/** Bundles and what trusts them. */
export interface Samples {
  readonly trustedRoot: string;
  readonly samples: readonly Sample[];
}

/** Leaves in the log before the first entry: proofs of the length that a busy log has. */
const LEAVES = 1 << 17;

const REPOSITORY = 'https://github.com/acme/app';
const CLAIMS = new Map([
  [2, 'push'],
  [3, '4f2c1e9d7b8a6c5d4e3f2a1b0c9d8e7f6a5b4c3d'],
  [4, 'release'],
  [5, 'acme/app'],
  [6, 'refs/heads/main'],
  [9, WORKFLOW],
  [10, '4f2c1e9d7b8a6c5d4e3f2a1b0c9d8e7f6a5b4c3d'],
  [11, 'github-hosted'],
  [12, REPOSITORY],
  [13, '4f2c1e9d7b8a6c5d4e3f2a1b0c9d8e7f6a5b4c3d'],
  [14, 'refs/heads/main'],
  [15, '123456789'],
  [16, 'https://github.com/acme'],
  [17, '987654321'],
  [18, WORKFLOW],
  [19, '4f2c1e9d7b8a6c5d4e3f2a1b0c9d8e7f6a5b4c3d'],
  [20, 'push'],
  [21, `${REPOSITORY}/actions/runs/1234567890/attempts/1`],
  [22, 'public'],
]);

/** Who signed all of them. */
export const IDENTITY = { subject: WORKFLOW, issuer: GITHUB_ISSUER } as const;

/**
 * Makes bundles of version 0.3: P-384 authority under a P-384 root, P-256 leaf, SCT, Rekor v1 entry with promise, proof and checkpoint.
 * The log's large tree is let go: it would slow down every collection of garbage.
 */
export function makeSamples(count: number): Samples {
  const sigstore = createVirtualSigstore({ name: 'bench', leaves: LEAVES });
  const samples = Array.from({ length: count }, (_, i) => makeSample(sigstore, i));
  return { trustedRoot: JSON.stringify(sigstore.trustedRoot()), samples };
}

function makeSample(sigstore: VirtualSigstore, i: number): Sample {
  const subject = createHash('sha256').update(`image ${i}`).digest('hex');
  const certificate = sigstore.issue({ claims: CLAIMS });
  const statement = inTotoStatement(`sha256:${subject}`, PREDICATES.slsa1, { name: 'registry.example/app', predicate: provenance(i) });
  const bundle = dsseBundle(sigstore, { kind: 'certificate', certificate, chain: sigstore.ca.chain }, statement);
  const bytes = jsonBytes(bundle);
  return { bytes, subject, ...expected(sigstore, bytes) };
}

function provenance(i: number): { readonly [k: string]: string } {
  return { buildType: 'https://actions.github.io/buildtypes/workflow/v1', invocationId: `${REPOSITORY}/actions/runs/${i}/attempts/1` };
}

/** The signatures and keys as they stand in the bundle, read without the verifier. */
function expected(sigstore: VirtualSigstore, bytes: Uint8Array): Pick<Sample, 'signatures' | 'keys'> {
  const { content, material, logEntries } = decodeBundle(bytes);
  const [entry] = logEntries;
  if (content.kind !== 'dsse' || material.kind !== 'certificate' || entry?.promise === undefined || entry.proof === undefined)
    throw new Error('the sample is not as it has to be');
  const leaf = parseCertificate(material.chain[0] ?? new Uint8Array());
  const signatures = [
    leaf.signature,
    embeddedScts(leaf)[0]?.signature,
    entry.promise,
    parseCheckpoint(entry.proof.checkpoint).signatures[0]?.signature,
    content.envelope.signatures[0]?.sig,
  ];
  const log = sigstore.rekor.key.spki;
  const keys = [sigstore.ca.issuing.key.spki, sigstore.ct.key.spki, log, log, leaf.spki];
  return { signatures: signatures.map(hex), keys: keys.map(hex) };
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
