import type { Bytes } from '../bytes/index.ts';
import type { HashName, KeyAlgorithm, PublicKey, Signer } from '../crypto/index.ts';
import type { LogEntry } from '../signature/index.ts';

/** What every request to a service may be told. */
export interface ServiceOptions {
  readonly signal?: AbortSignal;
}

/** An identity token (OpenID Connect) whose claims were read, not verified: whoever it is for verifies it. */
export interface IdentityToken {
  /** The JWT. A secret: never printed, never part of an error. */
  readonly raw: string;
  readonly issuer: string;
  /** What a certificate will name: the e-mail address where the token has a verified one, else `sub`. */
  readonly subject: string;
  readonly audience: readonly string[];
  readonly expires: Date;
  /** Where it came from, for people: `GitHub Actions`, `--identity-token`. */
  readonly source: string;
}

/** A certificate authority that binds a fresh key to an identity: Fulcio. */
export interface CertificateService {
  readonly url: string;
  /**
   * The chain for the signer's key, DER, leaf first. Throws `service-unavailable`, `service-refused` (the token is expired, for another
   * audience, of an issuer that it does not know), `service-lied` when the leaf is not for this key.
   */
  certify(signer: Signer, token: IdentityToken, options?: ServiceOptions): Promise<readonly Bytes[]>;
}

/** What is entered in a transparency log: digests and what signed them, never the content. */
export interface LogSubmission {
  readonly signature: Bytes;
  readonly verifier: { readonly kind: 'certificate'; readonly der: Bytes } | { readonly kind: 'public-key'; readonly key: PublicKey };
  readonly algorithm: KeyAlgorithm;
  /** The digest, with the algorithm's hash function, of what the signature is over: the artifact, or the pre-authentication encoding of an envelope. */
  readonly digest: Bytes;
  /** The envelope that the signature stands in, for logs that enter envelopes (Rekor v1 `dsse`, `intoto`). */
  readonly envelope?: { readonly json: Bytes; readonly payloadType: string; readonly payload: Bytes };
}

/** A transparency log that is written to: Rekor of either API version. */
export interface LogService {
  readonly url: string;
  readonly version: 1 | 2;
  /**
   * Enters a submission and answers the entry with its proof; an entry that is there already is answered as well. Throws `service-unavailable`, `service-refused`,
   * and `service-lied` when the answer is about something else or its inclusion proof does not hold.
   */
  enter(submission: LogSubmission, options?: ServiceOptions): Promise<LogEntry>;
}

/** A timestamp authority (RFC 3161). */
export interface TimestampService {
  readonly url: string;
  /** A TimeStampResp (DER) over a message. Throws `service-unavailable`, `service-refused`, `service-lied` (another imprint or nonce). */
  stamp(message: Bytes, options?: ServiceOptions & { readonly hash?: HashName }): Promise<Bytes>;
}

/** The services that one signature is made with; empty where nothing of the kind is wanted. */
export interface SigningServices {
  readonly certificates: CertificateService | undefined;
  /** Every one of them is asked. */
  readonly logs: readonly LogService[];
  readonly timestamps: readonly TimestampService[];
}
