/** The parts of an ordinary question, for programs: who is asked for, about what, and to what extent. */
import { wantedPredicateType } from '../attestation/index.ts';
import { type Bytes, encodeHex } from '../bytes/index.ts';
import { hash, publicKeyFromPem } from '../crypto/index.ts';
import { algorithmOf, type Digest, hexOf } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/store.ts';
import type { TrustMaterial } from '../trust/index.ts';
import { exactly } from './matcher.ts';
import type { Authority, Demands, IdentityAuthority, KeyAuthority, VerificationSubject, WantedEvidence } from './request.ts';
import type { EvidenceLeaf } from './requirement.ts';

/** The holder of a public key in PEM; `name` is for messages. Throws `pem-invalid`, `key-invalid`, `algorithm-unsupported`. */
export function publicKey(pem: string, name = 'key'): KeyAuthority {
  return { kind: 'key', name, key: publicKeyFromPem(pem) };
}

/** An identity that a certificate has to prove: exact subject and issuer, both required, and claims by name. Throws `identity-invalid`. */
export function identity(subject: string, issuer: string, claims: ReadonlyMap<string, string> = new Map()): IdentityAuthority {
  return { kind: 'identity', name: `${subject} by ${issuer}`, subject: exactly(subject), issuer: exactly(issuer), claims };
}

/** How much is asked. */
export interface AskOptions {
  /** How many of the authorities have to have signed, each by a signer of its own. Default 1. */
  readonly threshold?: number;
  readonly demands?: Demands;
}

/** The requirement that one of the authorities has signed. */
export function signedBy(authorities: readonly Authority[], trust: TrustMaterial, options: AskOptions = {}): EvidenceLeaf {
  return leaf({ kind: 'signature' }, authorities, trust, options);
}

/**
 * The requirement that one of the authorities has attested a predicate of the type: one of cosign's short names
 * (`slsaprovenance1`, `cyclonedx`) or a URI. Throws `usage-invalid`.
 */
export function attestedBy(type: string, authorities: readonly Authority[], trust: TrustMaterial, options: AskOptions = {}): EvidenceLeaf {
  return leaf({ kind: 'attestation', predicateType: wantedPredicateType(type) }, authorities, trust, options);
}

function leaf(
  wanted: WantedEvidence,
  authorities: readonly Authority[],
  trust: TrustMaterial,
  { threshold = 1, demands = {} }: AskOptions,
): EvidenceLeaf {
  return { kind: 'evidence', wanted, authorities, threshold, demands, trust };
}

/** What evidence about an image has to be about: exactly this manifest. Its parts go into the request of `verifySubject` as they are. */
export function imageSubject({ descriptor: { digest, mediaType, size }, bytes }: StoredManifest): {
  readonly digest: Digest;
  readonly subject: VerificationSubject;
} {
  return { digest, subject: { digests: new Map([[algorithmOf(digest), hexOf(digest)]]), bytes, mediaType, size } };
}

/** What evidence about a file has to be about. */
export function fileSubject(bytes: Bytes): VerificationSubject {
  const digests = (['sha256', 'sha384', 'sha512'] as const).map((name) => [name, encodeHex(hash(name, bytes))] as const);
  return { digests: new Map(digests), bytes };
}
