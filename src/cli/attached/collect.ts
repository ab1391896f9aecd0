import { AssayError, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { artifactTypeOf, parseManifest } from '../../oci/manifest.ts';
import { isManifestType, OCI_CONFIG } from '../../oci/media-types.ts';
import type { EvidenceSuffix, Found, Store, StoredManifest } from '../../oci/store.ts';
import { type Artifact, type Attached, NOTHING, type Source } from './artifact.ts';
import { describeManifest } from './describe.ts';
import { inParallel } from './parallel.ts';
import { type Listed, listReferrers } from './referrers.ts';
import { addSigners } from './says.ts';

/** How much is collected. */
export interface CollectOptions {
  readonly signal: AbortSignal;
  /** Levels of what is attached to what is attached; 1 is only what is attached to the subject. */
  readonly depth: number;
  /** Whether the bound of `depth` was asked for: then what is deeper is not missing. */
  readonly depthAsked: boolean;
  /** Whether evidence is read so far as to say who it says has signed it. */
  readonly signers: boolean;
  /** Counts the artifacts of a whole tree. */
  readonly seen: { count: number };
}

const SUFFIXES: readonly EvidenceSuffix[] = ['sig', 'att', 'sbom'];

/**
 * Everything that the stores hold about a subject: referrers API, fallback tag, cosign's tags; and about that in turn. A place that did
 * not answer is a source with the state `unknown` and its error; nothing is left out silently. Throws only the signal's reason.
 */
export async function collectAttached(
  stores: readonly Store[],
  subject: Digest,
  options: CollectOptions,
  above: readonly Digest[] = [],
): Promise<Attached> {
  const parts = await Promise.all(stores.map((store) => collectFrom(store, stores, subject, options, above)));
  return { artifacts: parts.flatMap((p) => p.artifacts), sources: parts.flatMap((p) => p.sources) };
}

async function collectFrom(
  store: Store,
  stores: readonly Store[],
  subject: Digest,
  options: CollectOptions,
  above: readonly Digest[],
): Promise<Attached> {
  const { signal } = options;
  const [listed, ...tagged] = await Promise.all([
    listReferrers(store, subject, signal),
    ...SUFFIXES.map((suffix) => taggedBy(store, subject, suffix, signal)),
  ]);
  signal.throwIfAborted();
  const found: { listed: Listed; stored?: StoredManifest; tag?: string }[] = listed.listed.map((l) => ({ listed: l }));
  for (const part of tagged)
    for (const stored of part.manifests) found.push({ listed: { descriptor: stored.descriptor, found: ['tag'] }, stored, tag: part.tag });
  const sources: Source[] = [...listed.sources, ...tagged.map((t) => t.source)];
  const room = LIMITS.treeNodes - options.seen.count;
  options.seen.count += found.length;
  if (found.length > room) {
    sources.push(beyond(`more than ${LIMITS.treeNodes} artifacts are attached; ${found.length - room} of ${store.label} are not listed`));
    found.length = Math.max(0, room);
  }
  const artifacts = await inParallel(found, LIMITS.evidenceInFlight, (one) =>
    readArtifact(one, store, stores, subject, options, [...above, subject]),
  );
  return { artifacts, sources };
}

interface Tagged {
  readonly tag: string;
  readonly manifests: readonly StoredManifest[];
  readonly source: Source;
}

async function taggedBy(store: Store, subject: Digest, suffix: EvidenceSuffix, signal: AbortSignal): Promise<Tagged> {
  const tag = `${subject.replace(':', '-')}.${suffix}`;
  const source = `tag .${suffix}` as const;
  try {
    return { tag, manifests: await store.attached(subject, suffix, { signal }), source: { source, state: 'answered', error: undefined } };
  } catch (error) {
    return { tag, manifests: [], source: { source, state: 'unknown', error: toAssayError(error) } };
  }
}

async function readArtifact(
  one: { readonly listed: Listed; readonly stored?: StoredManifest; readonly tag?: string },
  store: Store,
  stores: readonly Store[],
  subject: Digest,
  options: CollectOptions,
  above: readonly Digest[],
): Promise<Artifact> {
  const { descriptor, found } = one.listed;
  const known = { found, tag: one.tag, trust: 'unverified' as const };
  if (above.includes(descriptor.digest))
    return unread(descriptor, store, known, new AssayError('manifest-invalid', `${descriptor.digest} is said to be attached to itself`));
  try {
    const artifact = await describeStored(
      one.stored ?? (await fetched(store, descriptor, options.signal)),
      descriptor,
      store,
      subject,
      options,
    );
    return { ...artifact, ...known, attached: await deeper(stores, descriptor.digest, options, above) };
  } catch (error) {
    options.signal.throwIfAborted();
    return unread(descriptor, store, known, toAssayError(error));
  }
}

async function describeStored(
  stored: StoredManifest,
  descriptor: Descriptor,
  store: Store,
  subject: Digest,
  options: CollectOptions,
): Promise<Omit<Artifact, 'found' | 'tag' | 'trust' | 'attached'>> {
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType);
  const annotations = manifest.annotations.size > 0 ? manifest.annotations : (descriptor.annotations ?? new Map<string, string>());
  const shallow = describeManifest(manifest, annotations);
  const description =
    options.signers && manifest.kind === 'manifest' ? await addSigners(shallow, manifest, store, { signal: options.signal }) : shallow;
  return {
    ...description,
    mediaType: manifest.mediaType,
    digest: stored.descriptor.digest,
    size: stored.bytes.length,
    artifactType: manifest.artifactType ?? descriptor.artifactType ?? ownType(artifactTypeOf(manifest)),
    annotations,
    namesSubject: manifest.subject === undefined ? undefined : manifest.subject.digest === subject,
    layers: manifest.kind === 'manifest' ? manifest.layers : [],
    store,
    error: undefined,
  };
}

