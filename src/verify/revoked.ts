import type { TextMatcher } from './matcher.ts';

/** An identity that counts no longer for what was signed within a window of time; open ends are unbounded. */
export interface RevokedIdentity {
  readonly issuer: TextMatcher;
  readonly subject: TextMatcher;
  readonly from?: Date;
  readonly until?: Date;
  readonly reason: string;
}

/** What a policy has revoked; each entry with its reason. */
export interface RevocationList {
  /** Digests of images, `sha256:…`. */
  readonly images: ReadonlyMap<string, string>;
  /** Ids of pieces of evidence, as reports name them. */
  readonly evidence: ReadonlyMap<string, string>;
  /** Ids of keys, `sha256:…` of the SubjectPublicKeyInfo; of certificates' keys too. */
  readonly keys: ReadonlyMap<string, string>;
  /** SHA-256 fingerprints of certificates, `sha256:…` of the DER, anywhere in the signer's path. */
  readonly certificates: ReadonlyMap<string, string>;
  /** Entries of logs, `LOGID:INDEX` with the log's id in hexadecimal. */
  readonly logEntries: ReadonlyMap<string, string>;
  readonly identities: readonly RevokedIdentity[];
  /** Why the list cannot be relied on (absent, stale, not signed as it should be): everything that it would have judged is inconclusive. */
  readonly unavailable?: string;
}
