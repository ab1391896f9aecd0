/**
 * What the platform's cryptography lacks: ECDSA over a digest, and Ed25519ph. The only file that loads @noble/curves; loaded on demand.
 */
import { eddsa } from '@noble/curves/abstract/edwards.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { type Bytes, concat, utf8 } from '../bytes/index.ts';
import { hash } from './hash.ts';
import type { Curve } from './public-key.ts';

const CURVES = { 'P-256': p256, 'P-384': p384, 'P-521': p521 } as const;

/** Whether a DER signature is ECDSA over this digest (FIPS 186-5 §6.4.2). */
export function ecdsaPrehashed(curve: Curve, signature: Bytes, digest: Bytes, point: Bytes): boolean {
  try {
    return CURVES[curve].verify(signature, digest, point, { prehash: false, format: 'der', lowS: false });
  } catch {
    // A signature or point that cannot be read is none.
    return false;
  }
}

const sha512 = Object.assign((message: Uint8Array) => new Uint8Array(hash('sha512', message)), {
  outputLen: 64,
  blockLen: 128,
  canXOF: false,
  create: (): never => {
    throw new Error('not used by EdDSA');
  },
});

// dom2(1, "") of RFC 8032 §5.1; the message is the digest already.
const overDigest = eddsa(ed25519.Point, sha512 as never, {
  prehash: ((digest: Uint8Array) => digest) as never,
  domain: (data: Uint8Array) => new Uint8Array(concat(utf8('SigEd25519 no Ed25519 collisions'), Buffer.of(1, 0), data)),
  // The secret scalar of RFC 8032 §5.1.5, step 2, which the library leaves to the curve.
  adjustScalarBytes: (bytes: Uint8Array) => {
    const [first = 0, last = 0] = [bytes[0], bytes[31]];
    bytes[0] = first & 0xf8;
    bytes[31] = (last & 0x7f) | 0x40;
    return bytes;
  },
});

/** Whether a signature is Ed25519ph over what has this SHA-512 digest (RFC 8032 §5.1). */
export function ed25519ph(signature: Bytes, digest: Bytes, key: Bytes): boolean {
  try {
    return overDigest.verify(new Uint8Array(signature), new Uint8Array(digest), new Uint8Array(key), { zip215: false });
  } catch {
    return false;
  }
}

/** Ed25519ph over what has this SHA-512 digest, with the 32 bytes of a private key's seed (RFC 8032 §5.1). */
export function signEd25519ph(digest: Bytes, seed: Bytes): Bytes {
  return overDigest.sign(new Uint8Array(digest), new Uint8Array(seed));
}
