import { equal } from '../../../bytes/index.ts';
import { LIMITS } from '../../../limits.ts';
import { type Certificate, describeCertificate, EXTENSION, KEY_USAGE } from '../../x509/index.ts';
import { readInvalidity, reasonText } from '../crl/entry.ts';
import { LIST_EXTENSION, unknownCritical } from '../extension.ts';
import { type Finding, type Subject, unknown, utc } from '../finding.ts';
import { invalid, parsed } from '../invalid.ts';
import { signatureProblem } from '../signed.ts';
import type { OcspAnswer, SingleAnswer } from './answer.ts';
import { keyHash, namesCertificate } from './certificate-id.ts';

/** Object identifier of the purpose of a responder's certificate (RFC 6960 §4.2.2.2). */
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const KNOWN: ReadonlySet<string> = new Set([LIST_EXTENSION.nonce, LIST_EXTENSION.invalidityDate]);
const KNOWN_OF_RESPONDER: ReadonlySet<string> = new Set([
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.ocspNoCheck,
]);

/**
 * Who signed an answer: the issuer itself, or a responder that it has certified (RFC 6960 §4.2.2.2): issued with the same key, for OCSP
 * signing, valid now. Throws `revocation-invalid` when it is neither.
 */
export function signerOf(answer: OcspAnswer, { issuer, now }: Subject): Certificate {
  const problems: string[] = [];
  for (const candidate of [issuer, ...answer.certificates]) {
    if (!isNamed(answer, candidate)) continue;
    const isIssuer = candidate === issuer || equal(candidate.der, issuer.der);
    const problem = signatureProblem(answer, candidate) ?? (isIssuer ? undefined : responderProblem(candidate, issuer, now));
    if (problem === undefined) return candidate;
    problems.push(problem);
  }
  const who = `neither ${describeCertificate(issuer)} nor a responder that it has certified signed the answer`;
  throw invalid(problems.length === 0 ? who : `${who}: ${problems.join(', ')}`);
}

function isNamed({ responder }: OcspAnswer, candidate: Certificate): boolean {
  return equal(responder.value, responder.kind === 'name' ? candidate.subject : keyHash(candidate));
}

// What path validation asks of a leaf directly under the issuer, with the purpose of a responder.
function responderProblem(responder: Certificate, issuer: Certificate, now: number): string | undefined {
  const who = describeCertificate(responder);
  if (!equal(responder.issuer, issuer.subject)) return `${who} is issued by another authority`;
  const problem = signatureProblem(responder, issuer);
  if (problem !== undefined) return `${who} is not issued by ${describeCertificate(issuer)}: ${problem}`;
  if (!responder.extendedKeyUsage?.includes(OCSP_SIGNING)) return `${who} is not for OCSP signing (extended key usage)`;
  if (responder.keyUsage !== undefined && (responder.keyUsage & (KEY_USAGE.digitalSignature | KEY_USAGE.contentCommitment)) === 0)
    return `${who} may not make digital signatures (key usage)`;
  const critical = unknownCritical(responder.extensions, KNOWN_OF_RESPONDER);
  if (critical !== undefined) return `${who} has the critical extension ${critical}, which Assay does not process`;
  if (now < responder.notBefore || now > responder.notAfter)
    return `${who} is valid from ${utc(responder.notBefore)} to ${utc(responder.notAfter)} only`;
  return undefined;
}

/** What an answer, whoever signed it, says about a certificate (RFC 6960 §3.2). Throws `revocation-invalid` when it is not about it, or not now. */
export function judgeAnswer(name: string, answer: OcspAnswer, subject: Subject): Finding {
  const unknownIn = unknownCritical(answer.extensions, KNOWN);
  if (unknownIn !== undefined) throw invalid(`it has the critical extension ${unknownIn}, which Assay does not process`);
  if (answer.producedAt > subject.now + LIMITS.revocationSkewMs) throw invalid(`it is of the future (${utc(answer.producedAt)})`);
  const mine = answer.singles.filter((single) => namesCertificate(single.id, subject.certificate, subject.issuer));
  if (mine.length === 0) throw invalid('it is about another certificate');
  const findings = mine.map((single) => judgeSingle(name, single, subject.now));
  return (['revoked', 'unknown', 'good'] as const).flatMap((status) => findings.filter((f) => f.status === status))[0] as Finding;
}

function judgeSingle(name: string, single: SingleAnswer, now: number): Finding {
  const { thisUpdate, nextUpdate, status, revokedAt = 0, reason = 0 } = single;
  const critical = unknownCritical(single.extensions, KNOWN);
  if (critical !== undefined) throw invalid(`it has the critical extension ${critical}, which Assay does not process`);
  if (thisUpdate > now + LIMITS.revocationSkewMs) throw invalid(`it is of the future (${utc(thisUpdate)})`);
  // Without an end it could be replayed for ever, as there is no nonce.
  if (nextUpdate === undefined) throw invalid('it does not say until when it holds');
  if (now > nextUpdate) throw invalid(`it held until ${utc(nextUpdate)}`);
  if (status === 'unknown') return unknown(`${name}: the responder does not know the certificate`);
  if (status === 'good') return { status, reason: `the responder ${name} says at ${utc(thisUpdate)} that it is good`, until: nextUpdate };
  const since = single.extensions.get(LIST_EXTENSION.invalidityDate);
  return {
    status,
    reason: `revoked at ${utc(revokedAt)} (${reasonText(reason)}), says the responder ${name}`,
    until: nextUpdate,
    revokedAt,
    invalidSince: since === undefined ? undefined : parsed('OCSP answer', () => readInvalidity(since.value)),
  };
}
