import { COSIGN_SIGN_PREDICATE, parseStatement } from '../../attestation/index.ts';
import type { Bytes } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { algorithmOf, type Digest, hexOf } from '../../oci/digest.ts';
import { parseSimpleSigning } from '../../signature/index.ts';
import { type Predicate, sameLongNumbers, samePredicate } from '../payload/predicate.ts';
import { simpleSigningPayload } from '../payload/simple-signing.ts';
import { attestStatement, signStatement } from '../payload/statement.ts';
import type { ClaimingEvidence, SigningSubject } from './format.ts';

/** What is claimed of an image. */
export type ImageClaims =
  | {
      readonly kind: 'signature';
      readonly annotations: ReadonlyMap<string, string>;
      /** What a simple signing payload calls the image instead of its repository; one signature for each (`--sign-container-identity`). */
      readonly identities: readonly string[];
      /** A payload that is signed as it is (`--payload`). */
      readonly payload?: Bytes;
    }
  | { readonly kind: 'attestation'; readonly predicate: Predicate }
  /** A whole statement of the caller's, signed as it is. */
  | { readonly kind: 'statement'; readonly statement: Bytes };

/** The statement that a bundle or an `.att` layer is about. */
export function statementFor(claims: ImageClaims, { descriptor, repository }: SigningSubject): Bytes {
  if (claims.kind === 'statement') return claims.statement;
  if (claims.kind === 'signature') return signStatement(descriptor.digest, claims.annotations);
  const digests = new Map([[algorithmOf(descriptor.digest), hexOf(descriptor.digest)]]);
  return attestStatement({ name: repository, digests, predicateType: claims.predicate.type, predicate: claims.predicate.json });
}

/** The payloads that `.sig` layers are about, one for each name of the image. */
export function payloadsFor(
  claims: Extract<ImageClaims, { kind: 'signature' }>,
  { descriptor, repository }: SigningSubject,
): readonly Bytes[] {
  if (claims.payload !== undefined) return [claims.payload];
  const names = claims.identities.length === 0 ? [repository] : claims.identities;
  return names.map((dockerReference) =>
    simpleSigningPayload({ dockerReference, digest: descriptor.digest, annotations: claims.annotations }),
  );
}

/** Whether verified evidence claims the same: the same pairs and name; of an attestation the same predicate. Who signed, and of what, is proven before. */
export function claimsSame(claims: ImageClaims, { payload }: ClaimingEvidence, subject: SigningSubject): boolean {
  if (payload === undefined) return false;
  if (claims.kind === 'signature' && isSimpleSigning(payload))
    return payloadsFor(claims, subject).some((p) => Buffer.compare(p, payload) === 0);
  const found = parseStatement(payload);
  const statement = statementFor(claims, subject);
  const wanted = parseStatement(statement);
  if (!sameLongNumbers(payload, statement)) return false;
  if (found.predicateType !== wanted.predicateType || !samePredicate(found.predicateType, found.predicate, wanted.predicate)) return false;
  if (found.predicateType !== COSIGN_SIGN_PREDICATE) return true;
  return samePairs(pairsAbout(found, subject.descriptor.digest), pairsAbout(wanted, subject.descriptor.digest));
}

function pairsAbout({ subjects }: ReturnType<typeof parseStatement>, digest: Digest): ReadonlyMap<string, Json> {
  return new Map(subjects.filter((s) => s.digests.get(algorithmOf(digest)) === hexOf(digest)).flatMap((s) => [...s.annotations]));
}

function samePairs(a: ReadonlyMap<string, Json>, b: ReadonlyMap<string, Json>): boolean {
  return a.size === b.size && [...a].every(([k, v]) => b.get(k) === v);
}

function isSimpleSigning(payload: Bytes): boolean {
  const value = parseJson(Buffer.from(payload).toString('utf8'), 'payload');
  if (typeof value !== 'object' || value === null || !('critical' in value)) return false;
  return parseSimpleSigning(payload).digest !== '';
}
