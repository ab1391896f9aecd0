import { type Bytes, utf8 } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { EMPTY_CONTENT } from '../../oci/artifact-manifest.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { digestOf } from '../../oci/digest.ts';
import { BUNDLE_V03, OCI_EMPTY, OCI_MANIFEST } from '../../oci/media-types.ts';
import type { WritableStore, WriteOptions } from '../../oci/writable-store.ts';
import type { Stored } from './stored.ts';

/** Content that is written before the manifest that names it. */
export interface BlobToWrite {
  readonly bytes: Bytes;
  readonly mediaType: string;
  /** It was made just now: nobody has it. */
  readonly fresh?: boolean;
}

/** A manifest that refers to its subject, and everything that it names. */
export interface ReferrerToWrite {
  readonly manifest: Bytes;
  readonly blobs: readonly BlobToWrite[];
}

/** What the annotations of a bundle's manifest say. */
export interface BundleFacts {
  readonly content: 'dsse-envelope' | 'message-signature';
  readonly predicateType?: string;
  readonly created: Date;
}

/** The empty configuration. */
export const EMPTY_CONFIG: BlobToWrite = { bytes: EMPTY_CONTENT, mediaType: OCI_EMPTY };

/** A bundle as an OCI 1.1 referrer of its subject, exactly as cosign 3 writes it (pkg/oci/remote/write.go, `WriteAttestationNewBundleFormat`). */
export function bundleReferrer(subject: Descriptor, bundle: Bytes, { content, predicateType, created }: BundleFacts): ReferrerToWrite {
  const layer: BlobToWrite = { bytes: bundle, mediaType: BUNDLE_V03, fresh: true };
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { ...descriptorJson(EMPTY_CONFIG), artifactType: BUNDLE_V03 },
    layers: [descriptorJson(layer)],
    annotations: {
      'dev.sigstore.bundle.content': content,
      ...(predicateType === undefined ? {} : { 'dev.sigstore.bundle.predicateType': predicateType }),
      'org.opencontainers.image.created': `${created.toISOString().slice(0, 19)}Z`,
    },
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
    artifactType: BUNDLE_V03,
  };
  return { manifest: utf8(JSON.stringify(manifest)), blobs: [EMPTY_CONFIG, layer] };
}

function descriptorJson({ bytes, mediaType }: BlobToWrite): object {
  return { mediaType, size: bytes.length, digest: digestOf(bytes) };
}

/**
 * Writes a referrer: what it names first, so that a run that ends in between leaves nothing that anybody reads as evidence. Throws what the store throws;
 * `write-conflict` when the manifest is written but not listed.
 */
export async function writeReferrer(
  store: WritableStore,
  { manifest, blobs }: ReferrerToWrite,
  options: WriteOptions = {},
): Promise<Stored> {
  await Promise.all(blobs.map(({ bytes, ...about }) => store.writeBlob(bytes, { ...options, ...about })));
  const { descriptor, listed } = await store.writeManifest(manifest, options);
  if (listed === undefined) throw new AssayError('internal', `${store.label} does not say where ${descriptor.digest} is listed`);
  return { repository: store.label, as: listed, digest: descriptor.digest, reference: `${store.label}@${descriptor.digest}` };
}
