import type { Condition, Findings } from '../../../verify/index.ts';

/** What is wrong with provenance, by the names that slsa-verifier gives such errors (`errors/errors.go`), so that a search finds them. */
export type SlsaFault =
  | 'ErrorInvalidDssePayload'
  | 'ErrorMismatchBranch'
  | 'ErrorMismatchPackageVersion'
  | 'ErrorMismatchPackageName'
  | 'ErrorMismatchBuilderID'
  | 'ErrorInvalidBuilderID'
  | 'ErrorInvalidBuildType'
  | 'ErrorMismatchSource'
  | 'ErrorMismatchWorkflowInputs'
  | 'ErrorMalformedURI'
  | 'ErrorMismatchCertificate'
  | 'ErrorMismatchTag'
  | 'ErrorInvalidRecipe'
  | 'ErrorMismatchVersionedTag'
  | 'ErrorInvalidSemver'
  | 'ErrorMismatchHash'
  | 'ErrorNonVerifiableClaim'
  | 'ErrorMismatchIntoto'
  | 'ErrorInvalidRef'
  | 'ErrorUntrustedReusableWorkflow'
  | 'ErrorInvalidFormat'
  | 'ErrorInvalidPackageName'
  | 'ErrorInvalidSubject'
  | 'ErrorInvalidVerificationResult'
  | 'ErrorMismatchVerifiedLevels'
  | 'ErrorMismatchResourceURI'
  | 'ErrorMismatchVerifierID'
  | 'ErrorMissingSubjectDigest'
  | 'ErrorInvalidPublicKey';

/** Why provenance is refused. */
export interface Refusal {
  readonly fault: SlsaFault;
  readonly reason: string;
}

/** A refusal. */
export function refuse(fault: SlsaFault, reason: string): Refusal {
  return { fault, reason };
}

/** A condition that fails with the refusal that a question gives; `undefined` is a pass. */
export function refusing(name: string, question: (findings: Findings) => Refusal | undefined): Condition {
  return {
    name,
    async evaluate({ findings }) {
      const refusal = question(findings);
      return refusal === undefined ? { result: 'pass' } : { result: 'fail', reason: `${refusal.reason} (${refusal.fault})` };
    },
  };
}
