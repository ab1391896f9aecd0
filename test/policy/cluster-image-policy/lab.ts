/** Images with every kind of evidence, and policies that are judged about them by the real verifier and the real engines. */
import { createEvaluator } from '../../../src/engines/index.ts';
import { AssayError } from '../../../src/errors.ts';
import { createMemoryStore, type MemoryStore } from '../../../src/oci/memory/index.ts';
import { type Compiled, type CompileResources, compilePolicies } from '../../../src/policy/compile.ts';
import { decide, pose } from '../../../src/policy/decision.ts';
import type { ImageSubject, Workload } from '../../../src/policy/policy.ts';
import {
  attestationLayer,
  createVirtualSigstore,
  dsseBundle,
  type EvidenceSigner,
  inTotoStatement,
  type LeafOptions,
  newKey,
  PREDICATES,
  type ProofOptions,
  type Pushed,
  pushBundle,
  pushImage,
  pushLayers,
  type SigningKey,
  signatureLayer,
  simpleSigningPayload,
  type TrustedRootParts,
  type VirtualSigstore,
} from '../../../src/testing/index.ts';
import { parseTrustedRoot } from '../../../src/trust/index.ts';
import { type EvidenceSource, verifySubject } from '../../../src/verify/index.ts';

export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };
export type Resource = { readonly [name: string]: Value };

/** The instance that everybody believes, one of one's own, and a stranger's. */
export const good = createVirtualSigstore({ name: 'good' });
export const own = createVirtualSigstore({ name: 'own' });
export const stranger = createVirtualSigstore({ name: 'stranger' });
export const [k1, k2] = [newKey('p256'), newKey('p256')];
export const NOW = good.now.getTime();

export const evaluator = createEvaluator();

/** The images' own repository, one for signatures elsewhere, and those with tags behind a prefix. */
const stores = new Map<string, MemoryStore>([
  ['', createMemoryStore({ label: 'registry.example/team/app' })],
  ['registry.example/signatures ', createMemoryStore()],
  [' v1-', createMemoryStore({ attachmentTagPrefix: 'v1-' })],
]);
export const images = new Map<string, Pushed>();

export function key(of: SigningKey): EvidenceSigner {
  return { kind: 'key', key: of };
}

export function certificate(of: VirtualSigstore, leaf?: LeafOptions): EvidenceSigner {
  return { kind: 'certificate', certificate: of.issue(leaf), chain: of.ca.chain };
}

/** What an image is given. */
export interface Evidence {
  readonly signatures?: readonly (ProofOptions & { readonly by: EvidenceSigner; readonly of?: VirtualSigstore })[];
  readonly attestations?: readonly (ProofOptions & {
    readonly by: EvidenceSigner;
    readonly of?: VirtualSigstore;
    readonly type: string;
    readonly predicate?: Value;
  })[];
  readonly bundles?: readonly (ProofOptions & { readonly by: EvidenceSigner; readonly of?: VirtualSigstore })[];
  /** The place, by repository and prefix. */
  readonly at?: string;
}

/** Puts an image with its evidence; the name is for the tests. */
export function putImage(name: string, { signatures = [], attestations = [], bundles = [], at = '' }: Evidence): Pushed {
  const store = stores.get('') as MemoryStore;
  const image = pushImage(store, name);
  images.set(name, image);
  const sink = prefixed(stores.get(at) as MemoryStore, at.split(' ')[1] ?? '');
  if (signatures.length > 0) {
    const payload = simpleSigningPayload(image.digest);
    pushLayers(
      sink,
      image,
      'sig',
      signatures.map(({ by, of = good, ...proof }) => signatureLayer(of, by, payload, proof)),
    );
  }
  if (attestations.length > 0) {
    const layers = attestations.map(({ by, of = good, type, predicate = {}, ...proof }) =>
      attestationLayer(of, by, inTotoStatement(image.digest, type, { predicate }), proof),
    );
    pushLayers(sink, image, 'att', layers);
  }
  for (const { by, of = good, ...proof } of bundles)
    pushBundle(sink, image, dsseBundle(of, by, inTotoStatement(image.digest, PREDICATES.sign), proof));
  return image;
}

function prefixed(store: MemoryStore, prefix: string): MemoryStore {
  if (prefix === '') return store;
  return {
    ...store,
    putManifest: (bytes, options = {}) =>
      store.putManifest(bytes, options.tag === undefined ? options : { ...options, tag: `${prefix}${options.tag}` }),
  };
}

/** What policies may refer to outside the files of a test. */
export interface Outside {
  readonly fetched?: ReadonlyMap<string, string>;
  readonly tufRoot?: CompileResources['tufRoot'];
  readonly evaluator?: CompileResources['evaluator'];
  readonly serviceKey?: CompileResources['serviceKey'];
}

export function resourcesOf({ fetched = new Map(), tufRoot, evaluator: other, serviceKey }: Outside = {}): CompileResources {
  return {
    file: async () => new Uint8Array(),
    async fetch(url) {
      const text = fetched.get(url);
      if (text === undefined) throw new AssayError('not-found', `${url} is not there`);
      return Buffer.from(text);
    },
    publicGoodRoot: async () => rootOf(good),
    tufRoot: tufRoot ?? (async () => Promise.reject(new AssayError('trust-unavailable', 'no TUF repository'))),
    evaluator: other ?? (async () => evaluator),
    now: NOW,
    ...(serviceKey === undefined ? {} : { serviceKey }),
  };
}

