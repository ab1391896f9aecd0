import { equal } from '../../../bytes/index.ts';
import { inForce } from '../../../rules.ts';
import { type Certificate, describeCertificate, type PairCache, parseCertificate, signatureProblem } from '../../../trust/index.ts';
import { fail, pass } from '../../check.ts';
import type { Check } from '../../report.ts';
import type { SignerCertificate } from '../../signer.ts';
import { authorityProblem, leafProblem } from './requirements.ts';

/** The whole chain of an envelope, leaf first, and what is to be said of it. */
export interface ChainFindings {
  readonly chain: readonly Certificate[];
  readonly checks: readonly Check[];
}

/**
 * "The ordered list starts with the signing certificate, any intermediate certificates and ends with the root certificate"
 * (signature-specification.md, "Unsigned Attributes" and "Certificate Requirements"). Whether the root is to be trusted is another question.
 * Throws errors of the group `evidence-invalid`.
 */
export function checkNotationChain({ leaf }: SignerCertificate, der: readonly Uint8Array[], pairs: PairCache): ChainFindings {
  const chain = [leaf, ...der.slice(1).map(parseCertificate)];
  const broken = inForce('notation-chain') ? orderProblem(chain, pairs) : undefined;
  if (broken !== undefined) return { chain, checks: [fail('certificate-form', 'invalid', broken)] };
  const wrong =
    rule('notation-leaf', leafProblem(leaf)) ??
    rule(
      'notation-authority',
      first(chain.slice(1), (ca, below) => authorityProblem(ca, below)),
    );
  const check =
    wrong === undefined
      ? pass('certificate-form', `a chain of ${chain.length}, from a signer to a root`)
      : fail('certificate-form', 'invalid', wrong);
  return { chain, checks: [check] };
}

function rule(id: 'notation-leaf' | 'notation-authority', problem: string | undefined): string | undefined {
  return inForce(id) ? problem : undefined;
}

function orderProblem(chain: readonly Certificate[], pairs: PairCache): string | undefined {
  for (const [i, certificate] of chain.entries()) {
    const last = i === chain.length - 1;
    const issuer = last ? certificate : (chain[i + 1] ?? certificate);
    const self = equal(certificate.issuer, certificate.subject);
    if (last && !self)
      return `the chain ends with ${describeCertificate(certificate)}, which is no root: it is issued by "${certificate.issuerText}"`;
    if (!last && self) return `${describeCertificate(certificate)} is issued by itself, and another certificate follows it`;
    if (!equal(certificate.issuer, issuer.subject))
      return `${describeCertificate(issuer)} does not follow ${describeCertificate(certificate)}, which is issued by "${certificate.issuerText}"`;
    if (pairs.has(issuer, certificate)) continue;
    const problem = signatureProblem(issuer, certificate);
    if (problem !== undefined) return `${describeCertificate(certificate)} is not signed by ${describeCertificate(issuer)}: ${problem}`;
    pairs.add(issuer, certificate);
  }
  return undefined;
}

function first<T>(list: readonly T[], problem: (item: T, index: number) => string | undefined): string | undefined {
  for (const [i, item] of list.entries()) {
    const found = problem(item, i);
    if (found !== undefined) return found;
  }
  return undefined;
}
