import type { ExplainedEvidence, ExplainedPart, ExplainedPolicy } from '../../src/cli/policy/explain.ts';
import type { TestResult } from '../../src/cli/policy/run-suite.ts';
import { DIGEST, ERRORS, WARNINGS } from './common.ts';
import { boolean, integer, list, object, objectLike, oneOf, optional, ref, type Schema, text, type With } from './shape.ts';

const PLACE = {
  line: optional(integer('from 1')),
  column: optional(integer('from 1')),
  path: optional(text('the field, as `spec.images[0].glob`')),
};
const VERDICT = oneOf({ allow: true, warn: true, deny: true });

/** `assay/policy-check/v1` (CONTRACT, "JSON"). */
export const POLICY_CHECK: Schema = object({
  files: list(
    object({
      file: text(),
      policies: list(object({ dialect: text(), name: text(), mode: oneOf({ enforce: true, warn: true }) })),
      errors: list(object({ code: text(), message: text(), hint: optional(text()), ...PLACE })),
      warnings: list(object({ code: text(), message: text(), ...PLACE })),
    }),
  ),
  warnings: WARNINGS,
  errors: ERRORS,
});

/** `assay/policy-test/v1`. */
export const POLICY_TEST: Schema = object({
  passed: integer(),
  failed: integer(),
  tests: list(
    objectLike<With<TestResult, { readonly verdict: string | null }>>({
      suite: text(),
      name: text(),
      image: text(),
      passed: boolean(),
      difference: text('empty when it passed'),
      verdict: { anyOf: [VERDICT, { type: 'null' }], description: 'null when there was none' },
      outcome: text('an outcome, or the code of the error'),
      reasons: list(text()),
      seconds: { type: 'number' },
    }),
  ),
  warnings: WARNINGS,
  errors: ERRORS,
});

/** `assay/policy-explain/v1`. */
export const POLICY_EXPLAIN: { readonly members: Schema; readonly definitions: ReadonlyMap<string, Schema> } = {
  members: object({
    reference: text(),
    digest: DIGEST,
    decision: ref('decision'),
    outcome: ref('outcome'),
    reasons: list(text()),
    policies: list(
      objectLike<ExplainedPolicy>({
        name: text(),
        dialect: text(),
        mode: oneOf({ enforce: true, warn: true }),
        applies: boolean('whether it is about the image'),
        problem: optional(text('why that cannot be said')),
        requirement: optional(ref('part')),
      }),
    ),
    warnings: WARNINGS,
    errors: ERRORS,
  }),
  definitions: new Map([
    [
      'part',
      objectLike<ExplainedPart>({
        kind: oneOf<ExplainedPart['kind']>({ evidence: true, static: true, allOf: true, anyOf: true, atLeast: true, judged: true }),
        rule: optional(text()),
        authority: optional(text()),
        met: boolean(),
        outcome: ref('outcome'),
        wanted: optional(text('what would satisfy it')),
        reason: optional(text()),
        found: optional(
          list(
            objectLike<ExplainedEvidence>({
              kind: text(),
              format: text(),
              outcome: text(),
              signer: optional(text()),
              predicateType: optional(text()),
              failed: list(object({ id: text(), reason: text() })),
            }),
          ),
        ),
        conditions: optional(
          list(object({ name: text(), result: oneOf({ pass: true, fail: true, inconclusive: true }), reason: optional(text()) })),
        ),
        parts: optional(list(ref('part'))),
      }),
    ],
  ]),
};