const roots = new Map<VirtualSigstore, ReturnType<typeof parseTrustedRoot>>();

export function rootOf(of: VirtualSigstore): ReturnType<typeof parseTrustedRoot> {
  const root = roots.get(of) ?? parseTrustedRoot(JSON.stringify(of.trustedRoot()));
  roots.set(of, root);
  return root;
}

/** What a policy said of an image. */
export interface Said {
  readonly verdict: 'allow' | 'warn' | 'deny';
  readonly outcome: string;
  readonly reasons: readonly string[];
  /** Codes of what is wrong with the policies. */
  readonly errors: readonly string[];
}

/** What is asked about. */
export interface Question extends Outside {
  readonly image: string;
  /** As it is written; default `registry.example/team/app@DIGEST`. */
  readonly text?: string;
  readonly repository?: string;
  readonly workload?: Workload;
  readonly path?: string;
}

export function subject({ image, text, repository = 'registry.example/team/app', workload, path }: Question): ImageSubject {
  const { digest } = images.get(image) as Pushed;
  return {
    text: text ?? `registry.example/team/app@${digest}`,
    repository,
    tag: undefined,
    digest,
    ...(workload === undefined ? {} : { workload }),
    ...(path === undefined ? {} : { path }),
    configs: async () => new Map([['linux/amd64', { os: 'linux', architecture: 'amd64', config: { User: 'nobody' } }]]),
  };
}

export function compile(documents: readonly Value[] | string, outside: Outside = {}): Promise<Compiled> {
  const text = typeof documents === 'string' ? documents : documents.map((d) => JSON.stringify(d, null, 1)).join('\n---\n');
  return compilePolicies([{ name: 'policy.yaml', text }], resourcesOf(outside));
}

/** Judges an image by the documents; policies with mistakes judge too. */
export async function judge(documents: readonly Value[] | string, question: Question): Promise<Said> {
  const compiled = await compile(documents, question);
  const errors = compiled.files.flatMap((f) => f.errors.map((e) => e.code));
  const image = subject(question);
  const posed = pose(compiled.set, image);
  if (posed.kind === 'decided') return { ...said(posed.decided), errors };
  const verdict = await verifySubject({
    stores: [stores.get('') as MemoryStore],
    storesOf: async (source) => [await storeOf(source)],
    digest: image.digest,
    subject: { digests: new Map([['sha256', image.digest.slice('sha256:'.length)]]), bytes: undefined },
    requirement: posed.requirement,
    now: NOW,
  });
  return { ...said(decide(posed, verdict, image)), errors };
}

function said(decided: ReturnType<typeof decide>): Omit<Said, 'errors'> {
  return { verdict: decided.decision.verdict, outcome: decided.outcome, reasons: decided.reasons };
}

async function storeOf({ repository = '', tagPrefix = '', credentials }: EvidenceSource): Promise<MemoryStore> {
  // The place of signatures that asks for a password.
  if (repository === 'registry.example/private') {
    const config = await credentials?.config();
    if (config !== '{"auths":{"registry.example":{"auth":"right"}}}')
      throw new AssayError('registry-unauthorized', 'the registry wants to know who asks');
    return stores.get('registry.example/signatures ') as MemoryStore;
  }
  const store = stores.get(repository === '' && tagPrefix === '' ? '' : `${repository} ${tagPrefix}`);
  return store ?? createMemoryStore();
}

/** A TrustRoot with the keys and certificates of an instance. */
export function trustRoot(of: VirtualSigstore, name: string, parts: Partial<TrustedRootParts> = {}): Resource {
  const pem = (text: string): string => Buffer.from(text).toString('base64');
  const subjectOf = { organization: 'virtual', commonName: name };
  const logs = (list: readonly { readonly key: SigningKey; readonly host?: string }[]): Value =>
    list.map((l) => ({ baseURL: `https://${l.host ?? 'ctfe.virtual.test'}`, hashAlgorithm: 'sha-256', publicKey: pem(l.key.spkiPem) }));
  const chain = (chained: readonly { readonly pem: string }[], uri: string): Value => [
    { subject: subjectOf, uri, certChain: pem(chained.map((c) => c.pem).join('')) },
  ];
  return {
    apiVersion: 'policy.sigstore.dev/v1alpha1',
    kind: 'TrustRoot',
    metadata: { name },
    spec: {
      sigstoreKeys: {
        certificateAuthorities: parts.authorities === undefined ? chain(of.ca.chain, 'https://fulcio.virtual.test') : [],
        tLogs: parts.logs === undefined ? logs([of.rekor]) : [],
        ctLogs: parts.ctLogs === undefined ? logs([of.ct]) : [],
        timestampAuthorities: parts.timestampAuthorities === undefined ? chain(of.tsa.chain, 'https://tsa.virtual.test') : [],
      },
    },
  };
}

/** A ClusterImagePolicy about every image. */
export function policy(spec: Resource, version = 'v1beta1', name = 'image-policy'): Resource {
  return {
    apiVersion: `policy.sigstore.dev/${version}`,
    kind: 'ClusterImagePolicy',
    metadata: { name },
    spec: { images: [{ glob: '**' }], ...spec },
  };
}

/** A Secret or ConfigMap. */
export function object(kind: 'Secret' | 'ConfigMap', name: string, data: Resource, namespace = 'cosign-system'): Resource {
  return { apiVersion: 'v1', kind, metadata: { name, namespace }, [kind === 'Secret' ? 'stringData' : 'data']: data };
}
