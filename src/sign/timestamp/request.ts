import type { Bytes } from '../../bytes/index.ts';
import { bool, int, nul, octets, oid, seq } from '../../codec/der/encode.ts';
import { HASH_OID, type HashName } from '../../crypto/index.ts';

/** A TimeStampReq (RFC 3161 §2.4.1) that asks for the authority's certificate. `nonce`: big-endian, not negative. */
export function timestampRequest(hash: HashName, digest: Bytes, nonce: Bytes): Buffer {
  const imprint = seq(seq(oid(HASH_OID[hash]), nul()), octets(digest));
  return seq(int(1), imprint, int(nonce), bool(true));
}
