import type { WantedPredicateType } from '../attestation/index.ts';
import type { Bytes } from '../bytes/index.ts';
import type { HashName, PublicKey } from '../crypto/index.ts';
import type { Certificate, OpenPgpKey, TrustMaterial } from '../trust/index.ts';
import type { TextMatcher } from './matcher.ts';
import type { RevocationList } from './revoked.ts';

/** A public key that may sign. */
export interface KeyAuthority {
  readonly kind: 'key';
  /** As the user named it, for messages. */
  readonly name: string;
  readonly key: PublicKey;
  /** The only hash function that its signatures may be made with; absent: whichever fits the key. Ed25519 has none to choose. */
  readonly hash?: HashName;
}

/** An identity that a certificate may prove: issuer and subject, and claims of the certificate by name. */
export interface IdentityAuthority {
  readonly kind: 'identity';
  readonly name: string;
  readonly issuer: TextMatcher;
  readonly subject: TextMatcher;
  readonly claims: ReadonlyMap<string, string>;
}

/** What a Notation trust policy does with a check (trust-store-trust-policy.md, "Signature Verification details"). */
export type NotationAction = 'enforce' | 'log' | 'skip';

/** The checks of a verification level; integrity is always enforced. */
export interface NotationLevel {
  readonly authenticity: Exclude<NotationAction, 'skip'>;
  readonly authenticTimestamp: Exclude<NotationAction, 'skip'>;
  readonly expiry: Exclude<NotationAction, 'skip'>;
  readonly revocation: NotationAction;
}

/** A distinguished name that the leaf's subject has to contain: attribute type (`C`, `ST`, `O`, … in upper case, or an OID) and value. */
export type SubjectRule = ReadonlyMap<string, string>;

/** Whoever a Notation trust store and its subject rules stand for. */
export interface NotationAuthority {
  readonly kind: 'notation';
  readonly name: string;
  /** Trust anchors by the kind of their store. */
  readonly stores: {
    readonly ca: readonly Certificate[];
    readonly signingAuthority: readonly Certificate[];
    /** Whether the policy names a `tsa` store at all, and what is in it. */
    readonly tsa: readonly Certificate[] | undefined;
  };
  /** Any one suffices; `any` only where the policy says `*`. */
  readonly identities: readonly SubjectRule[] | 'any';
  /** Trusted identities with other prefixes, for plugins. */
  readonly foreignIdentities: readonly string[];
  readonly level: NotationLevel;
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
}

/** The holders of OpenPGP keys: any one key of the keyrings suffices, and any of its subkeys that may sign. */
export interface OpenPgpAuthority {
  readonly kind: 'openpgp';
  readonly name: string;
  readonly keys: readonly OpenPgpKey[];
}

/** Who may satisfy a requirement. Without one nothing is ever verified. */
export type Authority = KeyAuthority | IdentityAuthority | NotationAuthority | OpenPgpAuthority;

/** Runs verification plugins (notaryproject/specifications, plugin-extensibility.md, contract 1.0). Throws what keeps a plugin from answering. */
export interface PluginHost {
  call(plugin: string, command: 'get-plugin-metadata' | 'verify-signature', request: unknown, signal?: AbortSignal): Promise<unknown>;
}

/** When revocation is asked about. */
export interface RevocationOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** A proven time of signing, milliseconds since 1970: what was revoked later may count as good. */
  readonly signedAt?: number;
  readonly signal?: AbortSignal;
}

/** What is known of one certificate. `not-revocable`: it names neither a list nor a responder. */
export interface RevocationAnswer {
  readonly certificate: Certificate;
  readonly status: 'good' | 'revoked' | 'unknown' | 'not-revocable';
  readonly reason: string;
}

/** Facts from outside that a check may have to ask for. Network and processes are parameters; what is absent cannot be found out. */
export interface Facts {
  /** Asks whether the certificates of a path (leaf first, root last) are revoked; one answer for each but the root. */
  readonly revocation?: (chain: readonly Certificate[], options: RevocationOptions) => Promise<readonly RevocationAnswer[]>;
  readonly plugins?: PluginHost;
}

/** What the evidence has to be about. */
export interface VerificationSubject {
  /** Algorithm and hexadecimal digest that statements and payloads have to name. */
  readonly digests: ReadonlyMap<string, string>;
  /** The content, where it is at hand: signatures over the artifact itself are checked against it. */
  readonly bytes: Bytes | undefined;
  /** As the artifact's descriptor states them; Notary Project signatures have to name the same. Of a file the type only where one was asked for. */
  readonly mediaType?: string;
  readonly size?: number;
}

/** What kind of evidence is asked for. */
export type WantedEvidence =
  /** Whatever a bundle holds; its signer and subject are checked all the same. */
  | { readonly kind: 'any' }
  | { readonly kind: 'signature' }
  | { readonly kind: 'attestation'; readonly predicateType: WantedPredicateType | undefined }
  /** A referrer of this artifact type that is itself signed by one of the authorities. */
  | { readonly kind: 'artifact'; readonly artifactType: string };

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
  /** What counts no longer. */
  readonly revoked?: RevocationList;
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
  readonly facts?: Facts;
  readonly signal?: AbortSignal;
}

/** The digests of the artifact itself that are known, by hash function. */
export type ArtifactDigests = ReadonlyMap<HashName, Bytes>;
