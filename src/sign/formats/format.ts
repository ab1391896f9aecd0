import type { Descriptor } from '../../oci/descriptor.ts';
import type { FormatName } from '../../signature/index.ts';
import type { Evidence, LocatedEvidence } from '../../verify/index.ts';
import type { Placement } from '../store/read-back.ts';

/** The image that is signed. */
export interface SigningSubject {
  readonly descriptor: Descriptor;
  /** What signers call it: `registry/repository`. */
  readonly repository: string;
}

/** Evidence that is made and not published yet. */
export interface PreparedEvidence {
  /** Decoded again from the very bytes that will be stored. */
  readonly located: LocatedEvidence;
  readonly placement: Placement;
}

/** One way of making and storing evidence of images: Sigstore bundles, cosign's tags, Notary Project envelopes. */
export interface SigningFormat {
  /** What verified evidence of this form is called. */
  readonly names: readonly FormatName[];
  /** Whether evidence that verified makes the same claims as `make` would: then nothing new is needed. */
  readonly claims: (evidence: ClaimingEvidence, subject: SigningSubject) => boolean;
  /** Makes the evidence, several pieces where several claims were asked for. Nothing is published but what the services publish. */
  readonly make: (subject: SigningSubject, signal?: AbortSignal) => Promise<readonly PreparedEvidence[]>;
}

/** What is known of evidence that verified when its claims are compared. */
export type ClaimingEvidence = Pick<Evidence, 'format' | 'payload' | 'predicateType' | 'signer' | 'entity'>;
