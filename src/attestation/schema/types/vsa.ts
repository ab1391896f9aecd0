import { listOf, mapOf, NAME, objectWith, oneOf, orNull, type Schema, TEXT, TIME, URI } from '../parts.ts';
import { DIGESTS } from './resource.ts';

const NAMED = objectWith([], { uri: TEXT, digest: orNull(DIGESTS) });
const RESULT = oneOf('PASSED', 'FAILED');

/** A verification summary v1 (slsa.dev/spec/v1.1/verification_summary, "Schema"). */
export const VERIFICATION_SUMMARY_1: Schema = objectWith(['verifier', 'resourceUri', 'policy', 'verificationResult', 'verifiedLevels'], {
  verifier: objectWith(['id'], { id: URI, version: orNull(mapOf(TEXT)) }),
  timeVerified: TIME,
  resourceUri: NAME,
  policy: NAMED,
  inputAttestations: orNull(listOf(objectWith(['digest'], { uri: TEXT, digest: DIGESTS }))),
  verificationResult: RESULT,
  // What begins with SLSA_ is the specification's own, and so are the two that say that nothing was reached.
  verifiedLevels: listOf({
    type: 'string',
    pattern: '^(?:SLSA_[A-Z]+_LEVEL_(?:[0-9]{1,3}|UNEVALUATED)|SLSA_[A-Z]+_[A-Z_]+|FAILED|(?!SLSA_).+)$',
  }),
  dependencyLevels: orNull(mapOf({ type: 'integer', minimum: 0 })),
  slsaVersion: { type: 'string', pattern: '^v?[0-9]+(\\.[0-9]+)*$' },
});

/** A verification summary v0.2 (slsa.dev/verification_summary/v0.2): it has been written with underscores and without. */
export const VERIFICATION_SUMMARY_02: Schema = {
  ...objectWith(['verifier', 'policy'], {
    verifier: objectWith(['id'], { id: URI }),
    policy: NAMED,
    time_verified: TIME,
    timeVerified: TIME,
    resource_uri: NAME,
    resourceUri: NAME,
    verification_result: RESULT,
    verificationResult: RESULT,
    policy_level: TEXT,
    policyLevel: TEXT,
  }),
  allOf: [
    { anyOf: [{ required: ['time_verified'] }, { required: ['timeVerified'] }] },
    { anyOf: [{ required: ['resource_uri'] }, { required: ['resourceUri'] }] },
    { anyOf: [{ required: ['verification_result'] }, { required: ['verificationResult'] }] },
  ],
};
