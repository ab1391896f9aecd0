import type { BundleFacts, LogFacts, SignedFacts, SignerFacts, TimestampFacts } from '../../src/cli/bundle/facts.ts';
import { ERRORS, TIME, WARNINGS } from './common.ts';
import { boolean, integer, list, mapOf, object, objectLike, oneOf, optional, type Schema, text } from './shape.ts';

type Signed<K extends SignedFacts['kind']> = Extract<SignedFacts, { readonly kind: K }>;
type Certificate = Extract<SignerFacts, { readonly issuedBy: string }>;
type Key = Extract<SignerFacts, { readonly kind: 'public-key' }>;
type Timestamp = Exclude<TimestampFacts, { readonly malformed: string }>;

const NAME: Schema = { type: ['string', 'null'] };
const NUMBER: Schema = { type: ['integer', 'string'], description: 'a text beyond 2^53' };
const MALFORMED = object({ malformed: text('why it cannot be read') });

const FORMS: readonly Schema[] = [
  objectLike<Signed<'file'>>({
    kind: { const: 'file' },
    digest: { anyOf: [object({ algorithm: text(), value: text('hexadecimal') }), { type: 'null' }] },
    signatureBytes: integer(),
  }),
  objectLike<Signed<'statement'>>({
    kind: { const: 'statement' },
    type: text(),
    predicateType: text(),
    subjects: list(object({ name: NAME, digests: mapOf(text()), annotations: mapOf(true) })),
    payloadBytes: integer(),
  }),
  objectLike<Signed<'payload'>>({ kind: { const: 'payload' }, payloadType: text(), payloadBytes: integer() }),
];

const SIGNERS: readonly Schema[] = [
  objectLike<Certificate>({
    kind: { const: 'certificate' },
    names: list(object({ kind: text(), value: text() })),
    subject: text(),
    claims: mapOf(text()),
    validFrom: TIME,
    validTo: TIME,
    issuedBy: text(),
    serial: text('hexadecimal'),
    keyId: text('SHA-256 of the DER SubjectPublicKeyInfo'),
    key: text(),
    scts: list(object({ logId: text('hexadecimal'), time: TIME })),
    certificates: integer(),
  }),
  object({ kind: { const: 'certificate' }, malformed: text() }),
  objectLike<Key>({ kind: { const: 'public-key' }, hint: text(), keyId: NAME }),
  { type: 'null' },
];

const LOG = objectLike<LogFacts>({
  log: { ...NAME, description: 'its host, where the trusted root at hand knows it' },
  logId: text('hexadecimal'),
  index: NUMBER,
  entry: text('kind and version'),
  time: { ...NAME, description: 'as the entry states it; Rekor v2 states none' },
  promise: boolean(),
  proof: { anyOf: [object({ index: NUMBER, treeSize: NUMBER, origin: NAME, signedBy: list(text()) }), { type: 'null' }] },
});

const TIMESTAMP: Schema = {
  anyOf: [
    objectLike<Timestamp>({
      time: TIME,
      hash: text(),
      policy: text(),
      serial: text('hexadecimal'),
      accuracyMs: { type: ['number', 'null'] },
      authority: NAME,
    }),
    MALFORMED,
  ],
};

/** `assay/bundle/v1`: what `bundle create` and `bundle upgrade` print. */
export const BUNDLE: Schema = object({
  outcome: oneOf({ made: true }),
  from: text('what it was made of'),
  file: optional(text('where it was written')),
  bundle: mapOf(true, 'the Sigstore bundle'),
  warnings: WARNINGS,
  errors: ERRORS,
});

/** `assay/bundle-inspect/v1`: what a bundle says, unverified. */
export const BUNDLE_INSPECT: Schema = objectLike<
  BundleFacts & { readonly unverified: true; readonly file: string; readonly warnings: object; readonly errors: object }
>({
  unverified: { const: true },
  file: text(),
  form: oneOf<BundleFacts['form']>({ 'sigstore-bundle': true, 'cosign-blob-bundle': true, 'dsse-envelope': true }),
  mediaType: NAME,
  kind: oneOf<BundleFacts['kind']>({ signature: true, attestation: true }),
  signed: { anyOf: FORMS },
  signer: { anyOf: SIGNERS },
  log: list(LOG),
  timestamps: list(TIMESTAMP),
  problems: list(text(), 'what every verifier will stumble over'),
  warnings: WARNINGS,
  errors: ERRORS,
});
