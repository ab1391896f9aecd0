/** AlgorithmIdentifiers of certificates and CMS (RFC 5754, RFC 5758, RFC 4055, RFC 8410). */
import { int, nul, oid, seq, tagged } from '../codec/der/encode.ts';
import { HASH_LENGTH, HASH_OID, type HashName, type PublicKey, type SigningScheme } from '../crypto/index.ts';

const ECDSA: Readonly<Record<HashName, string>> = {
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};
const RSA: Readonly<Record<HashName, string>> = {
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};
const RSA_PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';

/** The AlgorithmIdentifier of a hash function, without parameters (RFC 5754 §2). */
export function hashIdentifier(hash: HashName): Buffer {
  return seq(oid(HASH_OID[hash]));
}

/** The AlgorithmIdentifier of a key's signatures in a scheme. Ed25519 has one, whatever the scheme's hash function. */
export function signatureIdentifier(type: PublicKey['type'], scheme: SigningScheme): Buffer {
  if (type === 'ed25519') return seq(oid('1.3.101.112'));
  if (type === 'ecdsa') return seq(oid(ECDSA[scheme.hash]));
  return scheme.padding === 'pss' ? pssIdentifier(scheme) : seq(oid(RSA[scheme.hash]), nul());
}

// RFC 4055 §3.1: the hash function twice, and the length of the salt; the trailer field has its default.
function pssIdentifier({ hash, saltLength }: SigningScheme): Buffer {
  const digest = seq(oid(HASH_OID[hash]), nul());
  const salt = saltLength ?? HASH_LENGTH[hash];
  return seq(oid(RSA_PSS), seq(tagged(0, digest), tagged(1, seq(oid(MGF1), digest)), tagged(2, int(salt))));
}
