import { AssayError, toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor, Platform } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { type ImageManifest, parseManifest } from '../../oci/manifest.ts';
import { DOCKER_CONFIG, isManifestType, OCI_CONFIG } from '../../oci/media-types.ts';
import { isAttestationManifest } from '../../oci/platform.ts';
import type { Store } from '../../oci/store.ts';
import { inParallel } from '../attached/parallel.ts';
import type { Image } from '../image.ts';
import { type ImageConfig, parseConfig } from './config.ts';

/** One image, or another artifact, of what was inspected. */
export interface Part {
  readonly platform: Platform | undefined;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: ReadonlyMap<string, string>;
  readonly config: ImageConfig | undefined;
  readonly configDescriptor: Descriptor | undefined;
  readonly layers: readonly Descriptor[];
  /** Why it could not be read. */
  readonly error: AssayError | undefined;
}

/** What `inspect` shows. */
export interface Inspection {
  readonly image: Image;
  readonly parts: readonly Part[];
  /** BuildKit's attestation manifests, which are no images. */
  readonly unsigned: readonly Descriptor[];
}

/** Reads the images that a reference stands for, each with its configuration. What could not be read says why. Throws the signal's reason. */
export async function inspect(image: Image, signal: AbortSignal): Promise<Inspection> {
  const { manifest, stored, store } = image;
  if (manifest.kind === 'manifest') {
    const part = await partOf(stored.descriptor, manifest, store, signal);
    return { image, parts: [part], unsigned: [] };
  }
  const images = manifest.manifests.filter((d) => !isAttestationManifest(d));
  const parts = await inParallel(images, LIMITS.evidenceInFlight, (d) => readPart(d, store, signal));
  return { image, parts, unsigned: manifest.manifests.filter(isAttestationManifest) };
}

async function readPart(descriptor: Descriptor, store: Store, signal: AbortSignal): Promise<Part> {
  try {
    if (!isManifestType(descriptor.mediaType)) throw new AssayError('unsupported', `"${descriptor.mediaType}" is no manifest`);
    const bytes = await store.read(descriptor, { signal, maxBytes: LIMITS.manifestBytes });
    const manifest = parseManifest(bytes, descriptor.mediaType);
    if (manifest.kind === 'index') return { ...bare(descriptor), artifactType: manifest.artifactType, annotations: manifest.annotations };
    return await partOf(descriptor, manifest, store, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { ...bare(descriptor), error: toAssayError(error) };
  }
}

async function partOf(descriptor: Descriptor, manifest: ImageManifest, store: Store, signal: AbortSignal): Promise<Part> {
  const whole = {
    ...bare(descriptor),
    artifactType: manifest.artifactType,
    annotations: manifest.annotations,
    layers: manifest.layers,
    configDescriptor: manifest.config,
  };
  const { config } = manifest;
  if (config === undefined || (config.mediaType !== OCI_CONFIG && config.mediaType !== DOCKER_CONFIG)) return whole;
  try {
    const parsed = parseConfig(await store.read(config, { signal, maxBytes: LIMITS.configBytes }));
    const own =
      parsed.os === undefined || parsed.architecture === undefined
        ? undefined
        : { os: parsed.os, architecture: parsed.architecture, ...(parsed.variant === undefined ? {} : { variant: parsed.variant }) };
    return { ...whole, config: parsed, platform: descriptor.platform ?? own };
  } catch (error) {
    signal.throwIfAborted();
    return { ...whole, error: toAssayError(error) };
  }
}

function bare(d: Descriptor): Part {
  return {
    platform: d.platform,
    mediaType: d.mediaType,
    digest: d.digest,
    size: d.size,
    artifactType: d.artifactType,
    annotations: d.annotations ?? new Map<string, string>(),
    config: undefined,
    configDescriptor: undefined,
    layers: [],
    error: undefined,
  };
}
