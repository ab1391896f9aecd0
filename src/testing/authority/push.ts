/** Puts images and evidence where they are stored: a store in memory, or the content of a test registry. */
import { type Bytes, utf8 } from '../../bytes/index.ts';
import { type Digest, digestOf, hexOf } from '../../oci/digest.ts';
import {
  BUNDLE_V03,
  COSE_ENVELOPE,
  COSIGN_SIGNATURE_ARTIFACT,
  JWS_ENVELOPE,
  NOTATION_SIGNATURE,
  OCI_ARTIFACT_MANIFEST,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_LAYER,
  OCI_MANIFEST,
} from '../../oci/media-types.ts';
import type { Content } from '../registry/content.ts';
import type { LayerFile } from './evidence.ts';

/** Where content is put; `createMemoryStore` makes one. */
export interface EvidenceSink {
  putBlob(bytes: Bytes, mediaType?: string): unknown;
  putManifest(bytes: Bytes, options?: { readonly tag?: string; readonly mediaType?: string }): unknown;
}

/** A manifest that was put. */
export interface Pushed {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly bytes: Bytes;
}

/** One repository of a test registry as a sink. */
export function registrySink(content: Content, repository: string): EvidenceSink {
  const held = content.repository(repository);
  return {
    putBlob(bytes) {
      const digest = digestOf(bytes);
      content.blobs.set(digest, Buffer.from(bytes));
      held.blobs.add(digest);
    },
    putManifest(bytes, { tag, mediaType = OCI_MANIFEST } = {}) {
      const digest = digestOf(bytes);
      held.manifests.set(digest, { type: mediaType, body: Buffer.from(bytes) });
      if (tag !== undefined) held.tags.set(tag, digest);
    },
  };
}

/** A small image; `name` makes it another one. */
export function pushImage(sink: EvidenceSink, name: string, options: { readonly tag?: string } = {}): Pushed {
  const config = putBlob(
    sink,
    utf8(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { name } }, rootfs: { type: 'layers', diff_ids: [] } })),
    OCI_CONFIG,
  );
  const layer = putBlob(sink, utf8(`layer of ${name}`), OCI_LAYER);
  return putManifest(sink, { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] }, OCI_MANIFEST, options.tag);
}

/** An index over images. */
export function pushIndex(sink: EvidenceSink, images: readonly Pushed[], options: { readonly tag?: string } = {}): Pushed {
  const architectures = ['amd64', 'arm64', 's390x', 'ppc64le'];
  const manifests = images.map((image, i) => ({
    ...referenceTo(image),
    platform: { os: 'linux', architecture: architectures[i] ?? `arch${i}` },
  }));
  return putManifest(sink, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX, options.tag);
}

/** Layers under cosign's tag `sha256-<hex>.sig` or `.att`; replaces what was there. */
export function pushLayers(sink: EvidenceSink, image: Pushed, suffix: 'sig' | 'att' | 'sbom', layers: readonly LayerFile[]): Pushed {
  const config = putBlob(sink, utf8('{}'), OCI_CONFIG);
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: layers.map((l) => layerOf(sink, l)) };
  return putManifest(sink, manifest, OCI_MANIFEST, `sha256-${hexOf(image.digest)}.${suffix}`);
}

/** Layers in cosign's experimental OCI 1.1 form: a referrer. */
export function pushOci11(sink: EvidenceSink, image: Pushed, layers: readonly LayerFile[]): Pushed {
  const config = putBlob(sink, utf8('{}'), COSIGN_SIGNATURE_ARTIFACT);
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: COSIGN_SIGNATURE_ARTIFACT,
    config,
    layers: layers.map((l) => layerOf(sink, l)),
    subject: referenceTo(image),
  };
  return putManifest(sink, manifest, OCI_MANIFEST);
}

