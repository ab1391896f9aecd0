import type { Json } from '../../codec/json.ts';
import { malformed, maybeList, maybeObject, maybeText, maybeTexts, maybeTime, objectOf, type Resource, resourceOf } from './read.ts';

/** A verification summary (slsa.dev/verification_summary, v0.2 and v1). */
export interface VerificationSummary {
  readonly kind: 'verification-summary';
  readonly version: '0.2' | '1';
  readonly verifier: string | undefined;
  readonly time: Date | undefined;
  readonly resource: string | undefined;
  readonly policy: Resource;
  readonly inputs: readonly Resource[];
  readonly result: 'PASSED' | 'FAILED';
  /** v1 `verifiedLevels`; of v0.2 its one `policy_level`. */
  readonly levels: readonly string[];
  readonly slsaVersion: string | undefined;
}

/** Reads a verification summary. v0.2 has been written with underscores and without. Throws `statement-invalid`. */
export function readVerificationSummary(predicate: Json | undefined, version: '0.2' | '1'): VerificationSummary {
  const summary = objectOf(predicate, 'verification summary');
  const result = summary.verificationResult ?? summary.verification_result;
  if (result !== 'PASSED' && result !== 'FAILED') throw malformed('verificationResult', 'is neither PASSED nor FAILED');
  const level = maybeText(summary.policyLevel ?? summary.policy_level, 'policyLevel');
  const inputs = maybeList(summary.inputAttestations ?? summary.input_attestations, 'inputAttestations');
  return {
    kind: 'verification-summary',
    version,
    verifier: maybeText(maybeObject(summary.verifier, 'verifier').id, 'verifier.id'),
    time: maybeTime(summary.timeVerified ?? summary.time_verified, 'timeVerified'),
    resource: maybeText(summary.resourceUri ?? summary.resource_uri, 'resourceUri'),
    policy: resourceOf(maybeObject(summary.policy, 'policy'), 'policy'),
    inputs: inputs.map((v, i) => resourceOf(v, `inputAttestations[${i}]`)),
    result,
    levels: [...maybeTexts(summary.verifiedLevels, 'verifiedLevels'), ...(level === undefined ? [] : [level])],
    slsaVersion: maybeText(summary.slsaVersion, 'slsaVersion'),
  };
}
