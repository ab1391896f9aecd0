/** What the leaves of a Sigstore certificate authority say (fulcio, docs/certificate-specification.md). */
import type { Bytes } from '../bytes/index.ts';
import { authorityKeyId, type Extension, extendedKeyUsage, fulcioClaim, keyUsage, OID, subjectAltName, subjectKeyId } from './extension.ts';
import type { AlternativeName } from './name.ts';

/** Who a leaf is for. */
export interface LeafContent {
  /** SubjectPublicKeyInfo of the key that is certified. */
  readonly spki: Bytes;
  readonly issuerSpki: Bytes;
  /** The identities; Fulcio writes exactly one. */
  readonly names: readonly AlternativeName[];
  /** The token's issuer, extensions .1 and .8; `undefined` for neither. */
  readonly issuer: string | undefined;
  /** Claims of the token by the last arc of their identifier, .2 to .6 and .9 to .24. */
  readonly claims: ReadonlyMap<number, string>;
}

/** The extensions of a leaf, in Fulcio's order; the SCT list comes after them. Its subject is empty. */
export function leafExtensions({ spki, issuerSpki, names, issuer, claims }: LeafContent): readonly Extension[] {
  return [
    keyUsage(['digitalSignature']),
    extendedKeyUsage([OID.codeSigning]),
    subjectKeyId(spki),
    authorityKeyId(issuerSpki),
    ...(names.length === 0 ? [] : [subjectAltName(names)]),
    ...(issuer === undefined ? [] : [fulcioClaim(1, issuer), fulcioClaim(8, issuer)]),
    ...[...claims].map(([arc, value]) => fulcioClaim(arc, value)),
  ];
}
