import { equal } from '../../../bytes/index.ts';
import { messageOf } from '../../../errors.ts';
import { inForce } from '../../../rules.ts';
import { type Certificate, describeCertificate, EXTENSION, ocspAddresses } from '../../../trust/index.ts';
import { fail, pass, unknown } from '../../check.ts';
import type { Check } from '../../report.ts';
import type { EvidenceRequest, RevocationAnswer } from '../../request.ts';

/**
 * "Certificate Revocation Evaluation" (trust-store-trust-policy.md): no certificate of the chain but its root may be revoked, and of each it
 * has to be known. A certificate that names neither list nor responder cannot be revoked. `signedAt`: a proven time of signing.
 */
export async function checkRevocation(
  chain: readonly Certificate[],
  request: EvidenceRequest,
  { id = 'revocation', signedAt }: { readonly id?: string; readonly signedAt?: number | undefined } = {},
): Promise<Check> {
  const asked = chain.slice(0, -1);
  const [leaf] = asked;
  if (leaf === undefined) return pass(id, 'the only certificate is a root');
  if (!inForce('notation-revocation')) return pass(id, 'not asked');
  const ask = request.facts?.revocation;
  if (ask === undefined) {
    const revocable = asked.find(isRevocable);
    if (revocable === undefined) return pass(id, 'no certificate below the root names a place where its revocation is told');
    return unknown(
      id,
      `whether ${describeCertificate(revocable)} is revoked is not known: there is no source of revocation lists or OCSP answers (give one, or let the trust policy say "revocation": "skip")`,
    );
  }
  let answers: readonly RevocationAnswer[];
  try {
    const options = {
      now: request.now,
      ...(signedAt === undefined ? {} : { signedAt }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    answers = await ask(chain, options);
  } catch (error) {
    return unknown(id, `whether ${describeCertificate(leaf)} or a CA above it is revoked could not be found out: ${messageOf(error)}`);
  }
  const said = asked.map((certificate) => ({ certificate, answer: answers.find((a) => equal(a.certificate.der, certificate.der)) }));
  const revoked = said.find(({ answer }) => answer?.status === 'revoked');
  if (revoked !== undefined) return fail(id, 'revoked', `${describeCertificate(revoked.certificate)}: ${revoked.answer?.reason}`);
  const open = said.find(({ answer }) => answer?.status !== 'good' && answer?.status !== 'not-revocable');
  if (open !== undefined)
    return unknown(id, `whether ${describeCertificate(open.certificate)} is revoked is not known: ${open.answer?.reason ?? 'no answer'}`);
  return pass(id, `no certificate is revoked: ${said.map(({ answer }) => answer?.reason).join('; ')}`.slice(0, 500));
}

/** Whether a certificate names a place where its revocation is told, as far as can be read. */
export function isRevocable(certificate: Certificate): boolean {
  if (certificate.extensions.has(EXTENSION.crlDistributionPoints)) return true;
  try {
    return ocspAddresses(certificate).length > 0;
  } catch {
    // What cannot be read may well name one.
    return true;
  }
}
