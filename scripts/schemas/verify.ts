import type { Because, Check, Decision, Evidence, Signer, SubjectReport, VerifiedTime } from '../../src/verify/index.ts';
import { DIGEST, ERRORS, TIME, WARNINGS } from './common.ts';
import { boolean, integer, list, mapOf, object, objectLike, oneOf, optional, ref, type Schema, text, type With } from './shape.ts';

const UNVERIFIED = optional({ const: true, description: 'the evidence is not verified: this is what it says' });
interface Marked {
  readonly unverified?: true;
}

const signer = objectLike<Signer & Marked>({
  kind: oneOf<Signer['kind']>({ key: true, certificate: true, keyless: true }),
  issuer: optional(text()),
  subject: optional(text()),
  keyId: text('SHA-256 of the DER SubjectPublicKeyInfo'),
  unverified: UNVERIFIED,
});

const evidence = objectLike<
  With<Omit<Evidence, 'payload' | 'entity'>, { readonly signer: Signer | null; readonly predicateType: string | null }>
>({
  id: text("over the signer's keyId and the signed bytes: the handle for revocation"),
  kind: oneOf<Evidence['kind']>({ signature: true, attestation: true }),
  format: ref('format'),
  digest: { ...DIGEST, description: 'of the manifest or file that holds it' },
  found: ref('found'),
  outcome: ref('outcome'),
  signer: { anyOf: [ref('signer'), { type: 'null' }] },
  claims: object({
    certificate: mapOf(text(), 'proven by the certificate'),
    builder: mapOf(text(), 'stated by the builder'),
    unverified: UNVERIFIED,
  }),
  predicateType: { type: ['string', 'null'] },
  times: list(objectLike<VerifiedTime & Marked>({ source: text(), time: TIME, unverified: UNVERIFIED })),
  log: list(object({ logId: text('hexadecimal'), index: { type: ['integer', 'string'], description: 'a text beyond 2^53' } })),
  checks: list(ref('check')),
});

const subject = objectLike<
  With<
    Omit<SubjectReport, 'sources'>,
    { readonly digest: string | null; readonly unlisted?: object; readonly warnings?: SubjectReport['warnings'] }
  >
>({
  reference: text(),
  digest: { type: ['string', 'null'], description: 'null when it could not be resolved' },
  platform: optional(text('when one was chosen')),
  outcome: ref('outcome'),
  reasons: list(text(), 'sentences, the decisive one first'),
  decision: optional({ ...ref('decision'), description: 'with a policy' }),
  evidence: list(ref('evidence')),
  unlisted: optional(object({ beyond: integer(), outcomes: mapOf(integer(), 'evidence that is only counted, by outcome') })),
  errors: ERRORS,
  warnings: optional(WARNINGS),
});

const SUMMARY: Schema = object({
  digest: text('of the image'),
  result: oneOf<'PASSED' | 'FAILED'>({ PASSED: true, FAILED: true }),
  file: optional(text('where the bundle was written')),
  reference: optional(text('where it is stored')),
});

/** `assay/verify/v1`: `verify`, `verify-attestation`, `verify-blob`, `verify-blob-attestation`, `verify-bundle`. */
export const VERIFY: { readonly members: Schema; readonly definitions: ReadonlyMap<string, Schema> } = {
  members: {
    ...object({
      outcome: optional({ ...ref('outcome'), description: 'of the run; left out when nothing was tried' }),
      images: optional(list(ref('subject'))),
      files: optional(list(ref('subject'), 'for commands about files')),
      summaries: optional(list(SUMMARY, 'verification summaries that were signed, with --emit-vsa or --attach-vsa')),
      warnings: WARNINGS,
      errors: { ...ERRORS, description: 'of the run' },
    }),
    anyOf: [{ required: ['images'] }, { required: ['files'] }],
  },
  definitions: new Map([
    ['signer', signer],
    [
      'check',
      objectLike<Omit<Check, 'outcome' | 'differs'>>({
        id: text('one of docs/reference/checks.md'),
        result: oneOf<Check['result']>({ pass: true, fail: true, inconclusive: true, skipped: true }),
        reason: text(),
        enforced: optional(boolean('false when a policy only logs it')),
      }),
    ],
    ['evidence', evidence],
    [
      'decision',
      objectLike<Decision>({
        verdict: oneOf<Decision['verdict']>({ allow: true, warn: true, deny: true }),
        because: list(
          objectLike<Because>({
            policy: text('empty when no policy is about the image'),
            rule: optional(text()),
            authority: optional(text()),
            result: oneOf<Because['result']>({ pass: true, fail: true, inconclusive: true }),
            reason: text(),
          }),
        ),
      }),
    ],
    ['subject', subject],
  ]),
};
