import { type Bytes, utf8, utf8Decode } from '../../bytes/index.ts';
import { type Json, type JsonObject, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import { configOf } from '../../oci/evidence-config.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { DOCKER_CONFIG, DOCKER_MANIFEST, OCI_ARTIFACT_MANIFEST, OCI_CONFIG, OCI_MANIFEST } from '../../oci/media-types.ts';
import type { StoredManifest } from '../../oci/store.ts';
import { evidenceTag } from '../../oci/tags.ts';
import type { WritableStore, WriteOptions } from '../../oci/writable-store.ts';
import type { EvidenceLayer } from '../../signature/index.ts';
import type { Stored } from './stored.ts';

/** A layer for one of cosign's tags. */
export interface LayerToWrite {
  readonly subject: Digest;
  readonly suffix: 'sig' | 'att';
  readonly layer: EvidenceLayer;
}

/** How a tag is written. */
export interface TagOptions extends WriteOptions {
  /** What stands before `sha256-…` (`--attachment-tag-prefix`). */
  readonly prefix?: string;
  /** When the manifest says that it was made; absent: cosign's zero time. */
  readonly created?: Date;
  /** Docker's media types instead of OCI's (`COSIGN_DOCKER_MEDIA_TYPES`). */
  readonly docker?: boolean;
  /** Digests of layers that ours takes the place of. */
  readonly replaces?: ReadonlySet<string>;
}

/** A layer that was appended. */
export interface LayerAppended {
  readonly stored: Stored;
  /** What the tag holds, read afterwards. */
  readonly now: StoredManifest | undefined;
}

/**
 * Appends a layer to the manifest under `sha256-<hex>.sig` or `.att`, together with whoever else appends. The layer and the configuration are written before
 * the manifest that names them. Throws what the store throws, `limit` beyond `LIMITS.manifestLayers`, `unsupported` where the tag would be too long.
 */
export async function appendLayer(
  store: WritableStore,
  { subject, suffix, layer }: LayerToWrite,
  options: TagOptions = {},
): Promise<LayerAppended> {
  const tag = evidenceTag(subject, suffix, options.prefix);
  if (tag === undefined) throw new AssayError('unsupported', 'the tag for this evidence would be longer than 128 characters');
  const write = options.signal === undefined ? {} : { signal: options.signal };
  const ours = {
    mediaType: layer.mediaType,
    size: layer.content.length,
    digest: digestOf(layer.content),
    annotations: Object.fromEntries(layer.annotations),
  };
  await store.writeBlob(layer.content, { ...write, mediaType: layer.mediaType, fresh: true });
  const configs = new Set<Digest>();
  await store.changeTag(
    tag,
    {
      entry: ours.digest,
      async merge(now) {
        const merged = mergedManifest(now, ours, options);
        if (merged === undefined) return undefined;
        const config = digestOf(merged.config);
        if (!configs.has(config)) await store.writeBlob(merged.config, { ...write, mediaType: merged.configType, fresh: true });
        configs.add(config);
        return merged.manifest;
      },
    },
    write,
  );
  const now = await store.resolve(tag, write);
  const digest = now?.descriptor.digest ?? ours.digest;
  return { stored: { repository: store.label, as: 'tag', digest, reference: `${store.label}:${tag}` }, now };
}

interface Layer extends JsonObject {
  readonly mediaType: string;
  readonly size: number;
  readonly digest: string;
}

function mergedManifest(
  now: StoredManifest | undefined,
  ours: Layer,
  { created, docker = false, replaces = new Set() }: TagOptions,
): { readonly manifest: Bytes; readonly config: Bytes; readonly configType: string } | undefined {
  const known = now === undefined ? undefined : readable(now);
  const layers = known?.layers ?? [];
  const kept = layers.filter((l) => !replaces.has(l.digest) || l.digest === ours.digest);
  if (kept.length === layers.length && layers.some((l) => sameLayer(l, ours))) return undefined;
  const all = kept.some((l) => sameLayer(l, ours)) ? kept : [...kept, ours];
  if (all.length > LIMITS.manifestLayers)
    throw new AssayError('limit', `the tag would hold ${all.length} signatures or attestations (at most ${LIMITS.manifestLayers})`, {
      hint: 'assay clean deletes old ones; the bundle form has no such bound',
    });
  const configType = docker ? DOCKER_CONFIG : OCI_CONFIG;
  const config = configOf(
    all.map((l) => l.digest),
    created === undefined ? undefined : `${created.toISOString().slice(0, 19)}Z`,
  );
  const manifest = {
    ...known?.rest,
    schemaVersion: 2,
    mediaType: docker ? DOCKER_MANIFEST : OCI_MANIFEST,
    config: { mediaType: configType, size: config.length, digest: digestOf(config) },
    layers: all,
  };
  return { manifest: utf8(JSON.stringify(manifest)), config, configType };
}

/** What the tag holds now. What is no evidence manifest is not overwritten. */
function readable(now: StoredManifest): { readonly layers: readonly Layer[]; readonly rest: JsonObject } {
  const parsed = parseManifest(now.bytes, now.descriptor.mediaType);
  if (parsed.kind !== 'manifest' || parsed.mediaType === OCI_ARTIFACT_MANIFEST)
    throw new AssayError('manifest-invalid', `the tag holds ${parsed.mediaType} where a manifest with signatures is expected`);
  const {
    layers,
    config: _config,
    schemaVersion: _version,
    mediaType: _type,
    ...rest
  } = parseJson(utf8Decode(now.bytes, 'manifest')) as JsonObject;
  return { layers: (layers ?? []) as unknown as readonly Layer[], rest };
}

function sameLayer(a: Layer, b: Layer): boolean {
  return a.digest === b.digest && sameMembers(a.annotations, b.annotations);
}

function sameMembers(a: Json | undefined, b: Json | undefined): boolean {
  const [x, y] = [a, b].map((v) => Object.entries((v ?? {}) as JsonObject).sort(([p], [q]) => (p < q ? -1 : 1)));
  return JSON.stringify(x) === JSON.stringify(y);
}
