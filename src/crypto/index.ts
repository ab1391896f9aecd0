/**
 * Cryptography: an allow-list of keys, hashes and schemes over the platform's own implementation. Files of private keys have a door of their own,
 * `private-keys.ts`: verification does not load them.
 */
export { ecdsaToDer, ecdsaToRaw } from './ecdsa-form.ts';
export { HASH_ALGORITHM, HASH_LENGTH, HASH_OID, type HashName, hash, hashNamed, hashOfOid, sha256 } from './hash.ts';
export { hashOfJose, type JoseAlgorithm, joseAlgorithmOf, verifyJose } from './jose.ts';
export { algorithmFor, algorithmsOf, KEY_ALGORITHMS, type KeyAlgorithm, sameScheme, schemeText } from './key-algorithm.ts';
export { DIGEST_INFO, verifyDigestWith, verifyEd25519ph, verifyPrehashed } from './prehashed.ts';
export { digestOfMessage, importPrivateKey, localSigner, type PrivateKey, privateKeyOf, signWith } from './private-key.ts';
export { type Curve, importPublicKey, importRsaPublicKey, type PublicKey, subjectPublicKeyBits } from './public-key.ts';
export { publicKeyFromPem } from './public-key-pem.ts';
export type { Message, Signer, SigningScheme } from './signer.ts';
export { type SignatureScheme, schemesOf, schemeThatVerifies, verifySignature, verifyWith } from './verify.ts';
