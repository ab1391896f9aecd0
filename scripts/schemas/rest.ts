import { DIGEST, ERRORS, TIME, WARNINGS } from './common.ts';
import { boolean, integer, list, mapOf, object, oneOf, optional, type Schema, text } from './shape.ts';

const RUN = { warnings: WARNINGS, errors: ERRORS };
const NAMED = { reference: text(), digest: DIGEST, mediaType: text(), size: integer('bytes'), platform: optional(text()) };
const WINDOW = object({ start: optional(TIME), end: optional(TIME) }, 'when it is believed');
const LOG = object({ baseUrl: text(), logId: text('hexadecimal'), keyId: text(), algorithm: text(), validFor: WINDOW });
const AUTHORITY = object({
  uri: text(),
  validFor: WINDOW,
  chain: list(object({ subject: text(), issuer: text(), notBefore: TIME, notAfter: TIME, fingerprint: DIGEST })),
});
const STATE = object({
  mirror: text(),
  folder: text(),
  changed: boolean(),
  rootVersion: integer(),
  rootExpires: TIME,
  refreshed: TIME,
  expires: TIME,
  ...RUN,
});

/** The shapes of the smaller commands, by schema. */
export const REST: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  ['assay/digest/v1', object({ ...NAMED, ...RUN })],
  ['assay/manifest/v1', object({ ...NAMED, manifest: mapOf(true), ...RUN })],
  ['assay/config/v1', object({ ...NAMED, config: mapOf(true), ...RUN })],
  ['assay/blob/v1', object({ reference: text(), digest: DIGEST, size: integer(), base64: text(), ...RUN })],
  ['assay/ls/v1', object({ repository: text(), tags: list(text()), ...RUN })],
  ['assay/catalog/v1', object({ registry: text(), repositories: list(text()), ...RUN })],
  [
    'assay/triangulate/v1',
    object({
      reference: text(),
      type: oneOf({ signature: true, attestation: true, sbom: true, digest: true }),
      place: text(),
      ...RUN,
    }),
  ],
  [
    'assay/trust-show/v1',
    object({
      origin: text('where it is from: file, cache, embedded'),
      file: optional(text()),
      mirror: optional(text()),
      folder: optional(text()),
      ageMs: optional(integer()),
      refreshed: optional(TIME),
      rootVersion: optional(integer()),
      rootExpires: optional(TIME),
      expires: optional(TIME),
      logs: list(LOG),
      ctLogs: list(LOG),
      certificateAuthorities: list(AUTHORITY),
      timestampAuthorities: list(AUTHORITY),
      ...RUN,
    }),
  ],
  [
    'assay/keys/v1',
    object({
      key: object({
        keyId: text('SHA-256 of the DER SubjectPublicKeyInfo, as sha256:<hex>'),
        type: oneOf({ ecdsa: true, rsa: true, ed25519: true }),
        algorithm: {
          type: ['string', 'null'],
          description: "what it signs with by default, by Sigstore's name; null for a key that nobody signs with",
        },
        publicKey: text('PEM of the SubjectPublicKeyInfo'),
        reference: optional(text('where the key is, when it is in no file that was written')),
        files: object({ privateKey: optional(text()), publicKey: optional(text()) }, 'what was written'),
      }),
      ...RUN,
    }),
  ],
  [
    'assay/attach/v1',
    object({
      outcome: oneOf({ attached: true }),
      reference: text('as it was given'),
      digest: DIGEST,
      platform: optional(text()),
      attached: list(
        object({
          kind: oneOf({ artifact: true, sbom: true, signature: true, attestation: true }),
          mediaType: text(),
          digest: DIGEST,
          size: integer('bytes'),
          artifactType: { type: ['string', 'null'] },
          stored: object({
            repository: text(),
            as: oneOf({ referrers: true, 'fallback-tag': true, tag: true }, 'the list that it is found in'),
            reference: text('`repository@digest`, or `repository:tag`'),
          }),
        }),
      ),
      files: list(object({ name: text(), mediaType: text(), digest: DIGEST, size: integer('bytes') })),
      ...RUN,
    }),
  ],
  [
    'assay/clean/v1',
    object({
      outcome: oneOf({ cleaned: true, nothing: true, incomplete: true, declined: true }),
      reference: text('as it was given'),
      digest: DIGEST,
      deleted: list(
        object({
          repository: text(),
          kind: text('what it says that it is'),
          digest: DIGEST,
          tag: { type: ['string', 'null'] },
          found: list(oneOf({ referrers: true, 'fallback-tag': true, tag: true, file: true })),
        }),
      ),
      ...RUN,
    }),
  ],
  [
    'assay/repair/v1',
    object({
      outcome: oneOf({ repaired: true, 'already-listed': true, incomplete: true }),
      reference: text('as it was given'),
      digest: DIGEST,
      evidence: list(
        object({
          digest: DIGEST,
          outcome: oneOf({ listed: true, 'already-listed': true }),
          as: oneOf({ referrers: true, 'fallback-tag': true, tag: true }),
          tag: { type: ['string', 'null'] },
        }),
      ),
      ...RUN,
    }),
  ],
  ['assay/trust-init/v1', STATE],
  ['assay/trust-update/v1', STATE],
  ['assay/trusted-root-create/v1', object({ file: optional(text()), trustedRoot: mapOf(true), ...RUN })],
  ['assay/signing-config/v1', object({ file: optional(text()), signingConfig: mapOf(true), ...RUN })],
  ['assay/completion/v1', object({ shell: text(), script: text(), errors: optional(ERRORS) })],
  [
    'assay/version/v1',
    object({
      version: text(),
      gitVersion: optional(text()),
      node: optional(text()),
      platform: optional(text()),
      errors: optional(ERRORS),
    }),
  ],
  ['assay/help/v1', object({ help: text(), errors: optional(ERRORS) })],
  ['assay/error/v1', object({ errors: ERRORS })],
]);
