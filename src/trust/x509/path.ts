import { equal } from '../../bytes/index.ts';
import { verifyWith } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Certificate } from './certificate.ts';
import { publicKeyOf } from './key.ts';
import type { PairCache } from './pairs.ts';
import { brokenRule, type TrustPath, type Usage } from './rules.ts';
import { describeCertificate as describe } from './validity.ts';

/** What `findPaths` is told. */
export interface PathOptions {
  /** Trusted by subject and key. One that is no CA is trusted as a signer by itself ("pinned"). */
  readonly anchors: readonly Certificate[];
  /** Candidates between leaf and anchor; not trusted. */
  readonly intermediates: readonly Certificate[];
  readonly usage: Usage;
  readonly pairs?: PairCache;
}

/**
 * `untrusted`: names and signatures lead to no anchor. `invalid`: they do, but every path breaks a rule; or the leaf names a
 * certificate at hand as its issuer, by name and key identifier, whose key did not sign it.
 */
export type PathResult = { readonly paths: readonly TrustPath[] } | { readonly problem: 'untrusted' | 'invalid'; readonly reason: string };

/**
 * All paths from a leaf to an anchor that keep the rules of RFC 5280 §6.1, whatever the time: see `validAt`. Names have to be the
 * same bytes. The anchors' own signatures are not looked at. Throws `limit` beyond `LIMITS.pathCertificates` or `LIMITS.pathSteps`.
 */
export function findPaths(leaf: Certificate, options: PathOptions): PathResult {
  const search = createSearch(options);
  const found = search.chainsOf(leaf);
  if (found.length === 0) {
    const forged = search.forged();
    if (forged !== undefined) return { problem: 'invalid', reason: forged };
    return { problem: 'untrusted', reason: `no trusted certificate vouches for ${describe(leaf)}, issued by "${leaf.issuerText}"` };
  }
  const paths: TrustPath[] = [];
  let reason = '';
  for (const path of found) {
    const broken = brokenRule(path, options.usage);
    if (broken === undefined) paths.push(path);
    else if (reason === '') reason = broken;
  }
  return paths.length > 0 ? { paths } : { problem: 'invalid', reason };
}

interface Search {
  chainsOf(leaf: Certificate): TrustPath[];
  /** Why the leaf's own issuer did not sign it, when that is known. */
  forged(): string | undefined;
}

function createSearch({ anchors, intermediates, pairs }: PathOptions): Search {
  const chains: TrustPath[] = [];
  const considered = new Set<Certificate>();
  let steps = 0;
  let forged: string | undefined;

  function extend(path: readonly Certificate[], child: Certificate): void {
    for (const anchor of issuersOf(child, anchors)) if (signs(anchor, child, path)) chains.push({ certificates: [...path, anchor] });
    for (const ca of issuersOf(child, intermediates)) {
      // A certificate with the name and key of one that is already there leads nowhere new.
      if (path.some((c) => isSameEntity(c, ca)) || anchors.some((a) => isSameEntity(a, ca))) continue;
      if (signs(ca, child, path)) extend([...path, ca], ca);
    }
  }

  function signs(issuer: Certificate, child: Certificate, path: readonly Certificate[]): boolean {
    considered.add(issuer);
    steps += 1;
    if (considered.size > LIMITS.pathCertificates)
      throw new AssayError('limit', `more than ${LIMITS.pathCertificates} certificates considered for one path`);
    if (steps > LIMITS.pathSteps) throw new AssayError('limit', `more than ${LIMITS.pathSteps} signature checks for one path`);
    if (pairs?.has(issuer, child)) return true;
    const problem = signatureProblem(issuer, child);
    if (problem === undefined) pairs?.add(issuer, child);
    else if (path.length === 1 && namesKeyOf(issuer, child))
      forged ??= `${describe(child)} is not signed by its issuer ${describe(issuer)}: ${problem}`;
    return problem === undefined;
  }

  return {
    chainsOf(leaf) {
      if (anchors.some((anchor) => equal(anchor.der, leaf.der))) chains.push({ certificates: [leaf] });
      extend([leaf], leaf);
      return chains;
    },
    forged: () => forged,
  };
}

// Those that the child names by key identifier first: a hint that saves signature checks, no condition (RFC 4158 §3.5.12).
function issuersOf(child: Certificate, candidates: readonly Certificate[]): readonly Certificate[] {
  const named = candidates.filter((candidate) => equal(candidate.subject, child.issuer));
  return named.length < 2 ? named : named.sort((a, b) => Number(namesKeyOf(b, child)) - Number(namesKeyOf(a, child)));
}

function namesKeyOf(issuer: Certificate, child: Certificate): boolean {
  return child.authorityKeyId !== undefined && issuer.subjectKeyId !== undefined && equal(child.authorityKeyId, issuer.subjectKeyId);
}

function isSameEntity(a: Certificate, b: Certificate): boolean {
  return equal(a.subject, b.subject) && equal(a.spki, b.spki);
}

/** Why a certificate is not signed by the key of another; `undefined` when it is. Names and rules are not looked at. */
export function signatureProblem(issuer: Certificate, child: Certificate): string | undefined {
  const { accepted, oid } = child.signatureAlgorithm;
  if (accepted === undefined) return `signature algorithm ${oid} is not accepted`;
  try {
    const key = publicKeyOf(issuer);
    if (key.type !== accepted.key) return `the algorithm is for ${accepted.key} keys and the issuer's key is ${key.type}`;
    return verifyWith(key, accepted.scheme, child.tbs, child.signature) ? undefined : 'the signature does not match';
  } catch (error) {
    return messageOf(error);
  }
}
