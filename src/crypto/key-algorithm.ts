import { AssayError } from '../errors.ts';
import type { PublicKey } from './public-key.ts';
import type { SigningScheme } from './signer.ts';

/** A kind of key with the scheme that it signs in, as Sigstore's algorithm registry names it (architecture-docs, algorithm-registry.md). */
export interface KeyAlgorithm {
  /** cosign's name for `--signing-algorithm`. */
  readonly name: string;
  /** `PublicKeyDetails` of protobuf-specs (sigstore_common.proto). */
  readonly details: string;
  readonly scheme: SigningScheme;
  readonly fits: (key: PublicKey) => boolean;
}

const curve =
  (name: string) =>
  (key: PublicKey): boolean =>
    key.curve === name;
const modulus =
  (bits: number) =>
  (key: PublicKey): boolean =>
    key.type === 'rsa' && key.handle.asymmetricKeyDetails?.modulusLength === bits;
const ed25519 = (key: PublicKey): boolean => key.type === 'ed25519';

/** The registry, the algorithm that fits a kind of key best first. The last three are what cosign's tag form writes: SHA-256 on the larger curves. */
export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = [
  { name: 'ecdsa-sha2-256-nistp256', details: 'PKIX_ECDSA_P256_SHA_256', scheme: { hash: 'sha256' }, fits: curve('P-256') },
  { name: 'ecdsa-sha2-384-nistp384', details: 'PKIX_ECDSA_P384_SHA_384', scheme: { hash: 'sha384' }, fits: curve('P-384') },
  { name: 'ecdsa-sha2-512-nistp521', details: 'PKIX_ECDSA_P521_SHA_512', scheme: { hash: 'sha512' }, fits: curve('P-521') },
  ...[2048, 3072, 4096].map(
    (bits): KeyAlgorithm => ({
      name: `rsa-sign-pkcs1-${bits}-sha256`,
      details: `PKIX_RSA_PKCS1V15_${bits}_SHA256`,
      scheme: { hash: 'sha256', padding: 'pkcs1' },
      fits: modulus(bits),
    }),
  ),
  ...[2048, 3072, 4096].map(
    (bits): KeyAlgorithm => ({
      name: `rsa-sign-pss-${bits}-sha256`,
      details: `PKIX_RSA_PSS_${bits}_SHA256`,
      scheme: { hash: 'sha256', padding: 'pss' },
      fits: modulus(bits),
    }),
  ),
  { name: 'ed25519', details: 'PKIX_ED25519', scheme: { hash: 'sha512' }, fits: ed25519 },
  { name: 'ed25519-ph', details: 'PKIX_ED25519_PH', scheme: { hash: 'sha512', prehashed: true }, fits: ed25519 },
  { name: 'ecdsa-sha2-256-nistp384', details: 'PKIX_ECDSA_P384_SHA_256', scheme: { hash: 'sha256' }, fits: curve('P-384') },
  { name: 'ecdsa-sha2-256-nistp521', details: 'PKIX_ECDSA_P521_SHA_256', scheme: { hash: 'sha256' }, fits: curve('P-521') },
];

/** The algorithms of a key, the one that fits best first. Throws `algorithm-unsupported` for an RSA key of a size that nobody has a name for. */
export function algorithmsOf(key: PublicKey): readonly [KeyAlgorithm, ...KeyAlgorithm[]] {
  const [first, ...more] = KEY_ALGORITHMS.filter((a) => a.fits(key));
  if (first === undefined)
    throw new AssayError('algorithm-unsupported', 'keys that sign are ECDSA, Ed25519, or RSA of 2048, 3072 or 4096 bits');
  return [first, ...more];
}

/** The algorithm of a key in which a scheme signs, for the places that name it. Throws `algorithm-unsupported`. */
export function algorithmFor(key: PublicKey, scheme: SigningScheme): KeyAlgorithm {
  const found = algorithmsOf(key).find(({ scheme: s }) => sameScheme(s, scheme));
  if (found === undefined) throw new AssayError('algorithm-unsupported', `${key.type} key does not sign with ${schemeText(scheme)}`);
  return found;
}

/** Whether two schemes are the same, the form of ECDSA signatures aside. */
export function sameScheme(a: SigningScheme, b: SigningScheme): boolean {
  return a.hash === b.hash && a.padding === b.padding && (a.prehashed ?? false) === (b.prehashed ?? false);
}

/** A scheme for people: `pss sha256`. */
export function schemeText({ hash, padding, prehashed }: SigningScheme): string {
  return [padding, hash, prehashed ? 'prehashed' : undefined].filter((p) => p !== undefined).join(' ');
}
