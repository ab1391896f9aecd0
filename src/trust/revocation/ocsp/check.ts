import { isAssayError, messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { type Certificate, describeCertificate, EXTENSION, ocspAddresses } from '../../x509/index.ts';
import { type Finding, type Named, unknown } from '../finding.ts';
import { invalid } from '../invalid.ts';
import { type AskLists, isHttp, type Question } from '../question.ts';
import { parseOcspAnswer } from './answer.ts';
import { ocspRequest } from './certificate-id.ts';
import { judgeAnswer, signerOf } from './judge.ts';

/** What the responders that a certificate names say, the first one that says anything (RFC 6960). */
export async function askResponders(question: Question, askLists: AskLists): Promise<Finding> {
  const urls = ocspAddresses(question.certificate).filter(isHttp);
  if (urls.length === 0) return unknown('the certificate names no http address of an OCSP responder');
  if (urls.length > LIMITS.revocationAddresses)
    return unknown(`the certificate names more than ${LIMITS.revocationAddresses} OCSP responders`);
  const request = ocspRequest(question.certificate, question.issuer);
  const problems: string[] = [];
  for (const url of urls) {
    const finding = await attempt(url, question, async () => {
      const bytes = await question.source.ocsp(url, request, question.signal);
      return readAnswer({ name: url, bytes }, question, askLists);
    });
    if (finding.status !== 'unknown') return finding;
    problems.push(finding.reason);
  }
  return unknown(problems.join('; '));
}

/** What the answers at hand say: a revocation in any of them, else the first that holds. `undefined` when there is none. */
export async function readAnswersAtHand(answers: readonly Named[], question: Question, askLists: AskLists): Promise<Finding | undefined> {
  if (answers.length === 0) return undefined;
  const findings = await Promise.all(answers.map((answer) => attempt(answer.name, question, () => readAnswer(answer, question, askLists))));
  return (
    findings.find(({ status }) => status === 'revoked') ??
    findings.find(({ status }) => status === 'good') ??
    unknown(findings.map(({ reason }) => reason).join('; '))
  );
}

async function attempt(name: string, { signal }: Question, ask: () => Promise<Finding>): Promise<Finding> {
  try {
    return await ask();
  } catch (error) {
    if (isAssayError(error, 'cancelled') || signal?.aborted) throw error;
    return unknown(`${name}: ${messageOf(error)}`);
  }
}

async function readAnswer({ name, bytes }: Named, question: Question, askLists: AskLists): Promise<Finding> {
  const answer = parseOcspAnswer(bytes);
  const signer = signerOf(answer, question);
  const finding = judgeAnswer(name, answer, question);
  if (signer !== question.issuer) await checkResponder(signer, question, askLists);
  return finding;
}

// A responder whose certificate says nothing about revocation is as any other certificate that does not; RFC 6960 §4.2.2.2.1 leaves it to us.
async function checkResponder(responder: Certificate, question: Question, askLists: AskLists): Promise<void> {
  const { extensions } = responder;
  if (extensions.has(EXTENSION.ocspNoCheck)) return;
  if (!extensions.has(EXTENSION.crlDistributionPoints) && ocspAddresses(responder).length === 0) return;
  const finding = await askLists({ ...question, certificate: responder });
  if (finding.status !== 'good') throw invalid(`the responder's own ${describeCertificate(responder)}: ${finding.reason}`);
}
