import type { AssayError } from '../errors.ts';
import type { Store, StoredManifest } from '../oci/store.ts';
import { type Condition, type Evidence, imageSubject, verifySubject, type WantedEvidence } from '../verify/index.ts';
import type { ClaimingEvidence } from './formats/format.ts';
import type { Expectations } from './self-verify.ts';

/** Where evidence of this signer is looked for, and which counts. */
export interface ExistingRequest extends Expectations {
  readonly stores: readonly Store[];
  readonly image: StoredManifest;
  readonly wanted: WantedEvidence;
  /** Whether verified evidence is what is looked for. */
  readonly matches: (evidence: ClaimingEvidence) => boolean;
  /** Find all of it, not one piece. */
  readonly all?: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal;
}

/** What is there already. */
export interface Existing {
  /** Verified evidence that matches. */
  readonly evidence: readonly Evidence[];
  /** What could not be read: there may be more. */
  readonly errors: readonly AssayError[];
}

/** Finds this signer's evidence about an image by the one verifier: what does not verify is nobody's. */
export async function existingEvidence(request: ExistingRequest): Promise<Existing> {
  const { image, stores, wanted, authorities, trust, demands, facts, now, signal, matches } = request;
  const condition: Condition = {
    name: 'the same claims',
    async evaluate({ findings }) {
      return matches(findings) ? { result: 'pass' } : { result: 'fail', reason: 'it claims something else' };
    },
  };
  const requirement = {
    kind: 'evidence' as const,
    wanted,
    authorities,
    threshold: 1,
    demands,
    trust,
    conditions: [condition],
    // Asked of every piece, the answer is not known before every piece was read.
    ...(request.all === true ? { every: true } : {}),
  };
  const verdict = await verifySubject({
    stores,
    ...imageSubject(image),
    requirement,
    now,
    ...(facts === undefined ? {} : { facts }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { evidence: verdict.evidence.filter((e) => e.outcome === 'verified'), errors: verdict.errors };
}
