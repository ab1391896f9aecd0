import { ANY_OBJECT, mapOf, objectWith, orNull, type Schema, TEXT } from '../parts.ts';

const HEXADECIMAL = 'md5 sha1 ripemd160 sha224 sha256 sha384 sha512 sha512_224 sha512_256 sha3_224 sha3_256 sha3_384 sha3_512 sm3 gost';

/**
 * Digests by algorithm (in-toto attestation framework, spec/v1/digest_set.md): of algorithms that are known, in hexadecimal. The length is left open, because builders
 * of GitLab's put commits where digests are expected.
 */
export const DIGESTS: Schema = {
  ...mapOf(TEXT),
  properties: Object.fromEntries([
    ...HEXADECIMAL.split(' ').map((name) => [name, { type: 'string', pattern: '^[0-9a-fA-F]+$' }] as const),
    ...['gitCommit', 'gitTree', 'gitBlob', 'gitTag'].map(
      (name) => [name, { type: 'string', pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' }] as const,
    ),
  ]),
};

/** Something that a predicate names; it has to say by what it is known (in-toto attestation framework, spec/v1/resource_descriptor.md). */
export const RESOURCE: Schema = {
  ...objectWith([], {
    uri: TEXT,
    digest: orNull(DIGESTS),
    name: TEXT,
    downloadLocation: TEXT,
    mediaType: TEXT,
    content: TEXT,
    annotations: orNull(ANY_OBJECT),
  }),
  anyOf: [{ required: ['uri'] }, { required: ['digest'] }, { required: ['content'] }],
};
