import type { AssayError } from '../../errors.ts';
import { toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { isManifestType } from '../../oci/media-types.ts';
import { isAttestationManifest } from '../../oci/platform.ts';
import type { Store } from '../../oci/store.ts';
import { type Artifact, type Attached, errorsOf, NOTHING, type PlatformNode } from '../attached/artifact.ts';
import { type CollectOptions, collectAttached, readBuildkit } from '../attached/collect.ts';
import { inParallel } from '../attached/parallel.ts';
import type { Image } from '../image.ts';

/** An image with everything that is attached to it. */
export interface Tree {
  readonly reference: string;
  /** `registry/repository`, or the layout: what stands before `@DIGEST`. */
  readonly repository: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: ReadonlyMap<string, string>;
  readonly attached: Attached;
  readonly platforms: readonly PlatformNode[];
  /** Manifests of the index that are attestations, not images: BuildKit's. */
  readonly unsigned: readonly Artifact[];
  /** Why something is unknown. */
  readonly errors: readonly AssayError[];
}

/** Reads the whole tree of an image. Throws only the signal's reason; what could not be read is in `errors` and in its place. */
export async function readTree(image: Image, options: CollectOptions): Promise<Tree> {
  const { manifest, digest } = image;
  const children = manifest.kind === 'index' ? manifest.manifests : [];
  const [attached, platforms, unsigned] = await Promise.all([
    collectAttached(image.evidenceStores, digest, options),
    inParallel(
      children.filter((d) => !isAttestationManifest(d)),
      LIMITS.evidenceInFlight,
      (d) => readPlatform(d, image, options),
    ),
    inParallel(children.filter(isAttestationManifest), LIMITS.evidenceInFlight, (d) => readBuildkit(d, image.store, options)),
  ]);
  const errors = [...errorsOf(attached)];
  for (const p of platforms) errors.push(...(p.error === undefined ? [] : [p.error]), ...errorsOf(p.attached));
  for (const a of unsigned) if (a.error !== undefined) errors.push(a.error);
  return {
    reference: image.text,
    repository: image.repository,
    digest,
    mediaType: manifest.mediaType,
    size: image.stored.bytes.length,
    artifactType: manifest.artifactType,
    annotations: manifest.annotations,
    attached,
    platforms,
    unsigned,
    errors,
  };
}

async function readPlatform(descriptor: Descriptor, image: Image, options: CollectOptions): Promise<PlatformNode> {
  const [own, attached] = await Promise.all([
    ownFacts(descriptor, image.store, options.signal),
    collectAttached(image.evidenceStores, descriptor.digest, options),
  ]);
  return {
    platform: descriptor.platform,
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    annotations: descriptor.annotations ?? new Map<string, string>(),
    attached: attached ?? NOTHING,
    ...own,
  };
}

async function ownFacts(
  descriptor: Descriptor,
  store: Store,
  signal: AbortSignal,
): Promise<Pick<PlatformNode, 'artifactType' | 'layers' | 'error'>> {
  const nothing = { artifactType: descriptor.artifactType, layers: [] };
  if (!isManifestType(descriptor.mediaType)) return { ...nothing, error: undefined };
  try {
    const bytes = await store.read(descriptor, { signal, maxBytes: LIMITS.manifestBytes });
    const manifest = parseManifest(bytes, descriptor.mediaType);
    const layers = manifest.kind === 'manifest' ? manifest.layers : [];
    return { artifactType: manifest.artifactType, layers, error: undefined };
  } catch (error) {
    signal.throwIfAborted();
    return { ...nothing, error: toAssayError(error) };
  }
}
