import { children, type DerValue, derError, expectTag, readOid, readSmallInteger, TAG } from '../../codec/der/index.ts';
import { type HashName, hashOfOid, type PublicKey, type SignatureScheme } from '../../crypto/index.ts';

/**
 * How a certificate or token is signed. `scheme` is absent when the algorithm is none of the accepted ones: such a
 * certificate can be an anchor (whose own signature is not needed), and nothing that it signs with it is believed.
 */
export interface CertificateSignatureAlgorithm {
  readonly oid: string;
  readonly accepted: { readonly key: PublicKey['type']; readonly scheme: SignatureScheme } | undefined;
}

type Accepted = NonNullable<CertificateSignatureAlgorithm['accepted']>;

const ECDSA: ReadonlyMap<string, Accepted> = new Map([
  ['1.2.840.10045.4.3.2', { key: 'ecdsa', scheme: { hash: 'sha256' } }],
  ['1.2.840.10045.4.3.3', { key: 'ecdsa', scheme: { hash: 'sha384' } }],
  ['1.2.840.10045.4.3.4', { key: 'ecdsa', scheme: { hash: 'sha512' } }],
]);
const RSA: ReadonlyMap<string, Accepted> = new Map([
  ['1.2.840.113549.1.1.11', { key: 'rsa', scheme: { hash: 'sha256', padding: 'pkcs1' } }],
  ['1.2.840.113549.1.1.12', { key: 'rsa', scheme: { hash: 'sha384', padding: 'pkcs1' } }],
  ['1.2.840.113549.1.1.13', { key: 'rsa', scheme: { hash: 'sha512', padding: 'pkcs1' } }],
]);
const ED25519 = '1.3.101.112';
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';

/**
 * An AlgorithmIdentifier of a signature (RFC 5758 §3, RFC 4055 §3 and §5, RFC 8410 §3). Accepted are ECDSA and RSA (PKCS#1, PSS) with SHA-256, SHA-384
 * and SHA-512, and Ed25519; parameters are exactly what the algorithm has. `digest` is CMS's digestAlgorithm, which is the hash function
 * where a signer names its algorithm only `rsaEncryption` (RFC 3370 §3.2). Throws `der-invalid`.
 */
export function parseSignatureAlgorithm(value: DerValue | undefined, digest?: HashName): CertificateSignatureAlgorithm {
  const [id, parameters, rest] = children(expectTag(value, TAG.sequence, 'signature algorithm'));
  const oid = readOid(id, 'signature algorithm');
  if (rest !== undefined) throw derError('signature algorithm has a part too many');
  return { oid, accepted: acceptedOf(oid, parameters, digest) };
}

function acceptedOf(oid: string, parameters: DerValue | undefined, digest: HashName | undefined): Accepted | undefined {
  const ecdsa = ECDSA.get(oid);
  if (ecdsa !== undefined) return parameters === undefined ? ecdsa : undefined;
  if (oid === ED25519) return parameters === undefined ? { key: 'ed25519', scheme: { hash: 'sha512' } } : undefined;
  if (oid === PSS) return pss(parameters);
  const rsa =
    oid === RSA_ENCRYPTION && digest !== undefined
      ? { key: 'rsa' as const, scheme: { hash: digest, padding: 'pkcs1' as const } }
      : RSA.get(oid);
  // RFC 4055 §5: the parameters are NULL, and absent ones are to be accepted.
  return rsa !== undefined && isNullOrAbsent(parameters) ? rsa : undefined;
}

// RSASSA-PSS-params (RFC 4055 §3.1). The defaults are SHA-1, so hash function and mask have to be there.
function pss(parameters: DerValue | undefined): Accepted | undefined {
  if (parameters === undefined) return undefined;
  const list = children(expectTag(parameters, TAG.sequence, 'PSS parameters'));
  if (list.some(({ tag }, i) => tag < 0xa0 || tag > 0xa3 || tag <= (list[i - 1]?.tag ?? 0)))
    throw derError('PSS parameters are not in order');
  const parts = new Map(list.map((p) => [p.tag, p]));
  if (!parts.has(0xa0) || !parts.has(0xa1)) return undefined;
  const hash = acceptedHash(only(parts.get(0xa0)));
  const [mask, maskHash, rest] = children(expectTag(only(parts.get(0xa1)), TAG.sequence, 'PSS mask'));
  if (rest !== undefined || readOid(mask) !== MGF1 || acceptedHash(maskHash) !== hash) return undefined;
  if (parts.has(0xa3) && readSmallInteger(only(parts.get(0xa3)), 'PSS trailer') !== 1) return undefined;
  const saltLength = parts.has(0xa2) ? readSmallInteger(only(parts.get(0xa2)), 'PSS salt length') : 20;
  return hash === undefined ? undefined : { key: 'rsa', scheme: { hash, padding: 'pss', saltLength } };
}

function acceptedHash(value: DerValue | undefined): HashName | undefined {
  try {
    return readHashAlgorithm(value);
  } catch {
    return undefined;
  }
}

/** An AlgorithmIdentifier of SHA-256, SHA-384 or SHA-512 (RFC 5754 §2). Throws `der-invalid`, and `algorithm-unsupported` for any other. */
export function readHashAlgorithm(value: DerValue | undefined, what = 'hash algorithm'): HashName {
  const [id, parameters, rest] = children(expectTag(value, TAG.sequence, what));
  if (rest !== undefined || !isNullOrAbsent(parameters)) throw derError(`${what} has parameters`);
  return hashOfOid(readOid(id, what));
}

function isNullOrAbsent(parameters: DerValue | undefined): boolean {
  return parameters === undefined || (parameters.tag === TAG.null && parameters.start === parameters.end);
}

function only(value: DerValue | undefined): DerValue | undefined {
  if (value === undefined) return undefined;
  const [inner, rest] = children(value);
  if (rest !== undefined) throw derError('PSS parameters hold a value too many');
  return inner;
}
