import type { JsonObject } from '../../codec/json.ts';

/** The predicate type of verification summaries. */
export const SUMMARY_TYPE = 'https://slsa.dev/verification_summary/v1';

/** The version of SLSA whose levels a summary speaks of. */
const SLSA_VERSION = '1.1';

/** A verdict of a verifier that is to be stated. */
export interface SummaryClaims {
  readonly verifier: { readonly id: string; readonly version: ReadonlyMap<string, string> };
  readonly time: Date;
  /** What was verified, as consumers of the summary call it. */
  readonly resource: string;
  /** By what it was judged; the digest is hexadecimal SHA-256. */
  readonly policy: { readonly uri: string; readonly sha256: string };
  /** All the evidence that the verdict stands on, by its digests in hexadecimal, and where it can be fetched if that is known. */
  readonly inputs: readonly { readonly uri?: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly result: 'PASSED' | 'FAILED';
  /** The build level that was proven; 0: none was judged. */
  readonly buildLevel: number;
}

/** A verification summary v1 (slsa.dev/spec/v1.1/verification_summary). What failed has reached no level, and what was not judged is not said to have one. */
export function verificationSummary({ verifier, time, resource, policy, inputs, result, buildLevel }: SummaryClaims): JsonObject {
  const level = buildLevel === 0 ? 'SLSA_BUILD_LEVEL_UNEVALUATED' : `SLSA_BUILD_LEVEL_${buildLevel}`;
  return {
    verifier: { id: verifier.id, version: Object.fromEntries(verifier.version) },
    timeVerified: time.toISOString().replace(/\.\d+Z$/, 'Z'),
    resourceUri: resource,
    policy: { uri: policy.uri, digest: { sha256: policy.sha256 } },
    inputAttestations: inputs.map(({ uri, digest }) => ({ ...(uri === undefined ? {} : { uri }), digest: { ...digest } })),
    verificationResult: result,
    verifiedLevels: [result === 'FAILED' ? 'FAILED' : level],
    slsaVersion: SLSA_VERSION,
  };
}
