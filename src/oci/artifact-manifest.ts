import { type Bytes, utf8 } from '../bytes/index.ts';
import { type Descriptor, formatDescriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { OCI_EMPTY, OCI_MANIFEST } from './media-types.ts';

/** The empty JSON object, of the media type `OCI_EMPTY` (OCI image spec 1.1, manifest.md, "Guidance for an Empty Descriptor"). */
export const EMPTY_CONTENT: Bytes = utf8('{}');

/** What an artifact is. */
export interface Artifact {
  readonly artifactType: string;
  readonly layers: readonly Descriptor[];
  /** What it is about. */
  readonly subject?: Descriptor;
  readonly annotations: ReadonlyMap<string, string>;
}

/** The manifest of an artifact with an empty configuration (OCI image spec 1.1, manifest.md, "Guidelines for Artifact Usage"). */
export function artifactManifest({ artifactType, layers, subject, annotations }: Artifact): Bytes {
  const empty = { mediaType: OCI_EMPTY, digest: digestOf(EMPTY_CONTENT), size: EMPTY_CONTENT.length };
  return utf8(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config: { ...empty, data: Buffer.from(EMPTY_CONTENT).toString('base64') },
      layers: layers.map(formatDescriptor),
      ...(subject === undefined ? {} : { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
      annotations: Object.fromEntries(annotations),
    }),
  );
}
