import { COSIGN_SIGN_PREDICATE } from '../../attestation/index.ts';
import { type Bytes, utf8 } from '../../bytes/index.ts';
import { algorithmOf, type Digest, hexOf } from '../../oci/digest.ts';

const V1 = 'https://in-toto.io/Statement/v1';
/** What cosign writes for attestations; every verifier reads both versions. */
const V01 = 'https://in-toto.io/Statement/v0.1';

/** The statement that makes a bundle a signature of an image, as cosign 3 writes it: the subject has no name. */
export function signStatement(digest: Digest, annotations: ReadonlyMap<string, string>): Bytes {
  const subject = {
    digest: { [algorithmOf(digest)]: hexOf(digest) },
    ...(annotations.size === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
  return utf8(JSON.stringify({ _type: V1, subject: [subject], predicateType: COSIGN_SIGN_PREDICATE, predicate: {} }));
}

/** What an attestation states. */
export interface AttestationClaims {
  /** The repository of an image, the base name of a file. */
  readonly name: string;
  /** Hexadecimal digests by algorithm. */
  readonly digests: ReadonlyMap<string, string>;
  readonly predicateType: string;
  /** The predicate in JSON. It is taken as it is: numbers beyond 2^53 stay what they are. */
  readonly predicate: string;
}

/** An in-toto statement about one subject (in-toto attestation framework, spec/v1/statement.md). */
export function attestStatement({ name, digests, predicateType, predicate }: AttestationClaims): Bytes {
  const subject = [{ name, digest: Object.fromEntries(digests) }];
  const head = JSON.stringify({ _type: V01, subject, predicateType });
  return utf8(`${head.slice(0, -1)},"predicate":${predicate.trim()}}`);
}
