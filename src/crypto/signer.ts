import type { Bytes } from '../bytes/index.ts';
import type { PublicKey } from './public-key.ts';
import type { SignatureScheme } from './verify.ts';

/** What is signed: bytes, or content too large to hold, which is read in pieces, once for each time that `chunks` is called. */
export type Message = Bytes | { readonly chunks: () => AsyncIterable<Bytes> };

/** A scheme in which a key signs. `prehashed` is for Ed25519 only: Ed25519ph (RFC 8032 §5.1), the form that a log of digests can check. */
export interface SigningScheme extends SignatureScheme {
  readonly prehashed?: boolean;
}

/**
 * Something that signs with one private key: at hand, in a key service, on a token, behind a plugin. The private key never comes out of it.
 */
export interface Signer {
  /** The reference that it was named by, without secrets; for people. */
  readonly name: string;
  readonly publicKey: PublicKey;
  /** The schemes that it can sign in, the one that fits best first; never empty. A key in a service may be bound to one. */
  readonly schemes: readonly SigningScheme[];
  /**
   * A signature over a message, hashed as the scheme says. ECDSA signatures are DER unless the scheme is `raw`.
   * Throws `algorithm-unsupported` for a scheme that it has not, `key-unavailable` where its service does not answer,
   * `key-refused` where that refuses.
   */
  sign(message: Message, scheme: SigningScheme, options?: { readonly signal?: AbortSignal }): Promise<Bytes>;
}
