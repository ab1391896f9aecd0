import type { WantedPredicateType } from '../attestation/index.ts';
import type { Bytes } from '../bytes/index.ts';
import type { HashName, PublicKey } from '../crypto/index.ts';
import type { TrustMaterial } from '../trust/index.ts';
import type { TextMatcher } from './matcher.ts';

/** A public key that may sign. */
export interface KeyAuthority {
  readonly kind: 'key';
  /** As the user named it, for messages. */
  readonly name: string;
  readonly key: PublicKey;
}

/** An identity that a certificate may prove: issuer and subject, and claims of the certificate by name. */
export interface IdentityAuthority {
  readonly kind: 'identity';
  readonly name: string;
  readonly issuer: TextMatcher;
  readonly subject: TextMatcher;
  readonly claims: ReadonlyMap<string, string>;
}

/** Who may satisfy a requirement. Without one nothing is ever verified. */
export type Authority = KeyAuthority | IdentityAuthority;

/** What the evidence has to be about. */
export interface VerificationSubject {
  /** Algorithm and hexadecimal digest that statements and payloads have to name. */
  readonly digests: ReadonlyMap<string, string>;
  /** The content, where it is at hand: signatures over the artifact itself are checked against it. */
  readonly bytes: Bytes | undefined;
}

/** What kind of evidence is asked for. */
export type WantedEvidence =
  /** Whatever a bundle holds; its signer and subject are checked all the same. */
  | { readonly kind: 'any' }
  | { readonly kind: 'signature' }
  | { readonly kind: 'attestation'; readonly predicateType: WantedPredicateType | undefined };

/** How much has to be proven. Whatever weakens a check starts with `unsafe`. */
export interface Demands {
  /** Distinct logs that have to have the entry. Default 1. */
  readonly logThreshold?: number;
  /** Distinct timestamp authorities that have to have stamped. Default 0; 1 where the trust material has no logs at all. */
  readonly timestampThreshold?: number;
  /** Distinct CT logs that have to have promised the certificate. Default 1. */
  readonly sctThreshold?: number;
  /** Intermediates in the evidence may complete a chain, in bundles too (cosign's `--allow-certificate-chain`). */
  readonly allowCertificateChain?: boolean;
  /** Pairs that the signed payload has to hold. */
  readonly annotations?: ReadonlyMap<string, string>;
  readonly unsafeSkipTransparencyLog?: boolean;
  readonly unsafeSkipSct?: boolean;
  /** The signature is checked, what it is about is not (cosign's `--check-claims=false`). */
  readonly unsafeSkipClaims?: boolean;
}

/** A question about one piece of evidence. Time is a parameter: milliseconds since 1970. */
export interface EvidenceRequest {
  readonly subject: VerificationSubject;
  readonly wanted: WantedEvidence;
  readonly authorities: readonly Authority[];
  readonly trust: TrustMaterial;
  readonly demands: Demands;
  readonly now: number;
}

/** The digests of the artifact itself that are known, by hash function. */
export type ArtifactDigests = ReadonlyMap<HashName, Bytes>;
