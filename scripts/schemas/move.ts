import type { CopiedEvidence, CopyCounts } from '../../src/oci/copy/index.ts';
import { DIGEST, ERRORS, WARNINGS } from './common.ts';
import { boolean, integer, list, object, objectLike, oneOf, optional, ref, type Schema, text } from './shape.ts';

const RUN = { warnings: WARNINGS, errors: ERRORS };
const FILE = { name: text(), mediaType: text(), digest: DIGEST, size: integer('bytes') };
const HELPER: Schema = { type: ['string', 'null'], description: 'the credential helper that keeps them' };

/** The shapes of `copy`, `save`, `load`, `push`, `pull`, `login`, `logout`, by schema. */
export const MOVE: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  [
    'assay/copy/v1',
    object({
      source: text(),
      destination: text(),
      digest: DIGEST,
      tag: { type: ['string', 'null'], description: 'the tag that was moved' },
      manifests: objectLike<CopyCounts['manifests']>({ copied: integer(), there: integer() }),
      blobs: objectLike<CopyCounts['blobs']>({
        sent: integer(),
        mounted: integer('taken from another repository of the same registry'),
        there: integer(),
        foreign: integer('layers that the source does not have either'),
      }),
      bytes: integer('that were sent'),
      evidence: list(
        objectLike<CopiedEvidence>({
          subject: { ...DIGEST, description: 'what it is about' },
          digest: DIGEST,
          as: oneOf<CopiedEvidence['as']>({ referrers: true, 'fallback-tag': true, sig: true, att: true, sbom: true }, 'how it is listed'),
          state: oneOf<CopiedEvidence['state']>({ copied: true, there: true, merged: true }),
        }),
      ),
      left: list(
        object({ subject: DIGEST, digest: DIGEST, error: ref('error') }),
        'evidence that is listed and could not be copied; the exit code is 3',
      ),
      ...RUN,
    }),
  ],
  [
    'assay/push/v1',
    object({
      reference: text(),
      tag: { type: ['string', 'null'] },
      digest: DIGEST,
      mediaType: text(),
      size: integer('of the manifest'),
      artifactType: text(),
      files: list(object({ ...FILE, state: oneOf({ sent: true, mounted: true, there: true }) })),
      ...RUN,
    }),
  ],
  [
    'assay/pull/v1',
    object({
      reference: text(),
      digest: DIGEST,
      platform: optional(text('when one was chosen')),
      artifactType: { type: ['string', 'null'] },
      folder: text(),
      files: list(object(FILE)),
      unnamed: integer('layers without a file name, which were left'),
      ...RUN,
    }),
  ],
  ['assay/login/v1', object({ registry: text(), username: text(), file: text(), helper: HELPER, ...RUN })],
  ['assay/logout/v1', object({ registry: text(), removed: boolean(), file: text(), helper: HELPER, ...RUN })],
]);
