import type { Bytes } from '../../bytes/index.ts';
import { bool, int, nul, octets, oid, seq } from '../../codec/der/encode.ts';
import type { HashName } from '../../crypto/index.ts';

const HASHES: Readonly<Record<HashName, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

/** A TimeStampReq (RFC 3161 §2.4.1) that asks for the authority's certificate. `nonce`: big-endian, not negative. */
export function timestampRequest(hash: HashName, digest: Bytes, nonce: Bytes): Buffer {
  const imprint = seq(seq(oid(HASHES[hash]), nul()), octets(digest));
  return seq(int(1), imprint, int(nonce), bool(true));
}
