import { type Bytes, decodeBase64 } from '../../bytes/index.ts';
import { algorithmsOf, ecdsaToDer, type PublicKey } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';

/**
 * The public key that a key service, token or plugin answered. Throws `key-invalid` for a kind or size that nothing is signed with here, and
 * `key-unavailable` for what is no key at all: whatever the service said, which key it has is then not known.
 */
export function servedKey(name: string, read: () => PublicKey): PublicKey {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof AssayError && cause.code === 'algorithm-unsupported')
      throw new AssayError('key-invalid', `${name}: ${cause.message}`, { cause });
    // Neither a reader's error nor the platform's: a mistake of our own is not the service's.
    if (!(cause instanceof AssayError) && typeof (cause as { code?: unknown }).code !== 'string') throw cause;
    throw new AssayError('key-unavailable', `${name}: the public key that came cannot be read: ${messageOf(cause)}`, {
      cause,
      retryable: false,
    });
  }
}

/** A key that a service answered, which has to be one that signs. Throws `key-invalid`. */
export function signingKey(name: string, key: PublicKey): PublicKey {
  return servedKey(name, () => {
    algorithmsOf(key);
    return key;
  });
}

/** Bytes in the answer of a key service, as base64. Throws `service-lied`. */
export function servedBytes(name: string, text: string): Bytes {
  try {
    return decodeBase64(text, 'answer');
  } catch (cause) {
    throw new AssayError('service-lied', `${name}: what came is not base64`, { cause });
  }
}

/** An ECDSA signature that came as r and s side by side, in DER. Throws `service-lied` for what is no pair. */
export function servedEcdsa(name: string, raw: Bytes): Bytes {
  try {
    return ecdsaToDer(raw);
  } catch (cause) {
    throw new AssayError('service-lied', `${name}: what came is no signature by this key: ${messageOf(cause)}`, { cause });
  }
}
