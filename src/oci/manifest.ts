import { type Bytes, utf8Decode } from '../bytes/index.ts';
import { parseJson } from '../codec/json.ts';
import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { type Descriptor, parseAnnotations, parseDescriptor, readableDescriptors } from './descriptor.ts';
import { isIndexType, isManifestType, OCI_ARTIFACT_MANIFEST, OCI_INDEX, OCI_MANIFEST } from './media-types.ts';

/** An image manifest or the withdrawn artifact manifest (its `blobs` stand in `layers`, its config is absent). */
export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly config: Descriptor | undefined;
  readonly layers: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: ReadonlyMap<string, string>;
}

/** An image index or manifest list. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly manifests: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: ReadonlyMap<string, string>;
}

export type ParsedManifest = ImageManifest | ImageIndex;

/**
 * Parses a manifest (OCI image spec 1.1, manifest.md and image-index.md; Docker schema 2; withdrawn artifact manifest).
 * The media type inside the document wins over the one it was served with, and the two kinds of document may not be mixed
 * (CVE-2021-41190: a document that is both a manifest and an index is refused). `maxBytes` is for a fallback index of referrers,
 * which grows beyond what a manifest may have. Throws `manifest-invalid` or `limit`.
 */
export function parseManifest(bytes: Bytes, servedAs?: string, maxBytes: number = LIMITS.manifestBytes): ParsedManifest {
  if (bytes.length > maxBytes) throw new AssayError('limit', `manifest of ${bytes.length} bytes (at most ${maxBytes})`);
  const value = parseDocument(bytes);
  const inside = value.mediaType;
  if (inside !== undefined && typeof inside !== 'string') throw new AssayError('manifest-invalid', 'mediaType is not a text');
  const mediaType = inside ?? guess(value, servedAs);
  if (!isManifestType(mediaType)) throw new AssayError('manifest-invalid', `no manifest: media type "${mediaType.slice(0, 100)}"`);
  if ('manifests' in value && ('layers' in value || 'config' in value || 'blobs' in value)) {
    throw new AssayError('manifest-invalid', 'document is a manifest and an index at once');
  }
  const schema = value.schemaVersion;
  if (schema !== 2 && mediaType !== OCI_ARTIFACT_MANIFEST) throw new AssayError('manifest-invalid', 'schemaVersion is not 2');
  const common = {
    mediaType,
    artifactType: typeof value.artifactType === 'string' && value.artifactType !== '' ? value.artifactType : undefined,
    subject: value.subject === undefined || value.subject === null ? undefined : parseDescriptor(value.subject, 'subject'),
    annotations: parseAnnotations(value.annotations, 'manifest') ?? new Map<string, string>(),
  };
  // Go writes an empty list as null.
  const manifests = value.manifests === null ? [] : value.manifests;
  if (isIndexType(mediaType)) return { kind: 'index', ...common, manifests: list(manifests, 'manifests', LIMITS.referrers) };
  if (mediaType === OCI_ARTIFACT_MANIFEST) {
    return { kind: 'manifest', ...common, config: undefined, layers: list(value.blobs ?? [], 'blobs', LIMITS.manifestLayers) };
  }
  const config = parseDescriptor(value.config, 'config');
  return { kind: 'manifest', ...common, config, layers: list(value.layers ?? [], 'layers', LIMITS.manifestLayers) };
}

/** The entries of an index that cannot be parsed as a whole: those that are descriptors. Whoever reads them has to tell what is wrong as well. */
export function readableEntries(bytes: Bytes): readonly Descriptor[] {
  const { manifests } = parseDocument(bytes);
  return Array.isArray(manifests) && manifests.length <= LIMITS.referrers ? readableDescriptors(manifests, 'manifests').descriptors : [];
}

/** What an artifact says it is: its artifactType, else its configuration's media type (distribution spec 1.1, "Listing Referrers"). */
export function artifactTypeOf(manifest: ParsedManifest): string | undefined {
  return manifest.artifactType ?? (manifest.kind === 'manifest' ? manifest.config?.mediaType : undefined);
}

function parseDocument(bytes: Bytes): Record<string, unknown> {
  try {
    const value = parseJson(utf8Decode(bytes, 'manifest'), 'manifest');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    if (cause instanceof AssayError) throw new AssayError('manifest-invalid', cause.message, { cause });
    throw cause;
  }
  throw new AssayError('manifest-invalid', 'manifest is not a JSON object');
}

function guess(value: Record<string, unknown>, servedAs: string | undefined): string {
  if (Array.isArray(value.manifests)) return servedAs !== undefined && isIndexType(servedAs) ? servedAs : OCI_INDEX;
  if (typeof value.config === 'object')
    return servedAs !== undefined && isManifestType(servedAs) && !isIndexType(servedAs) ? servedAs : OCI_MANIFEST;
  return servedAs ?? OCI_MANIFEST;
}

function list(value: unknown, what: string, most: number): Descriptor[] {
  if (!Array.isArray(value)) throw new AssayError('manifest-invalid', `${what} is not a list`);
  if (value.length > most) throw new AssayError('limit', `${value.length} ${what} (at most ${most})`);
  return value.map((v, i) => parseDescriptor(v, `${what}[${i}]`));
}
