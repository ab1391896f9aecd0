import { constants, verify } from 'node:crypto';
import type { Bytes } from '../bytes/index.ts';
import type { HashName } from './hash.ts';
import { CURVE_BYTES, type PublicKey } from './public-key.ts';

/** How a signature was made. ECDSA signatures are DER unless `raw` (r and s, each as long as the curve's order). */
export interface SignatureScheme {
  readonly hash: HashName;
  readonly padding?: 'pkcs1' | 'pss';
  readonly raw?: boolean;
  /** Salt of a PSS signature, in bytes, where the algorithm's parameters state it; any length otherwise. */
  readonly saltLength?: number;
}

/**
 * Whether a signature over bytes is the key's, by exactly this scheme. Ed25519 ignores the scheme (RFC 8032 §5.1, pure).
 * A signature that cannot be read is no signature: `false`.
 */
export function verifyWith(key: PublicKey, scheme: SignatureScheme, data: Bytes, signature: Bytes): boolean {
  if (signature.length === 0) return false;
  switch (key.type) {
    case 'ed25519':
      return signature.length === 64 && verify(null, data, key.handle, signature);
    case 'ecdsa':
      return verify(scheme.hash, data, scheme.raw ? { key: key.handle, dsaEncoding: 'ieee-p1363' } : key.handle, signature);
    case 'rsa':
      return verify(
        scheme.hash,
        data,
        scheme.padding === 'pss'
          ? { key: key.handle, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength ?? constants.RSA_PSS_SALTLEN_AUTO }
          : { key: key.handle, padding: constants.RSA_PKCS1_PADDING },
        signature,
      );
  }
}

const BY_CURVE = {
  'P-256': [{ hash: 'sha256' }],
  'P-384': [{ hash: 'sha384' }, { hash: 'sha256' }],
  'P-521': [{ hash: 'sha512' }, { hash: 'sha256' }],
} as const;
const RSA_SCHEMES: readonly SignatureScheme[] = [
  { hash: 'sha256', padding: 'pkcs1' },
  { hash: 'sha256', padding: 'pss' },
  { hash: 'sha384', padding: 'pkcs1' },
  { hash: 'sha384', padding: 'pss' },
  { hash: 'sha512', padding: 'pkcs1' },
  { hash: 'sha512', padding: 'pss' },
];

/**
 * The schemes in which Sigstore's tools sign with a key, likeliest first (sigstore `algorithm_registry`; SHA-256 on the larger
 * curves is what cosign writes in the tag form). Never a hash weaker than SHA-256.
 */
export function schemesOf(key: PublicKey): readonly SignatureScheme[] {
  if (key.type === 'ecdsa') return BY_CURVE[key.curve ?? 'P-256'];
  if (key.type === 'rsa') return RSA_SCHEMES;
  return [{ hash: 'sha512' }];
}

/** Whether a signature over bytes is the key's, in any of its schemes. With `raw`, ECDSA signatures may also be r and s side by side. */
export function verifySignature(key: PublicKey, data: Bytes, signature: Bytes, options: { readonly raw?: boolean } = {}): boolean {
  return schemeThatVerifies(key, data, signature, options) !== undefined;
}

/** The scheme in which a signature over bytes is the key's; `undefined` when there is none. */
export function schemeThatVerifies(
  key: PublicKey,
  data: Bytes,
  signature: Bytes,
  options: { readonly raw?: boolean } = {},
): SignatureScheme | undefined {
  const schemes = schemesOf(key);
  const found = schemes.find((s) => verifyWith(key, s, data, signature));
  if (found !== undefined || !options.raw || key.type !== 'ecdsa') return found;
  if (signature.length !== 2 * CURVE_BYTES[key.curve ?? 'P-256']) return undefined;
  return schemes.map((s) => ({ ...s, raw: true })).find((s) => verifyWith(key, s, data, signature));
}
