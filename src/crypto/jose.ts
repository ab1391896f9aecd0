import type { Bytes } from '../bytes/index.ts';
import { HASH_LENGTH, type HashName } from './hash.ts';
import { CURVE_BYTES, type Curve, type PublicKey } from './public-key.ts';
import { verifyWith } from './verify.ts';

/** The asymmetric algorithms of JOSE that belong to one size of key each (RFC 7518 §3.4, §3.5; COSE has them by number). */
export type JoseAlgorithm = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

const BY_CURVE: Readonly<Record<Curve, JoseAlgorithm>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };
const BY_MODULUS: ReadonlyMap<number, JoseAlgorithm> = new Map([
  [2048, 'PS256'],
  [3072, 'PS384'],
  [4096, 'PS512'],
]);

/**
 * The one algorithm that a key may sign with (notaryproject/specifications, signature-specification.md, "Algorithm Selection").
 * `undefined` for keys of other kinds and sizes.
 */
export function joseAlgorithmOf(key: PublicKey): JoseAlgorithm | undefined {
  if (key.type === 'ecdsa') return key.curve === undefined ? undefined : BY_CURVE[key.curve];
  return key.type === 'rsa' ? BY_MODULUS.get(key.handle.asymmetricKeyDetails?.modulusLength ?? 0) : undefined;
}

/** The hash function of an algorithm. */
export function hashOfJose(algorithm: JoseAlgorithm): HashName {
  return `sha${algorithm.slice(2)}` as HashName;
}

/**
 * Whether a signature over bytes is the key's by exactly this algorithm: PSS with a salt as long as the digest (RFC 7518 §3.5, RFC 8230 §2),
 * ECDSA as r and s side by side, each as long as the curve's order (RFC 7518 §3.4, RFC 9053 §2.1).
 */
export function verifyJose(key: PublicKey, algorithm: JoseAlgorithm, data: Bytes, signature: Bytes): boolean {
  const hash = hashOfJose(algorithm);
  if (algorithm.startsWith('PS'))
    return key.type === 'rsa' && verifyWith(key, { hash, padding: 'pss', saltLength: HASH_LENGTH[hash] }, data, signature);
  if (key.type !== 'ecdsa' || key.curve === undefined || signature.length !== 2 * CURVE_BYTES[key.curve]) return false;
  return verifyWith(key, { hash, raw: true }, data, signature);
}
