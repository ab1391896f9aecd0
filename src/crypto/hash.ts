import { hash as platformHash } from 'node:crypto';
import { type Bytes, concat } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';

/** The hash functions that Assay accepts; SHA-1 and MD5 are none. */
export type HashName = 'sha256' | 'sha384' | 'sha512';

/** A digest of bytes. */
export function hash(name: HashName, ...parts: readonly Bytes[]): Buffer {
  const [only] = parts;
  const data = parts.length === 1 && only !== undefined ? only : concat(...parts);
  // In one call, by way of a text with one character for each byte: a third of the time of a hash object and its buffer.
  return Buffer.from(platformHash(name, data, 'binary'), 'latin1');
}

/** SHA-256 of bytes. */
export function sha256(...parts: readonly Bytes[]): Buffer {
  return hash('sha256', ...parts);
}

/** Length in bytes of a hash function's digest. */
export const HASH_LENGTH: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/** Object identifiers of hash functions (RFC 5754 §2). */
export const HASH_OID: Readonly<Record<HashName, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

/** What bundles and Rekor v2 call hash functions (protobuf-specs, sigstore_common.proto, `HashAlgorithm`). */
export const HASH_ALGORITHM: Readonly<Record<HashName, string>> = { sha256: 'SHA2_256', sha384: 'SHA2_384', sha512: 'SHA2_512' };

const ALL = Object.keys(HASH_LENGTH) as readonly HashName[];
const OIDS: ReadonlyMap<string, HashName> = new Map(ALL.map((name) => [HASH_OID[name], name]));

/** The hash function with an object identifier (RFC 5754 §2). Throws `algorithm-unsupported`, for SHA-1 too. */
export function hashOfOid(oid: string): HashName {
  const name = OIDS.get(oid);
  if (name === undefined) throw new AssayError('algorithm-unsupported', `hash function ${oid} is none of SHA-256, SHA-384, SHA-512`);
  return name;
}

const NAMES: ReadonlyMap<string, HashName> = new Map(ALL.flatMap((name) => [[name, name] as const, [HASH_ALGORITHM[name], name] as const]));

/** The hash function that bundles (`SHA2_256`) and Rekor (`sha256`) name. `undefined` for any other. */
export function hashNamed(name: string): HashName | undefined {
  return NAMES.get(name);
}
