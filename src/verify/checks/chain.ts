import { inForce } from '../../rules.ts';
import {
  type CertificateAuthority,
  contains,
  findPaths,
  type TrustMaterial,
  type TrustPath,
  validAt,
  windowText,
} from '../../trust/index.ts';
import { fail, pass } from '../check.ts';
import type { Check, VerifiedTime } from '../report.ts';
import type { SignerCertificate } from '../signer.ts';

/** What the certificate authorities say of the signer's certificate. */
export interface ChainFindings {
  readonly checks: readonly Check[];
  /** A path that holds at every verified time. */
  readonly path: TrustPath | undefined;
}

/** A path, and the authority at whose anchor it ends. */
interface Candidate {
  readonly path: TrustPath;
  readonly authority: CertificateAuthority;
}

/**
 * "Verify that the certificate chains to a trusted root, at every time that was verified" (sigstore client-spec; RFC 5280 §6).
 * Roots never come from the evidence; intermediates do only where the authority is open for them.
 */
export function checkChain(
  signer: SignerCertificate,
  times: readonly VerifiedTime[],
  trust: TrustMaterial,
  options: { readonly allowChain: boolean },
): ChainFindings {
  const { candidates, problem } = candidatesOf(signer, trust, options.allowChain);
  if (candidates.length === 0) return { checks: [problem], path: undefined };
  const chain = pass('certificate-chain', `chains to ${candidates[0]?.authority.uri || anchorName(candidates[0])}`);
  const open = inForce('authority-window')
    ? candidates.filter((c) => times.every((t) => contains(c.authority.validFor, t.time.getTime())))
    : candidates;
  const [first] = candidates;
  if (open.length === 0 && first !== undefined) {
    const at = times.find((t) => !contains(first.authority.validFor, t.time.getTime()));
    return {
      checks: [
        chain,
        fail(
          'authority-window',
          'untrusted',
          `the authority is trusted for ${windowText(first.authority.validFor)}, not at ${at?.time.toISOString()} (${at?.source})`,
        ),
      ],
      path: undefined,
    };
  }
  let reason = '';
  for (const { path } of open) {
    const late = inForce('certificate-time') ? times.flatMap((t) => problemAt(path, t)) : [];
    if (late.length === 0) return { checks: [chain, pass('certificate-time', timesText(times))], path };
    reason ||= late[0] ?? '';
  }
  return { checks: [chain, fail('certificate-time', 'expired', reason)], path: undefined };
}

function candidatesOf(signer: SignerCertificate, trust: TrustMaterial, allowChain: boolean): { candidates: Candidate[]; problem: Check } {
  const candidates: Candidate[] = [];
  let problem = fail(
    'certificate-chain',
    'untrusted',
    trust.certificateAuthorities.length === 0 ? 'no certificate authority is trusted' : 'the certificate is of no trusted authority',
  );
  for (const authority of trust.certificateAuthorities) {
    const listed = authority.chain.slice(0, -1);
    const result = findPaths(signer.leaf, {
      anchors: authority.chain.slice(-1),
      intermediates: authority.openIntermediates || allowChain ? [...listed, ...signer.rest] : listed,
      usage: 'codeSigning',
      pairs: trust.pairs,
    });
    if ('paths' in result) candidates.push(...result.paths.map((path) => ({ path, authority })));
    else if (result.problem === 'invalid' || problem.outcome === 'untrusted')
      problem = fail('certificate-chain', result.problem === 'invalid' ? 'invalid' : 'untrusted', result.reason);
  }
  if (candidates.length === 0 && !inForce('certificate-chain'))
    candidates.push(
      ...trust.certificateAuthorities
        .slice(0, 1)
        .map((authority) => ({ path: { certificates: [signer.leaf, ...authority.chain] }, authority })),
    );
  return { candidates, problem };
}

function problemAt(path: TrustPath, at: VerifiedTime): string[] {
  const reason = validAt(path, at.time.getTime());
  return reason === undefined ? [] : [`${reason}, at ${at.time.toISOString()} (${at.source})`];
}

function timesText(times: readonly VerifiedTime[]): string {
  return `valid at ${times.map((t) => `${t.time.toISOString()} (${t.source})`).join(' and ')}`;
}

function anchorName(candidate: Candidate | undefined): string {
  return candidate?.path.certificates.at(-1)?.subjectText ?? 'a trusted root';
}
