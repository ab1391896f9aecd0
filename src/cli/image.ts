import { AssayError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { type ImageIndex, type ParsedManifest, parseManifest } from '../oci/manifest.ts';
import { isManifestType } from '../oci/media-types.ts';
import { childOf, formatPlatform, parsePlatform, platformsOf } from '../oci/platform.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import { resolveImage } from '../oci/resolve-image.ts';
import type { Store, StoredManifest } from '../oci/store.ts';
import type { Io } from './io.ts';
import type { Output } from './output/output.ts';
import { openStores } from './stores.ts';
import type { Values } from './values.ts';

/** What crane takes of an index where one image is needed. */
export const DEFAULT_PLATFORM = 'linux/amd64';

/** An image that was found, in the stores that have it and its evidence. */
export interface Image {
  /** As it was given. */
  readonly text: string;
  readonly reference: Reference;
  /** `registry/repository` or `oci:path`: what stands before `@DIGEST`. */
  readonly repository: string;
  readonly evidenceRepository: string;
  readonly store: Store;
  readonly evidenceStores: readonly Store[];
  /** What the reference resolved to; of an index with a platform chosen, the child. */
  readonly stored: StoredManifest;
  readonly manifest: ParsedManifest;
  readonly digest: Digest;
  /** The platform that was chosen. */
  readonly platform: string | undefined;
}

/** What `openImage` works with. */
export interface OpenOptions {
  readonly io: Io;
  readonly out: Pick<Output, 'warn'>;
  readonly signal: AbortSignal;
  /** Taken of an index when `--platform` is not given. */
  readonly platformOfIndex?: string;
}

/**
 * Parses a reference, opens its stores and reads what it resolves to: the reference always anew, everything below a digest with the
 * cache on disk. With tag and digest the digest counts, and a tag that points elsewhere is a warning. `--platform` takes that child of
 * an index. Throws `reference-invalid`, `usage-invalid`, `not-found`, and errors of the groups `transport` and `limit`.
 */
export async function openImage(text: string, options: Values, { io, out, signal, platformOfIndex }: OpenOptions): Promise<Image> {
  const reference = parseReference(text);
  const asked = options.has('platform') ? options.text('platform') : undefined;
  const wanted = asked === undefined ? undefined : parsePlatform(asked);
  const { direct, ...stores } = await openStores(reference, options, io);
  const resolved = await resolveImage(direct, reference, { signal });
  for (const { code, message } of resolved.warnings) out.warn(code, message);
  const stored = resolved.manifest;
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType);
  const whole = { text, reference, ...stores };
  const platform = wanted ?? (platformOfIndex === undefined ? undefined : parsePlatform(platformOfIndex));
  if (platform === undefined || manifest.kind === 'manifest')
    return { ...whole, stored, manifest, digest: stored.descriptor.digest, platform: undefined };
  const child = await chooseChild(whole, manifest, platform, signal, wanted !== undefined);
  return { ...whole, ...child, platform: formatPlatform(platform) };
}

async function chooseChild(
  image: Pick<Image, 'text' | 'store'>,
  index: ImageIndex,
  platform: ReturnType<typeof parsePlatform>,
  signal: AbortSignal,
  asked: boolean,
): Promise<Pick<Image, 'stored' | 'manifest' | 'digest'>> {
  // crane takes an entry that names no platform for linux/amd64, and so does whoever asks for none.
  const child =
    childOf(index, platform) ?? (asked ? undefined : index.manifests.find((d) => d.platform === undefined && isManifestType(d.mediaType)));
  const name = formatPlatform(platform);
  if (child === undefined) {
    const there = platformsOf(index).map((c) => c.platform);
    throw new AssayError('not-found', `${image.text} has no image for ${name}`, {
      hint: `it has ${there.length === 0 ? 'no platforms' : there.join(', ')}`,
    });
  }
  const stored = await image.store.manifest(child.digest, { signal });
  if (stored === undefined) throw new AssayError('not-found', `${image.text}: the image for ${name}, ${child.digest}, is not there`);
  return { stored, manifest: parseManifest(stored.bytes, stored.descriptor.mediaType), digest: child.digest };
}
