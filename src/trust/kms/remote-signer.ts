import type { Bytes } from '../../bytes/index.ts';
import {
  digestOfMessage,
  ecdsaToRaw,
  type Message,
  type PublicKey,
  type Signer,
  type SigningScheme,
  sameScheme,
  schemesOf,
  schemeText,
  verifyDigestWith,
  verifyWith,
} from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';

/** A key in a service, as far as signing with it goes. */
export interface RemoteKey {
  /** For people. */
  readonly name: string;
  readonly publicKey: PublicKey;
  /** What the service signs in with this key, the one that fits best first. */
  readonly schemes: readonly SigningScheme[];
  /** A signature over a digest; ECDSA in DER. */
  readonly signDigest: (digest: Bytes, scheme: SigningScheme, signal: AbortSignal | undefined) => Promise<Bytes>;
  /** A signature over a message itself: Ed25519 in its pure form, and whatever the service prefers to hash itself. */
  readonly takesMessages?: boolean;
  readonly signMessage?: (message: Bytes, scheme: SigningScheme, signal: AbortSignal | undefined) => Promise<Bytes>;
}

/**
 * A signer over a key that never leaves its service. Each signature is checked with the public key before it is given away: what a service answers is believed no more than
 * anybody else. Throws `key-invalid` where there is no scheme at all; signing throws `algorithm-unsupported` for a scheme that the key has not, `service-lied` for a signature that is none, or one in another scheme.
 */
export function remoteSigner(key: RemoteKey): Signer {
  const { name, publicKey, schemes } = key;
  if (schemes.length === 0)
    throw new AssayError('key-invalid', `${name} signs in nothing that is known here`, {
      hint: `a key like it would sign with ${schemesOf(publicKey).map(schemeText).join(', ')}`,
    });
  return {
    name,
    publicKey,
    schemes,
    async sign(message, scheme, options = {}) {
      if (!schemes.some((s) => sameScheme(s, scheme)))
        throw new AssayError('algorithm-unsupported', `${name} does not sign with ${schemeText(scheme)}`, {
          hint: `it signs with ${schemes.map(schemeText).join(', ')}`,
        });
      if ((publicKey.type === 'ed25519' && scheme.prehashed !== true) || (key.takesMessages === true && message instanceof Uint8Array))
        return signWhole(key, message, scheme, options.signal);
      const digest = await digestOfMessage(message, scheme.hash);
      const signature = await key.signDigest(digest, scheme, options.signal);
      if (!(await verifyDigestWith(publicKey, scheme, digest, signature))) throw lied(name);
      return inForm(signature, scheme, publicKey);
    },
  };
}

async function signWhole(key: RemoteKey, message: Message, scheme: SigningScheme, signal: AbortSignal | undefined): Promise<Bytes> {
  if (!(message instanceof Uint8Array) || key.signMessage === undefined)
    throw new AssayError(
      'algorithm-unsupported',
      `${key.name}: Ed25519 signs only what fits into memory, by a service that takes it whole`,
    );
  const signature = await key.signMessage(message, scheme, signal);
  const { raw, ...stored } = scheme;
  if (!verifyWith(key.publicKey, stored, message, signature)) throw lied(key.name);
  return inForm(signature, scheme, key.publicKey);
}

function inForm(signature: Bytes, { raw }: SigningScheme, { curve }: PublicKey): Bytes {
  return raw === true && curve !== undefined ? ecdsaToRaw(signature, curve) : signature;
}

function lied(name: string): AssayError {
  return new AssayError('service-lied', `${name}: what came is no signature by this key`);
}
