import { equal } from '../../bytes/index.ts';
import { verifyWith } from '../../crypto/index.ts';
import { isAssayError } from '../../errors.ts';
import { inForce } from '../../rules.ts';
import { type Certificate, describeCertificate, findPaths, type PairCache, publicKeyOf, type TrustPath, validAt } from '../x509/index.ts';
import { isNamedBy } from './ess.ts';
import type { SignerId } from './signer-info.ts';
import type { TimestampToken } from './token.ts';

/** A timestamp authority as trusted roots list it. */
export interface TimestampAuthority {
  /** Its certificates: leaf (if it is listed), CAs, root. Where a leaf is listed it is the only signer that is trusted. */
  readonly chain: readonly Certificate[];
  /** Further candidates between signer and root; not trusted. */
  readonly extraIntermediates?: readonly Certificate[];
}

/** `untrusted`: another authority's token. `invalid`: a rule is broken. `expired`: the chain was not valid at the token's own time. */
export type TimestampResult =
  | { readonly problem: 'untrusted' | 'invalid' | 'expired'; readonly reason: string }
  | {
      readonly signer: Certificate;
      /** The path by which the signer was believed, valid at the token's time. */
      readonly path: TrustPath;
    };

/**
 * Whether an authority made a token (RFC 3161 §2.2 and §2.3, RFC 5652 §5.6): its signature, the certificate that the signed attributes
 * name, the chain to the authority's root, the purpose of each certificate, and the chain's validity at the token's time. What the
 * imprint is of, and when the authority itself is to be believed, are the caller's questions. Throws `limit`.
 */
export function verifyTimestamp(token: TimestampToken, authority: TimestampAuthority, pairs?: PairCache): TimestampResult {
  const leaves = authority.chain.filter((c) => !c.basicConstraints?.ca);
  const named = [...leaves, ...token.certificates.filter((c) => !leaves.some((leaf) => equal(leaf.der, c.der)))].filter((c) =>
    isSigner(c, token.signer.id),
  );
  if (named.length === 0)
    return { problem: 'untrusted', reason: 'the timestamp names a signer whose certificate neither the authority nor the timestamp has' };
  const signer = named.find((candidate) => signed(token, candidate));
  if (signer === undefined)
    return { problem: 'invalid', reason: 'the signature of the timestamp does not match the certificate that it names' };
  if (!token.signer.certificates.every((id) => isNamedBy(signer, id)) && inForce('timestamp-certificate-id')) {
    return {
      problem: 'invalid',
      reason: `the timestamp says that it was signed with another certificate than ${describeCertificate(signer)}`,
    };
  }
  if (leaves.length > 0 && !leaves.includes(signer) && inForce('timestamp-signer')) {
    return {
      problem: 'untrusted',
      reason: `the timestamp is signed by ${describeCertificate(signer)}, not by the signer that the authority lists`,
    };
  }
  return checkChain(token, signer, authority, pairs);
}

function checkChain(
  token: TimestampToken,
  signer: Certificate,
  authority: TimestampAuthority,
  pairs: PairCache | undefined,
): TimestampResult {
  const anchors = anchorsOf(authority.chain);
  const found = findPaths(signer, {
    anchors,
    intermediates: [...authority.chain.filter((c) => !anchors.includes(c)), ...(authority.extraIntermediates ?? []), ...token.certificates],
    usage: 'timeStamping',
    ...(pairs === undefined ? {} : { pairs }),
  });
  if ('problem' in found) return found;
  const late = found.paths.map((path) => validAt(path, token.time));
  const reason = late.find((why) => why !== undefined);
  const path = found.paths[late.indexOf(undefined)];
  return path !== undefined ? { signer, path } : { problem: 'expired', reason: reason ?? '' };
}

// The CAs that vouch for themselves, wherever they stand: people write PEM files in both orders. Where there is none, the last certificate.
function anchorsOf(chain: readonly Certificate[]): readonly Certificate[] {
  const roots = chain.filter((c) => c.basicConstraints?.ca && equal(c.issuer, c.subject));
  return roots.length > 0 ? roots : chain.slice(-1);
}

function isSigner(certificate: Certificate, id: SignerId): boolean {
  if (id.kind === 'key-id') return certificate.subjectKeyId !== undefined && equal(certificate.subjectKeyId, id.keyId);
  return equal(certificate.issuer, id.issuer) && equal(certificate.serial, id.serial);
}

function signed(token: TimestampToken, candidate: Certificate): boolean {
  const { accepted } = token.signer.algorithm;
  try {
    const key = publicKeyOf(candidate);
    return (
      accepted !== undefined && key.type === accepted.key && verifyWith(key, accepted.scheme, token.signer.signed, token.signer.signature)
    );
  } catch (error) {
    // A key that cannot be used signed nothing.
    if (!isAssayError(error)) throw error;
    return false;
  }
}
