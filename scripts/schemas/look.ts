import type { Artifact, ArtifactKind, PlatformNode, Source } from '../../src/cli/attached/artifact.ts';
import type { HistoryEntry, ImageConfig } from '../../src/cli/inspect/config.ts';
import type { LayerEntry } from '../../src/cli/layer/tar.ts';
import type { Platform } from '../../src/oci/index.ts';
import { DIGEST, ERRORS, TIME, WARNINGS } from './common.ts';
import { boolean, integer, list, mapOf, object, objectLike, oneOf, optional, ref, type Schema, text, type With } from './shape.ts';

const PLATFORM = objectLike<Platform>({ os: text(), architecture: text(), variant: optional(text()), 'os.version': optional(text()) });
const ANNOTATIONS = optional(mapOf(text()));
const MANIFEST = { digest: DIGEST, mediaType: text(), size: integer('bytes'), artifactType: optional(text()), annotations: ANNOTATIONS };

const history = objectLike<HistoryEntry>({
  created: optional(text()),
  createdBy: optional(text()),
  comment: optional(text()),
  author: optional(text()),
  emptyLayer: boolean(),
});

type Configured = Omit<ImageConfig, 'created' | 'author' | 'os' | 'architecture' | 'variant' | 'labels' | 'diffIds' | 'history'>;
const config = objectLike<Configured & { readonly digest: string; readonly size: number }>({
  digest: DIGEST,
  size: integer(),
  user: optional(text()),
  env: list(text()),
  entrypoint: list(text()),
  cmd: list(text()),
  workingDir: optional(text()),
  exposedPorts: list(text()),
  volumes: list(text()),
  stopSignal: optional(text()),
});

const file = objectLike<With<LayerEntry, { readonly mode: string }>>({
  path: text(),
  type: oneOf<LayerEntry['type']>({
    file: true,
    hardlink: true,
    symlink: true,
    char: true,
    block: true,
    directory: true,
    fifo: true,
    whiteout: true,
    opaque: true,
    other: true,
  }),
  size: integer(),
  mode: text('octal'),
  uid: integer(),
  gid: integer(),
  modified: TIME,
  link: optional(text()),
});

/** `assay/inspect/v1`. */
export const INSPECT: Schema = {
  ...object({
    reference: text(),
    digest: DIGEST,
    mediaType: optional(text()),
    size: optional(integer()),
    platform: optional(text('when one was chosen')),
    artifactType: optional(text()),
    annotations: ANNOTATIONS,
    images: optional(
      list(
        object({
          platform: optional(PLATFORM),
          ...MANIFEST,
          created: optional(text()),
          author: optional(text()),
          config: optional(config),
          labels: optional(mapOf(text())),
          layers: list(object({ digest: DIGEST, mediaType: text(), size: integer(), diffId: optional(text()) })),
          layersSize: integer(),
          history: optional(list(history)),
          error: optional(ref('error')),
        }),
      ),
    ),
    unsigned: optional(
      list(object({ digest: DIGEST, mediaType: text(), size: integer(), subject: optional(text()), trust: { const: 'unsigned' } })),
    ),
    layer: optional(
      object(
        {
          digest: DIGEST,
          mediaType: text(),
          size: integer(),
          compression: optional(text()),
          files: optional(list(file)),
        },
        'with --layer, instead of images',
      ),
    ),
    warnings: WARNINGS,
    errors: ERRORS,
  }),
  anyOf: [{ required: ['images', 'unsigned'] }, { required: ['layer'] }],
};

const artifact = objectLike<
  With<
    Omit<Artifact, 'form' | 'store' | 'attached'>,
    {
      readonly reference: string;
      readonly annotations?: object;
      readonly referrers: object;
      readonly sources: object;
      readonly complete: boolean;
      readonly layers: object;
    }
  >
>({
  reference: text(),
  ...MANIFEST,
  kind: oneOf<ArtifactKind>({
    signature: true,
    attestation: true,
    provenance: true,
    sbom: true,
    vulnerabilities: true,
    vex: true,
    'verification summary': true,
    artifact: true,
  }),
  format: text('as in verify, or buildkit, sbom, in-toto, other'),
  pieces: integer('signatures, attestations or documents in it'),
  predicateTypes: list(text()),
  says: list(text(), 'who the evidence says has signed it: unverified'),
  found: list(ref('found')),
  tag: optional(text()),
  trust: oneOf<Artifact['trust']>({ unverified: true, unsigned: true }),
  namesSubject: optional(boolean('whether its manifest names the subject that it was found under')),
  layers: list(object({ mediaType: text(), digest: DIGEST, size: integer(), annotations: ANNOTATIONS })),
  referrers: list(ref('artifact')),
  sources: list(ref('source')),
  complete: boolean('whether everything below it was read'),
  error: optional(ref('error')),
});

const platform = objectLike<
  With<
    Omit<PlatformNode, 'attached'>,
    {
      readonly reference: string;
      readonly annotations?: object;
      readonly layers: number;
      readonly layersSize: number;
      readonly referrers: object;
      readonly sources: object;
    }
  >
>({
  platform: optional(PLATFORM),
  reference: text(),
  ...MANIFEST,
  layers: integer(),
  layersSize: integer(),
  referrers: list(ref('artifact')),
  sources: list(ref('source')),
  error: optional(ref('error')),
});

/** `assay/tree/v1`. */
export const TREE: { readonly members: Schema; readonly definitions: ReadonlyMap<string, Schema> } = {
  members: object({
    reference: text(),
    ...MANIFEST,
    verified: { const: false },
    complete: boolean('whether every place answered'),
    referrers: list(ref('artifact')),
    sources: list(ref('source')),
    platforms: list(ref('platform')),
    unsigned: list(ref('artifact'), 'what stands in the index without being signed by itself'),
    warnings: WARNINGS,
    errors: ERRORS,
  }),
  definitions: new Map([
    ['artifact', artifact],
    [
      'source',
      objectLike<Source>({
        source: oneOf<Source['source']>({
          referrers: true,
          'fallback-tag': true,
          'tag .sig': true,
          'tag .att': true,
          'tag .sbom': true,
          index: true,
          limit: true,
        }),
        state: oneOf<Source['state']>({ answered: true, unsupported: true, unknown: true }),
        error: optional(ref('error')),
      }),
    ],
    ['platform', platform],
  ]),
};

/** `assay/download/v1`. */
export const DOWNLOAD: Schema = object({
  reference: text(),
  digest: DIGEST,
  verified: { const: false },
  items: list(
    object({
      format: text(),
      manifest: DIGEST,
      found: list(ref('found')),
      tag: optional(text()),
      mediaType: text(),
      digest: DIGEST,
      size: integer(),
      content: { description: 'the piece as it is: an object, for SBOMs a text' },
    }),
  ),
  warnings: WARNINGS,
  errors: ERRORS,
});