/** A bundle as a referrer, as cosign 3 writes it. */
export function pushBundle(
  sink: EvidenceSink,
  image: Pushed,
  bundle: Bytes | object,
  options: { readonly annotations?: Readonly<Record<string, string>>; readonly artifactType?: string } = {},
): Pushed {
  const bytes = bundle instanceof Uint8Array ? bundle : utf8(JSON.stringify(bundle));
  const artifactType = options.artifactType ?? BUNDLE_V03;
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: putBlob(sink, utf8('{}'), OCI_EMPTY),
    layers: [putBlob(sink, bytes, artifactType)],
    annotations: { 'org.opencontainers.image.created': '2026-03-01T12:00:00Z', ...options.annotations },
    subject: referenceTo(image),
  };
  return putManifest(sink, manifest, OCI_MANIFEST);
}

/** A Notation envelope as a referrer, in one of the three forms that its manifests have had (Notary Project signature specification, "OCI Signatures"). */
export function pushNotation(
  sink: EvidenceSink,
  image: Pushed,
  envelope: Bytes,
  options: {
    readonly type?: string;
    readonly form?: 'artifact-type' | 'config' | 'artifact-manifest';
    readonly thumbprints?: readonly string[];
    /** Changes the manifest before it is put. */
    readonly edit?: (manifest: Record<string, unknown>) => object;
  } = {},
): Pushed {
  const { form = 'artifact-type', type = envelope[0] === 0xd2 ? COSE_ENVELOPE : JWS_ENVELOPE, edit = (m) => m } = options;
  const layer = putBlob(sink, envelope, type);
  const common = {
    annotations: {
      'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify(options.thumbprints ?? []),
      'org.opencontainers.image.created': '2026-03-01T12:00:00Z',
    },
    subject: referenceTo(image),
  };
  if (form === 'artifact-manifest') {
    const manifest = { mediaType: OCI_ARTIFACT_MANIFEST, artifactType: NOTATION_SIGNATURE, blobs: [layer], ...common };
    return putManifest(sink, edit(manifest), OCI_ARTIFACT_MANIFEST);
  }
  const [artifactType, config] =
    form === 'config'
      ? [{}, putBlob(sink, utf8('{}'), NOTATION_SIGNATURE)]
      : [{ artifactType: NOTATION_SIGNATURE }, putBlob(sink, utf8('{}'), OCI_EMPTY)];
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, ...artifactType, config, layers: [layer], ...common };
  return putManifest(sink, edit(manifest), OCI_MANIFEST);
}

/** An artifact with one blob as a referrer, as `oras attach` makes it; unsigned until somebody signs it. */
export function pushArtifact(sink: EvidenceSink, subject: Pushed, artifactType: string, content: Bytes, mediaType = artifactType): Pushed {
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: putBlob(sink, utf8('{}'), OCI_EMPTY),
    layers: [putBlob(sink, content, mediaType)],
    subject: referenceTo(subject),
  };
  return putManifest(sink, manifest, OCI_MANIFEST);
}

/** The fallback index of referrers under the tag `sha256-<hex>` (distribution spec 1.1, "Referrers Tag Schema"); replaces what was there. */
export function pushFallback(sink: EvidenceSink, image: Pushed, referrers: readonly Pushed[]): Pushed {
  const manifests = referrers.map((r) => {
    const { artifactType, annotations } = JSON.parse(Buffer.from(r.bytes).toString()) as { artifactType?: string; annotations?: object };
    return {
      ...referenceTo(r),
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    };
  });
  return putManifest(sink, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX, `sha256-${hexOf(image.digest)}`);
}

function layerOf(sink: EvidenceSink, layer: LayerFile): object {
  return { ...putBlob(sink, layer.content, layer.mediaType), annotations: layer.annotations };
}

function putBlob(sink: EvidenceSink, bytes: Bytes, mediaType: string): { mediaType: string; digest: Digest; size: number } {
  sink.putBlob(bytes, mediaType);
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function putManifest(sink: EvidenceSink, manifest: object, mediaType: string, tag?: string): Pushed {
  const bytes = utf8(JSON.stringify(manifest));
  sink.putManifest(bytes, { mediaType, ...(tag === undefined ? {} : { tag }) });
  return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes };
}

function referenceTo({ mediaType, digest, size }: Pushed): { mediaType: string; digest: Digest; size: number } {
  return { mediaType, digest, size };
}
