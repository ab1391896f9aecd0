import type { Bytes } from '../bytes/index.ts';
import type { OpenPgpMessage } from '../codec/openpgp/index.ts';

/** The ways in which signatures are stored; the `format` of the reports. */
export type FormatName =
  | 'sigstore-bundle'
  | 'cosign-tag'
  | 'cosign-oci11'
  | 'notation-jws'
  | 'notation-cose'
  | 'simple-signing'
  | 'signed-referrer';

/** A DSSE envelope, decoded (secure-systems-lab/dsse, envelope.md). */
export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Bytes;
  readonly signatures: readonly { readonly keyid: string; readonly sig: Bytes }[];
  /** The envelope as it was stored, where it was stored on its own (cosign's `.att`): Rekor's `envelopeHash` and timestamps may be over it. */
  readonly stored?: Bytes;
  /** The signatures are over the payload itself and not its pre-authentication encoding: Google Cloud Build's regional keys. Only its reader says so. */
  readonly bare?: true;
}

/** The algorithms of Notary Project signatures (signature specification, "Signature Algorithm Requirements"). */
export type NotaryAlgorithm = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

/** A Notary Project envelope, JWS or COSE, decoded (notaryproject/specifications, signature-specification.md). Everything but the chain and timestamps is signed. */
export interface NotaryEnvelope {
  /** The bytes that the signature is over: the JWS signing input, or COSE's Sig_structure. */
  readonly signed: Bytes;
  readonly payload: Bytes;
  readonly contentType: string;
  readonly signature: Bytes;
  /** As the protected header names it; it has to be the one that the leaf's key demands. */
  readonly algorithm: NotaryAlgorithm;
  readonly scheme: 'notary.x509' | 'notary.x509.signingAuthority';
  /** What the signer says; proves nothing. Only of `notary.x509`. */
  readonly signingTime: Date | undefined;
  /** What the signing authority vouches for. Only of `notary.x509.signingAuthority`. */
  readonly authenticSigningTime: Date | undefined;
  readonly expiry: Date | undefined;
  /** A verification plugin that the signer demands, with the least version. */
  readonly plugin: { readonly name: string; readonly minVersion: string | undefined } | undefined;
  /** Signed attributes beyond those above, by name; critical ones have to be understood by a plugin. */
  readonly extended: ReadonlyMap<string, { readonly critical: boolean; readonly value: unknown }>;
}

/** What was signed, and the signature over it. */
export type SignedContent =
  /** The signature is over the payload's bytes (simple signing). */
  | { readonly kind: 'payload'; readonly payload: Bytes; readonly signature: Bytes }
  /** The signature is over the artifact itself; the stated digest is a hint that has to agree (bundle `messageSignature`). */
  | {
      readonly kind: 'artifact';
      readonly signature: Bytes;
      readonly stated: { readonly algorithm: string; readonly digest: Bytes } | undefined;
    }
  /** The signatures are over the pre-authentication encoding of the payload. */
  | { readonly kind: 'dsse'; readonly envelope: DsseEnvelope }
  | { readonly kind: 'notary'; readonly envelope: NotaryEnvelope }
  /** The signature is over the message's payload (Red Hat simple signing). */
  | { readonly kind: 'openpgp'; readonly message: OpenPgpMessage };

/** Who signed, as the evidence says. A chain is leaf first, in DER; what stands after the leaf is a hint. */
export type SignerMaterial =
  | {
      readonly kind: 'certificate';
      readonly chain: readonly Bytes[];
      /** The form does not allow a chain (bundle v0.3): refused unless the caller allows it. */
      readonly chainUnasked?: boolean;
    }
  /** `hint`: base64 of the SHA-256 of the key's SubjectPublicKeyInfo as cosign writes it, or any other text. `spki`: the key itself, DER, where it was stored. */
  | { readonly kind: 'public-key'; readonly hint: string; readonly spki?: Bytes }
  | { readonly kind: 'none' };

/** A Merkle inclusion proof with its checkpoint (RFC 6962 §2.1.1; C2SP tlog-checkpoint). */
export interface InclusionProof {
  readonly logIndex: bigint;
  readonly treeSize: bigint;
  readonly rootHash: Bytes;
  readonly hashes: readonly Bytes[];
  /** The signed note; empty when the evidence has none. */
  readonly checkpoint: string;
}

/** An entry of a transparency log that comes with the evidence (protobuf-specs, sigstore_rekor.proto). */
export interface LogEntry {
  /** Index in the whole log; the proof's own index is relative to the shard. */
  readonly logIndex: bigint;
  /** Key id of the log: SHA-256 of its SubjectPublicKeyInfo, or for Rekor v2 the id of its checkpoint key. */
  readonly logId: Bytes;
  /** As the evidence states them; both have to agree with the body. */
  readonly kind: string;
  readonly version: string;
  /** Seconds since 1970; 0 when the log states none (Rekor v2). Only a promise proves it. */
  readonly integratedTime: number;
  /** Signed entry timestamp. */
  readonly promise: Bytes | undefined;
  readonly proof: InclusionProof | undefined;
  /** The canonical body, as the log has it. */
  readonly body: Bytes;
}

/** An RFC 3161 timestamp that comes with the evidence. */
export interface SignedTimestamp {
  /** The TimeStampResp (or bare token), DER. */
  readonly der: Bytes;
  /** What the imprint may be of: the raw signature, or for cosign's `.att` also the envelope as it was stored. */
  readonly over: 'signature' | 'signature-or-envelope';
}

/** What the form itself demands, whatever the caller asks (bundle v0.1: a promise; v0.2 and later: a proof with checkpoint). */
export interface FormDemands {
  readonly promise: boolean;
  readonly proof: boolean;
}

/** What every format decodes to. After this nobody knows the format, except to print its name. */
export interface SignedEntity {
  readonly kind: 'signature' | 'attestation';
  readonly format: FormatName;
  readonly content: SignedContent;
  readonly material: SignerMaterial;
  readonly logEntries: readonly LogEntry[];
  readonly timestamps: readonly SignedTimestamp[];
  readonly demands: FormDemands;
  /** What stands beside the signature without being signed; it never satisfies anything. */
  readonly unsignedAnnotations: ReadonlyMap<string, string>;
}
