import type { PublicKey } from '../crypto/index.ts';
import type { TransparencyLog } from './transparency/index.ts';
import type { Validity } from './validity.ts';
import { type Certificate, createPairCache, type PairCache } from './x509/index.ts';

/** A certificate transparency log (RFC 6962). */
export interface CtLog {
  readonly baseUrl: string;
  readonly logId: Uint8Array;
  readonly key: PublicKey;
  readonly validFor: Validity;
}

/** A certificate authority: the last certificate is the anchor, those before it are the only intermediates of a trusted root's authority. */
export interface CertificateAuthority {
  readonly uri: string;
  readonly chain: readonly Certificate[];
  readonly validFor: Validity;
  /** Whether intermediates that come with the evidence may complete the chain: only where the authority lists none of its own, or the user asked. */
  readonly openIntermediates: boolean;
}

/** A timestamp authority (RFC 3161), its chain as the trusted root lists it. */
export interface TimestampAuthority {
  readonly uri: string;
  readonly chain: readonly Certificate[];
  readonly validFor: Validity;
}

/** What may be believed, and when. Parsed once, then shared by all verifications. */
export interface TrustMaterial {
  readonly logs: readonly TransparencyLog[];
  readonly ctLogs: readonly CtLog[];
  readonly certificateAuthorities: readonly CertificateAuthority[];
  readonly timestampAuthorities: readonly TimestampAuthority[];
  /** Verified (issuer, leaf) pairs. */
  readonly pairs: PairCache;
}

/** Trust in nobody: for evidence that is verified by a key alone. */
export function noTrust(): TrustMaterial {
  return { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs: createPairCache() };
}

/** An instance that has timestamp authorities but neither logs nor CT logs proves times by timestamp alone (GitHub's private Sigstore). */
export function isTimestampOnly(trust: TrustMaterial): boolean {
  return trust.logs.length === 0 && trust.ctLogs.length === 0 && trust.timestampAuthorities.length > 0;
}
