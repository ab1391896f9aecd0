import { constants, createHash, createPrivateKey, createPublicKey, createSign, type KeyObject, sign } from 'node:crypto';
import type { Bytes } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import { algorithmsOf } from './key-algorithm.ts';
import { importPublicKey, type PublicKey } from './public-key.ts';
import type { Message, Signer, SigningScheme } from './signer.ts';

/** A private key at hand. */
export interface PrivateKey {
  readonly handle: KeyObject;
  readonly publicKey: PublicKey;
}

/** Imports a private key from unencrypted PKCS#8 DER (RFC 5958). Throws `key-invalid`, `algorithm-unsupported`. */
export function importPrivateKey(pkcs8: Bytes): PrivateKey {
  let handle: KeyObject;
  try {
    handle = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new AssayError('key-invalid', 'private key cannot be read', { cause });
  }
  return privateKeyOf(handle);
}

/** A private key that the platform holds already. Throws `algorithm-unsupported`. */
export function privateKeyOf(handle: KeyObject): PrivateKey {
  return { handle, publicKey: importPublicKey(wholePoint(createPublicKey(handle)).export({ type: 'spki', format: 'der' })) };
}

// The platform writes a point as it stood beside the private key, where it may be compressed; the private key is the same.
function wholePoint(key: KeyObject): KeyObject {
  const known = ['prime256v1', 'secp384r1', 'secp521r1'].includes(key.asymmetricKeyDetails?.namedCurve ?? '');
  return known ? createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' }) : key;
}

/** Signs with a private key at hand. Throws `algorithm-unsupported`. */
export function localSigner(key: PrivateKey, name: string): Signer {
  const { publicKey } = key;
  return {
    name,
    publicKey,
    schemes: algorithmsOf(publicKey).map((a) => a.scheme),
    sign: (message, scheme) => signWith(key, scheme, message),
  };
}

/** A signature over a message by exactly this scheme. Ed25519 in its pure form needs the whole message in memory. Throws `algorithm-unsupported`. */
export async function signWith(key: PrivateKey, scheme: SigningScheme, message: Message): Promise<Bytes> {
  if (key.publicKey.type === 'ed25519') return signEd25519(key, scheme, message);
  const settings = {
    key: key.handle,
    ...(scheme.raw === true ? { dsaEncoding: 'ieee-p1363' as const } : {}),
    ...(key.publicKey.type !== 'rsa' ? {} : rsaSettings(scheme)),
  };
  if (message instanceof Uint8Array) return sign(scheme.hash, message, settings);
  const signing = createSign(scheme.hash);
  for await (const chunk of message.chunks()) signing.update(chunk);
  return signing.sign(settings);
}

function rsaSettings({ padding, saltLength }: SigningScheme): { padding: number; saltLength?: number } {
  if (padding !== 'pss') return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST };
}

async function signEd25519(key: PrivateKey, scheme: SigningScheme, message: Message): Promise<Bytes> {
  if (scheme.prehashed !== true) {
    if (message instanceof Uint8Array) return sign(null, message, key.handle);
    throw new AssayError('algorithm-unsupported', 'Ed25519 signs only what fits into memory; its prehashed form signs more');
  }
  const [digest, { signEd25519ph }] = await Promise.all([digestOfMessage(message, 'sha512'), import('./noble.ts')]);
  return signEd25519ph(digest, Buffer.from(key.handle.export({ format: 'jwk' }).d ?? '', 'base64url'));
}

/** The digest of a message. */
export async function digestOfMessage(message: Message, name: SigningScheme['hash']): Promise<Buffer> {
  const hashing = createHash(name);
  if (message instanceof Uint8Array) return hashing.update(message).digest();
  for await (const chunk of message.chunks()) hashing.update(chunk);
  return hashing.digest();
}
