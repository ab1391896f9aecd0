import type { SignedReport } from '../../src/cli/sign/report.ts';
import type { SignedPiece } from '../../src/sign/index.ts';
import { DIGEST, ERRORS, WARNINGS } from './common.ts';
import { list, mapOf, object, objectLike, oneOf, optional, ref, type Schema, text, type With } from './shape.ts';
import { VERIFY } from './verify.ts';

type Stored = NonNullable<SignedPiece['stored']>;

const OUTCOME = oneOf<SignedReport['outcome']>(
  { signed: true, kept: true, failed: true },
  '`kept`: the same signer has claimed the same before, and nothing was added',
);

const STORED = objectLike<Omit<Stored, 'digest'>>({
  repository: text(),
  as: oneOf<Stored['as']>({ referrers: true, 'fallback-tag': true, tag: true }),
  reference: text('what it can be fetched by'),
});

const evidence = VERIFY.definitions.get('evidence') ?? {};
const { id, kind, format, digest, signer, predicateType, times, log } = evidence.properties ?? {};

const piece = object({
  id: id ?? {},
  kind: kind ?? {},
  format: format ?? {},
  digest: digest ?? {},
  stored: { anyOf: [STORED, { type: 'null' }], description: 'null when it was not written to a registry or layout' },
  signer: signer ?? {},
  predicateType: predicateType ?? {},
  times: times ?? {},
  log: log ?? {},
});

const report = objectLike<
  With<
    Omit<SignedReport, 'pieces' | 'error'>,
    { readonly digest: string | null; readonly evidence: object; readonly files?: object; readonly errors: object }
  >
>({
  reference: text('as it was given'),
  digest: { type: ['string', 'null'], description: 'null when it could not be resolved' },
  platform: optional(text('when one was chosen')),
  outcome: OUTCOME,
  evidence: list(ref('piece')),
  replaced: optional(list(text(), 'older evidence that was taken away')),
  files: optional(mapOf(text(), 'files that were written, by what is in them')),
  errors: ERRORS,
});

/** `assay/sign/v1` and `assay/sign-blob/v1`: what `sign`, `attest`, `sign-blob` and `attest-blob` print. */
export const SIGN: {
  readonly images: Schema;
  readonly files: Schema;
  readonly definitions: ReadonlyMap<string, Schema>;
} = {
  images: runOf('images'),
  files: runOf('files'),
  definitions: new Map([
    ['piece', piece],
    ['signed', report],
  ]),
};

function runOf(name: 'images' | 'files'): Schema {
  return object({
    outcome: OUTCOME,
    [name]: list(ref('signed')),
    warnings: WARNINGS,
    errors: { ...ERRORS, description: 'of the run' },
  });
}

/** `assay/generate/v1`. */
export const GENERATE: Schema = object({
  digest: DIGEST,
  payload: text('what a signature of the image is over'),
  warnings: WARNINGS,
  errors: ERRORS,
});