// The configuration of an image is no type of an artifact.
function ownType(type: string | undefined): string | undefined {
  return type === OCI_CONFIG ? undefined : type;
}

async function fetched(store: Store, descriptor: Descriptor, signal: AbortSignal): Promise<StoredManifest> {
  if (!isManifestType(descriptor.mediaType))
    throw new AssayError('manifest-invalid', `a referrer has the media type "${descriptor.mediaType}", which is no manifest`);
  const stored = await store.manifest(descriptor.digest, { signal });
  if (stored === undefined) throw new AssayError('registry-protocol', `${store.label}: ${descriptor.digest} is listed and not there`);
  if (stored.bytes.length !== descriptor.size)
    throw new AssayError(
      'content-mismatch',
      `${descriptor.digest} has ${stored.bytes.length} bytes, its descriptor says ${descriptor.size}`,
    );
  return stored;
}

async function deeper(stores: readonly Store[], digest: Digest, options: CollectOptions, above: readonly Digest[]): Promise<Attached> {
  if (options.depth <= 1)
    return options.depthAsked
      ? NOTHING
      : { artifacts: [], sources: [beyond(`what is attached deeper than ${LIMITS.treeDepth} levels is not read`)] };
  return collectAttached(stores, digest, { ...options, depth: options.depth - 1 }, above);
}

/** An artifact that could not be read: its descriptor is all that is known. */
function unread(
  descriptor: Descriptor,
  store: Store,
  known: { readonly found: readonly Found[]; readonly tag: string | undefined; readonly trust: 'unverified' },
  error: AssayError,
): Artifact {
  const { mediaType, digest, size, artifactType } = descriptor;
  const nothing = { kind: 'artifact', format: 'other', form: artifactType ?? mediaType, pieces: 0, predicateTypes: [], says: [] } as const;
  const annotations = descriptor.annotations ?? new Map<string, string>();
  return {
    ...nothing,
    ...known,
    mediaType,
    digest,
    size,
    artifactType,
    annotations,
    namesSubject: undefined,
    layers: [],
    store,
    attached: NOTHING,
    error,
  };
}

function beyond(message: string): Source {
  return { source: 'limit', state: 'unknown', error: new AssayError('limit', message) };
}

/** BuildKit's attestation manifest of an index: nobody signed it by itself (`vnd.docker.reference.type`). */
export async function readBuildkit(descriptor: Descriptor, store: Store, options: CollectOptions): Promise<Artifact> {
  const known = { found: [], tag: undefined, trust: 'unverified' as const };
  try {
    const subject = (descriptor.annotations?.get('vnd.docker.reference.digest') ?? '') as Digest;
    const artifact = await describeStored(await fetched(store, descriptor, options.signal), descriptor, store, subject, {
      ...options,
      signers: false,
    });
    return { ...artifact, ...known, format: 'buildkit', form: 'BuildKit', trust: 'unsigned', namesSubject: undefined, attached: NOTHING };
  } catch (error) {
    options.signal.throwIfAborted();
    return { ...unread(descriptor, store, known, toAssayError(error)), format: 'buildkit', form: 'BuildKit', trust: 'unsigned' };
  }
}
