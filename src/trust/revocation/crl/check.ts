import { isAssayError, messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { ALL_REASONS, type Certificate, type DistributionPoint, EXTENSION, parseDistributionPoints } from '../../x509/index.ts';
import { type Finding, unknown } from '../finding.ts';
import { invalid } from '../invalid.ts';
import { isHttp, type NamedList, type Question } from '../question.ts';
import { judgeLists } from './judge.ts';
import { type RevocationList, revocationListOf } from './list.ts';
import { outOfScope, reasonsOf } from './scope.ts';
import { foreignList, staleList, unfitDelta } from './usable.ts';

/** What a list says, and for which reasons it speaks. */
interface Said {
  readonly finding: Finding;
  readonly reasons: number;
}

/** Where a certificate's lists are; none when it does not say. Throws `certificate-invalid` | `der-invalid`. */
export function distributionPoints(certificate: Certificate): readonly DistributionPoint[] {
  const extension = certificate.extensions.get(EXTENSION.crlDistributionPoints);
  return extension === undefined ? [] : parseDistributionPoints(extension.value);
}

/**
 * What the lists at hand say about a certificate; `undefined` when none is by its issuer. Of the lists of one scope the newest counts, and a
 * revocation for good in an older one.
 */
export async function checkListsAtHand(question: Question): Promise<Finding | undefined> {
  const { certificate, issuer, now } = question;
  const points = distributionPoints(certificate);
  const scopes = new Map<string, NamedList[]>();
  const problems: string[] = [];
  for (const { name, list } of question.lists) {
    const problem = foreignList(list, issuer) ?? (list.baseNumber === undefined ? outOfScope(list.scope, certificate, points) : undefined);
    if (problem !== undefined) problems.push(`${name}: ${problem}`);
    else if (list.baseNumber === undefined) scopes.set(list.scope.id, [...(scopes.get(list.scope.id) ?? []), { name, list }]);
  }
  if (question.lists.length === 0) return undefined;
  const said: Said[] = [];
  for (const lists of scopes.values()) {
    const [newest, ...older] = lists.sort((a, b) => b.list.thisUpdate - a.list.thisUpdate);
    if (newest === undefined) continue;
    said.push({ finding: await judgeOne(newest.name, newest.list, question), reasons: reasonsOf(newest.list.scope, points) });
    for (const { name, list } of older) {
      const finding = judgeLists({ name, base: list, missing: `${name}: there is a newer list` }, certificate, now);
      if (finding.status === 'revoked') said.push({ finding, reasons: 0 });
    }
  }
  return summary(said, problems);
}

/** What the lists at the certificate's own addresses say: every point that has an http address has to answer. */
export async function checkListsAtAddresses(question: Question): Promise<Finding> {
  const points = distributionPoints(question.certificate);
  const asked = points.map((point) => ({ point, urls: point.uris.filter(isHttp) })).filter(({ urls }) => urls.length > 0);
  if (asked.length === 0) return unknown('the certificate names no http address of a revocation list');
  if (asked.reduce((sum, { urls }) => sum + urls.length, 0) > LIMITS.revocationAddresses)
    return unknown(`the certificate names more than ${LIMITS.revocationAddresses} addresses of revocation lists`);
  return summary(await Promise.all(asked.map(({ point, urls }) => askPoint(point, urls, question))), []);
}

// The addresses of one point are ways to the same list: the first that gives an answer is enough.
async function askPoint(point: DistributionPoint, urls: readonly string[], question: Question): Promise<Said> {
  if (point.otherIssuer)
    return { finding: unknown(`${urls[0]}: it is an indirect list (of another issuer), which Assay does not use`), reasons: 0 };
  const problems: string[] = [];
  for (const url of urls) {
    const said = await attempt(url, question, async () => {
      const list = await listAt(url, question);
      if (list.baseNumber !== undefined) throw invalid('it is only a delta');
      const problem = outOfScope(list.scope, question.certificate, [point]);
      if (problem !== undefined) throw invalid(problem);
      return { finding: await judgeOne(url, list, question), reasons: reasonsOf(list.scope, [point]) & point.reasons };
    });
    if (said.finding.status !== 'unknown') return said;
    problems.push(said.finding.reason);
  }
  return { finding: unknown(problems.join('; ')), reasons: 0 };
}

async function attempt(name: string, { signal }: Question, ask: () => Promise<Said>): Promise<Said> {
  try {
    return await ask();
  } catch (error) {
    if (isAssayError(error, 'cancelled') || signal?.aborted) throw error;
    return { finding: unknown(`${name}: ${messageOf(error)}`), reasons: 0 };
  }
}

// The issuer's list at an address, perhaps superseded. Kept only when it is neither forged nor superseded: one forgery would else stay.
async function listAt(url: string, { source, cache, issuer, now, signal }: Question): Promise<RevocationList> {
  const kept = cache?.list(url, now);
  if (kept !== undefined && foreignList(kept, issuer) === undefined) return kept;
  const list = revocationListOf(await source.crl(url, signal));
  const problem = foreignList(list, issuer);
  if (problem !== undefined) throw invalid(problem);
  if (staleList(list, now) === undefined) cache?.keepList(url, list);
  return list;
}

async function judgeOne(name: string, base: RevocationList, question: Question): Promise<Finding> {
  try {
    return judgeLists({ name, base, ...(await deltaFor(base, question)) }, question.certificate, question.now);
  } catch (error) {
    if (isAssayError(error, 'cancelled') || question.signal?.aborted) throw error;
    return unknown(`${name}: ${messageOf(error)}`);
  }
}

interface Delta {
  readonly delta?: NamedList;
  readonly missing?: string;
}

/** The delta to a list: one at hand, else from the first address of the list, or of the certificate, that has one. */
async function deltaFor(base: RevocationList, question: Question): Promise<Delta> {
  const { certificate, issuer, now } = question;
  const fits = (list: RevocationList): string | undefined => foreignList(list, issuer) ?? staleList(list, now) ?? unfitDelta(list, base);
  const ours = question.lists
    .filter(({ list }) => list.baseNumber !== undefined && fits(list) === undefined)
    .sort((a, b) => b.list.thisUpdate - a.list.thisUpdate);
  if (ours[0] !== undefined) return { delta: ours[0] };
  const own = certificate.extensions.get(EXTENSION.freshestCrl);
  const points = base.freshest.length > 0 || own === undefined ? base.freshest : parseDistributionPoints(own.value);
  if (points.length === 0) return {};
  const problems: string[] = [];
  for (const url of points.flatMap(({ uris }) => uris.filter(isHttp)).slice(0, LIMITS.revocationAddresses)) {
    try {
      const list = await listAt(url, question);
      const problem = fits(list);
      if (problem === undefined) return { delta: { name: url, list } };
      problems.push(`${url}: ${problem}`);
    } catch (error) {
      if (isAssayError(error, 'cancelled') || question.signal?.aborted) throw error;
      problems.push(`${url}: ${messageOf(error)}`);
    }
  }
  return { missing: `there is no delta to the list: ${problems.length === 0 ? 'it has no http address' : problems.join('; ')}` };
}

// One revocation is enough; that there is none has to be said by everyone, and for all reasons.
function summary(said: readonly Said[], problems: readonly string[]): Finding {
  const revoked = said.find(({ finding }) => finding.status === 'revoked');
  if (revoked !== undefined) return revoked.finding;
  const open = said.flatMap(({ finding }) => (finding.status === 'unknown' ? [finding.reason] : []));
  const [first, ...rest] = said.flatMap(({ finding }) => (finding.status === 'good' ? [finding] : []));
  if (open.length > 0 || first === undefined) return unknown([...open, ...problems].join('; '));
  if ((said.reduce((mask, { reasons }) => mask | reasons, 0) & ALL_REASONS) !== ALL_REASONS)
    return unknown(`${first.reason}, and the lists do not cover all reasons of revocation`);
  return { ...first, until: Math.min(first.until, ...rest.map(({ until }) => until)) };
}
