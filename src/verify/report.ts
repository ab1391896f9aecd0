import type { AssayError } from '../errors.ts';
import type { Found } from '../oci/store.ts';
import type { FormatName, SignedEntity } from '../signature/entity.ts';
import type { SourceAnswer } from './sources.ts';

/** What is said of a piece of evidence, an image or a file (CONTRACT, "Outcomes"). `unsigned` is said of images and files only. */
export type Outcome = 'verified' | 'inconclusive' | 'denied' | 'revoked' | 'expired' | 'untrusted' | 'invalid' | 'unsigned';

/** What one check found. */
export type CheckOutcome = 'pass' | 'fail' | 'inconclusive' | 'skipped';

/** One rule's result about one piece of evidence. */
export interface Check {
  readonly id: string;
  readonly result: CheckOutcome;
  /** A sentence without full stop; for a failure what was wanted and what was found. */
  readonly reason: string;
  /** Of a failure: what it makes of the evidence. */
  readonly outcome?: Exclude<Outcome, 'verified' | 'unsigned'>;
  /** What was wanted and what was found instead, where both are one text: for showing where they differ. */
  readonly differs?: { readonly wanted: string; readonly found: string };
  /** `false` when a policy only logs the check: its result stays, the outcome ignores it. */
  readonly enforced?: boolean;
}

/** Who signed: proven when the evidence is verified, else what it says. */
export interface Signer {
  readonly kind: 'key' | 'certificate' | 'keyless';
  readonly issuer?: string;
  readonly subject?: string;
  /** `sha256:` and the hexadecimal SHA-256 of the DER SubjectPublicKeyInfo. */
  readonly keyId: string;
}

/** A time that was proven, with what proved it. */
export interface VerifiedTime {
  readonly source: string;
  readonly time: Date;
}

/** Everything that is known about one piece of evidence. */
export interface Evidence {
  readonly id: string;
  readonly kind: 'signature' | 'attestation';
  readonly format: FormatName;
  /** Of the manifest or file that holds it. */
  readonly digest: string;
  readonly found: Found;
  readonly outcome: Exclude<Outcome, 'unsigned'>;
  readonly signer: Signer | undefined;
  readonly claims: { readonly certificate: ReadonlyMap<string, string>; readonly builder: ReadonlyMap<string, string> };
  readonly predicateType: string | undefined;
  readonly times: readonly VerifiedTime[];
  readonly log: readonly { readonly logId: string; readonly index: bigint }[];
  readonly checks: readonly Check[];
  /** Only of verified evidence: the signed payload (simple signing document or statement), for policies and for `--compat cosign`. */
  readonly payload: Uint8Array | undefined;
  /** Only of verified evidence: all of it, as it was decoded. What is in it beside the payload is not all proven. */
  readonly entity?: SignedEntity;
}

/** One reason of a decision. */
export interface Because {
  readonly policy: string;
  readonly rule?: string;
  readonly authority?: string;
  readonly result: 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
}

/** Whether an image may run, and why (CONTRACT, "JSON"). */
export interface Decision {
  readonly verdict: 'allow' | 'warn' | 'deny';
  readonly because: readonly Because[];
}

/** The answer about one image or file. */
export interface SubjectReport {
  readonly reference: string;
  readonly digest: string | undefined;
  readonly platform: string | undefined;
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
  /** With a policy. */
  readonly decision?: Decision;
  readonly evidence: readonly Evidence[];
  /** Pieces of evidence beyond `LIMITS.reportedEvidence`, counted by outcome. */
  readonly unlisted: ReadonlyMap<Outcome, number>;
  /** The places that were asked for evidence, and what each answered; empty for files. */
  readonly sources: readonly SourceAnswer[];
  readonly errors: readonly AssayError[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}
