import type { Bytes } from '../bytes/index.ts';
import type { Signer } from '../crypto/index.ts';
import type { IdentityToken } from './services.ts';

/** Who signs. */
export type SigningIdentity =
  /** A key that verifiers know. */
  | { readonly kind: 'key'; readonly signer: Signer }
  /** A key with a certificate of somebody's authority, leaf first, DER. */
  | { readonly kind: 'certificate'; readonly signer: Signer; readonly chain: readonly Bytes[] }
  /** A key that a certificate service binds to the identity of a token: a fresh one, unless one is given. */
  | { readonly kind: 'keyless'; readonly token: IdentityToken; readonly signer?: Signer };
