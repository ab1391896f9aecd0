import { type Bytes, concat, equal } from '../../bytes/index.ts';
import { type OpenPgpSignature, padded } from '../../codec/openpgp/index.ts';
import { hash, type PublicKey, verifyWith } from '../../crypto/index.ts';
import { isAssayError } from '../../errors.ts';

/**
 * Whether a version 4 signature is this key's, over this content (RFC 9580 §5.2.4: content, hashed part, trailer). `false` also where the
 * hash function is not accepted or the numbers are none of the key's kind.
 */
export function isSignedBy(key: PublicKey, signature: OpenPgpSignature, ...content: readonly Bytes[]): boolean {
  if (signature.hash === undefined) return false;
  const trailer = Buffer.alloc(6, 0xff);
  trailer[0] = 4;
  trailer.writeUInt32BE(signature.hashed.length, 2);
  const data = concat(...content, signature.hashed, trailer);
  const digest = hash(signature.hash, data);
  if (!equal(digest.subarray(0, 2), signature.prefix)) return false;
  const bytes = bytesOf(key, signature);
  if (bytes === undefined) return false;
  // EdDSA signs the digest (§5.2.3.3 and §5.2.3.4), the others are given what is hashed.
  const scheme = { hash: signature.hash, ...(key.type === 'rsa' ? { padding: 'pkcs1' as const } : { raw: true }) };
  return verifyWith(key, scheme, key.type === 'ed25519' ? digest : data, bytes);
}

const CURVE_BYTES = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const;

function bytesOf(key: PublicKey, { algorithm, numbers }: OpenPgpSignature): Bytes | undefined {
  const [r, s] = numbers;
  if (r === undefined) return undefined;
  try {
    if (key.type === 'rsa') return algorithm === 1 || algorithm === 3 ? padded(r, modulusBytes(key), 'signature') : undefined;
    if (algorithm === 27) return key.type === 'ed25519' ? r : undefined;
    if (s === undefined || algorithm !== (key.type === 'ecdsa' ? 19 : 22)) return undefined;
    const length = key.type === 'ecdsa' ? CURVE_BYTES[key.curve ?? 'P-256'] : 32;
    return concat(padded(r, length, 'signature'), padded(s, length, 'signature'));
  } catch (error) {
    // Numbers that are longer than the key's make no signature of it.
    if (isAssayError(error, 'openpgp-invalid')) return undefined;
    throw error;
  }
}

function modulusBytes(key: PublicKey): number {
  return Math.ceil((key.handle.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}
