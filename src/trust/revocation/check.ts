import { equal } from '../../bytes/index.ts';
import { AssayError, isAssayError, messageOf } from '../../errors.ts';
import { abortError } from '../../oci/abort.ts';
import { type Certificate, describeCertificate, EXTENSION, ocspAddresses } from '../x509/index.ts';
import type { RevocationCache } from './cache.ts';
import { checkListsAtAddresses, checkListsAtHand } from './crl/check.ts';
import { revocationListOf } from './crl/list.ts';
import { type Finding, type Named, unknown, utc } from './finding.ts';
import { askResponders, readAnswersAtHand } from './ocsp/check.ts';
import type { NamedList, Question } from './question.ts';
import type { RevocationSource } from './source/source.ts';

/** How one certificate stands. Whether `unknown` is accepted is the caller's policy. */
export interface CertificateRevocation {
  readonly certificate: Certificate;
  /** `not-revocable`: it names neither a responder nor a list, or it is the root. */
  readonly status: 'good' | 'revoked' | 'unknown' | 'not-revocable';
  /** In words, with the server or file that said it and, where nothing is known, what was wrong with each. */
  readonly reason: string;
  /** When it was revoked. */
  readonly at?: Date;
}

/** What `checkRevocation` is told. */
export interface RevocationOptions {
  readonly source: RevocationSource;
  /** Milliseconds since 1970. */
  readonly now: number;
  /**
   * The proven time of the signature, in milliseconds since 1970. A revocation that states a later invalidity date does not count then;
   * the time of the revocation itself makes no difference (Notary Project, "Certificate Revocation Evaluation").
   */
  readonly signedAt?: number;
  readonly cache?: RevocationCache;
  readonly signal?: AbortSignal;
}

/**
 * Whether the certificates of a chain (leaf first, ending with the root; already verified as a path) are revoked: all but the root, at the same
 * time. For each: what is at hand, then its OCSP responders (RFC 6960), then its lists (RFC 5280 §6.3). Whatever is not said by the issuer,
 * about this certificate, now, is `unknown`. The results are in the chain's order. Throws
 * only when the signal ends the work: its own error, `registry-timeout` or `cancelled`.
 */
export function checkRevocation(chain: readonly Certificate[], options: RevocationOptions): Promise<readonly CertificateRevocation[]> {
  return Promise.all(
    chain.map(async (certificate, i): Promise<CertificateRevocation> => {
      const issuer = chain[i + 1];
      if (issuer === undefined)
        return { certificate, status: 'not-revocable', reason: 'it is the root of the chain, which is trusted by itself' };
      return checkOne(certificate, issuer, options);
    }),
  );
}

async function checkOne(certificate: Certificate, issuer: Certificate, options: RevocationOptions): Promise<CertificateRevocation> {
  if (!equal(certificate.issuer, issuer.subject))
    return { certificate, status: 'unknown', reason: `the certificate after it is not its issuer's but ${describeCertificate(issuer)}` };
  try {
    const kept = options.cache?.finding(certificate, issuer, options.now);
    const finding = kept ?? (await find(certificate, issuer, options));
    if (finding === undefined)
      return { certificate, status: 'not-revocable', reason: 'it names neither an OCSP responder nor a revocation list' };
    if (kept === undefined) options.cache?.keepFinding(certificate, issuer, finding);
    return { certificate, ...statusOf(finding, options) };
  } catch (error) {
    if (isAssayError(error, 'cancelled')) throw error;
    if (options.signal?.aborted) throw abortError(options.signal, 'revocation servers');
    return { certificate, status: 'unknown', reason: messageOf(error) };
  }
}

// Notary Project, "Revocation Checking with CRL", step 3: signatures from before the invalidity date stay good.
function statusOf(finding: Finding, { now, signedAt }: RevocationOptions): Omit<CertificateRevocation, 'certificate'> {
  if (finding.status !== 'revoked') return { status: finding.status, reason: finding.reason };
  const { reason, revokedAt, invalidSince, until } = finding;
  const at = new Date(revokedAt);
  if (signedAt === undefined || invalidSince === undefined || signedAt >= invalidSince) return { status: 'revoked', reason, at };
  const since = `${reason}, for signatures since ${utc(invalidSince)}`;
  if (now > until) return { status: 'unknown', reason: `${since}, which is no longer the newest that there is to know`, at };
  return { status: 'good', reason: `${since}; this one is of ${utc(signedAt)}`, at };
}

/** What is known; `undefined` when nothing is at hand and the certificate names no place to ask at. */
async function find(certificate: Certificate, issuer: Certificate, options: RevocationOptions): Promise<Finding | undefined> {
  const { source, now, cache, signal } = options;
  const problems: string[] = [];
  const hand = (await source.atHand?.(certificate, issuer)) ?? { lists: [], answers: [] };
  const question: Question = { certificate, issuer, now, source, cache, signal, lists: parseLists(hand.lists, problems) };
  const ways = [() => findAtHand(hand.answers, question)];
  if (ocspAddresses(certificate).length > 0) ways.push(() => askResponders(question, findByLists));
  if (certificate.extensions.has(EXTENSION.crlDistributionPoints)) ways.push(() => checkListsAtAddresses(question));
  return firstKnown(ways, problems);
}

// A revocation in any file counts, whatever another one says.
async function findAtHand(answers: readonly Named[], question: Question): Promise<Finding | undefined> {
  const found = await Promise.all([readAnswersAtHand(answers, question, findByLists), checkListsAtHand(question)]);
  for (const status of ['revoked', 'good'] as const) {
    const finding = found.find((f) => f?.status === status);
    if (finding !== undefined) return finding;
  }
  const reasons = found.flatMap((f) => (f === undefined ? [] : [f.reason]));
  return reasons.length === 0 ? undefined : unknown(reasons.join('; '));
}

// A responder's certificate is judged by lists alone: asking it about itself would prove nothing.
async function findByLists(question: Question): Promise<Finding> {
  const hand = await question.source.atHand?.(question.certificate, question.issuer);
  const problems: string[] = [];
  const own = { ...question, lists: parseLists(hand?.lists ?? [], problems) };
  const found = await firstKnown([() => checkListsAtHand(own), () => checkListsAtAddresses(own)], problems);
  return found ?? unknown('there is no revocation list');
}

async function firstKnown(ways: readonly (() => Promise<Finding | undefined>)[], problems: string[]): Promise<Finding | undefined> {
  for (const ask of ways) {
    const finding = await ask();
    if (finding !== undefined && finding.status !== 'unknown') return finding;
    if (finding !== undefined) problems.push(finding.reason);
  }
  return problems.length === 0 ? undefined : unknown(problems.join('; '));
}

function parseLists(lists: readonly Named[], problems: string[]): readonly NamedList[] {
  return lists.flatMap(({ name, bytes }) => {
    try {
      return [{ name, list: revocationListOf(bytes) }];
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      problems.push(`${name}: ${error.message}`);
      return [];
    }
  });
}
