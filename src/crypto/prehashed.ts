import { constants, publicDecrypt } from 'node:crypto';
import { type Bytes, concat, equal } from '../bytes/index.ts';
import { HASH_LENGTH, type HashName, hash } from './hash.ts';
import { type PublicKey, subjectPublicKeyBits } from './public-key.ts';
import { type SignatureScheme, schemesOf } from './verify.ts';

/**
 * Whether a signature is the key's, when only the digest of what was signed is known. Ed25519 in its pure form signs bytes, not a digest:
 * only its prehashed form (RFC 8032 §5.1, Ed25519ph) can be checked, and only from a SHA-512 digest.
 * `digests` holds what is known, by hash function.
 */
export async function verifyPrehashed(key: PublicKey, digests: ReadonlyMap<HashName, Bytes>, signature: Bytes): Promise<boolean> {
  for (const scheme of schemesOf(key)) {
    const digest = digests.get(scheme.hash);
    if (digest !== undefined && (await verifyDigestWith(key, scheme, digest, signature))) return true;
  }
  return false;
}

/** Whether a signature over what has this digest is the key's, by exactly this scheme; Ed25519 in its prehashed form, ECDSA in DER, PSS with any length of salt. */
export async function verifyDigestWith(key: PublicKey, scheme: SignatureScheme, digest: Bytes, signature: Bytes): Promise<boolean> {
  switch (key.type) {
    case 'ed25519':
      return verifyEd25519ph(key, digest, signature);
    case 'ecdsa':
      return verifyEcdsa(key, digest, signature);
    case 'rsa':
      return verifyRsa(key, scheme.hash, scheme.padding, digest, signature);
  }
}

/** Whether a signature is Ed25519ph (RFC 8032 §5.1, empty context) over what has this SHA-512 digest. */
export async function verifyEd25519ph(key: PublicKey, digest: Bytes, signature: Bytes): Promise<boolean> {
  const { ed25519ph } = await import('./noble.ts');
  if (key.type !== 'ed25519' || signature.length !== 64) return false;
  return ed25519ph(signature, digest, subjectPublicKeyBits(key.spki));
}

async function verifyEcdsa(key: PublicKey, digest: Bytes, signature: Bytes): Promise<boolean> {
  const { ecdsaPrehashed } = await import('./noble.ts');
  return ecdsaPrehashed(key.curve ?? 'P-256', signature, digest, subjectPublicKeyBits(key.spki));
}

function verifyRsa(key: PublicKey, name: HashName, padding: 'pkcs1' | 'pss' | undefined, digest: Bytes, signature: Bytes): boolean {
  try {
    if (padding === 'pss')
      return checkPss(publicDecrypt({ key: key.handle, padding: constants.RSA_NO_PADDING }, signature), name, digest, key);
    return equal(publicDecrypt({ key: key.handle, padding: constants.RSA_PKCS1_PADDING }, signature), concat(DIGEST_INFO[name], digest));
  } catch {
    // OpenSSL throws when the padding or the length is wrong: no signature of this key.
    return false;
  }
}

/** DigestInfo without the digest (RFC 8017 §9.2, note 1). */
export const DIGEST_INFO: Readonly<Record<HashName, Bytes>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};

// EMSA-PSS-VERIFY (RFC 8017 §9.1.2) with any salt length, as the platform's own check has it.
function checkPss(encoded: Buffer, name: HashName, digest: Bytes, key: PublicKey): boolean {
  const bits = (key.handle.asymmetricKeyDetails?.modulusLength ?? 0) - 1;
  const em = encoded.subarray(encoded.length - Math.ceil(bits / 8));
  const hLen = HASH_LENGTH[name];
  if (em.length < hLen + 2 || em[em.length - 1] !== 0xbc) return false;
  const masked = em.subarray(0, em.length - hLen - 1);
  const h = em.subarray(em.length - hLen - 1, em.length - 1);
  const unusedBits = 8 * em.length - bits;
  if ((masked[0] as number) >> (8 - unusedBits) !== 0) return false;
  const mask = mgf1(name, h, masked.length);
  const db = Buffer.from(masked.map((b, i) => b ^ (mask[i] as number)));
  db[0] = (db[0] as number) & (0xff >> unusedBits);
  const one = db.findIndex((b) => b !== 0);
  if (one < 0 || db[one] !== 1) return false;
  return equal(hash(name, Buffer.alloc(8), digest, db.subarray(one + 1)), h);
}

function mgf1(name: HashName, seed: Bytes, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i * HASH_LENGTH[name] < length; i++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(i);
    parts.push(hash(name, seed, counter));
  }
  return concat(...parts).subarray(0, length);
}
