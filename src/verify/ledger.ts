import { AssayError, ERROR_GROUPS, messageOf } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { fail, pass, unknown } from './check.ts';
import type { ConditionResult, ConditionSubject } from './condition.ts';
import type { LocatedEvidence } from './gather.ts';
import type { Check, Evidence, Outcome } from './report.ts';
import type { Facts, VerificationSubject, WantedEvidence } from './request.ts';
import { type EvidenceLeaf, type JudgedRequirement, leavesOf, partsOf, type Requirement } from './requirement.ts';
import { questionNames } from './same-question.ts';
import { judge, type Verdict, worst } from './verdict.ts';
import { type Findings, verifyEvidence } from './verifier.ts';
import { isWanted } from './wanted.ts';

/** What every verification of a subject is given. */
export interface LedgerRequest {
  readonly subject: VerificationSubject;
  readonly requirement: Requirement;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly facts?: Facts;
  readonly signal?: AbortSignal;
}

/** What the findings come to. */
export interface Closed {
  readonly outcome: Outcome;
  /** Whether the requirement is met: what a policy waves through may be met and not verified. */
  readonly met: boolean;
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  /** Evidence beyond `LIMITS.reportedEvidence`, by outcome. */
  readonly unlisted: ReadonlyMap<Outcome, number>;
}

/** Collects findings by leaf. What is not verified is kept up to the bound of a report, and beyond it only counted. */
export interface Ledger {
  readonly leaves: readonly EvidenceLeaf[];
  /** Verifies a piece against the leaves (default: all). */
  readonly add: (evidence: LocatedEvidence, leaves?: readonly EvidenceLeaf[]) => Promise<void>;
  /** Notes findings that were made elsewhere. */
  readonly note: (leaf: EvidenceLeaf, findings: Findings, located: Pick<LocatedEvidence, 'digest' | 'found'>) => Promise<void>;
  /** How things stand; conditions on the judgement are asked at the end only. */
  readonly met: () => boolean;
  readonly close: (errors: readonly AssayError[]) => Promise<Closed>;
}

/** A ledger of a request. */
export function createLedger(request: LedgerRequest): Ledger {
  const { requirement } = request;
  const leaves = leavesOf(requirement);
  const questions = questionNames(leaves);
  const byLeaf = new Map<EvidenceLeaf, Findings[]>(leaves.map((l) => [l, []]));
  const evidence: Evidence[] = [];
  const unlisted = new Map<Outcome, number>();
  const verified = new Set<string>();
  const found = (leaf: EvidenceLeaf): readonly Findings[] => byLeaf.get(leaf) ?? [];
  // Asked after every piece, of which most, where they are a crowd, change nothing.
  let met: boolean | undefined;
  const keep = (leaf: EvidenceLeaf, findings: Findings): void => {
    if (note(byLeaf.get(leaf) ?? [], findings)) met = undefined;
  };
  const show = (shown: Findings, located: Pick<LocatedEvidence, 'digest' | 'found'>): void => {
    const fresh = shown.outcome === 'verified' && !verified.has(shown.id);
    if (fresh) verified.add(shown.id);
    if (evidence.length < LIMITS.reportedEvidence || fresh) evidence.push(evidenceOf(shown, located));
    else unlisted.set(shown.outcome, (unlisted.get(shown.outcome) ?? 0) + 1);
  };
  return {
    leaves,
    met() {
      met ??= judge(requirement, { found }).met;
      return met;
    },
    async add(located, some = leaves) {
      const made: Findings[] = [];
      const answers = new Map<unknown, Findings | undefined>();
      for (const leaf of some) {
        const question = questions.get(leaf) ?? leaf;
        const findings = answers.has(question) ? answers.get(question) : await findingsOf(located, leaf, request);
        answers.set(question, findings);
        if (findings === undefined) continue;
        const judged = await withConditions(findings, leaf, request);
        made.push(judged);
        keep(leaf, judged);
      }
      const shown = made.find((f) => f.outcome === 'verified') ?? made[0];
      if (shown !== undefined) show(shown, located);
    },
    async note(leaf, findings, located) {
      const judged = await withConditions(findings, leaf, request);
      keep(leaf, judged);
      show(judged, located);
    },
    async close(errors) {
      const said = new Map<JudgedRequirement, ReadonlyMap<string, ConditionResult>>();
      const known = { found, complete: errors.length === 0, said: (j: JudgedRequirement) => said.get(j) };
      for (const judged of innermostFirst(requirement)) {
        const inner = judge(judged.of, known);
        if (inner.met) said.set(judged, await askJudgement(judged, inner, request.signal));
      }
      const verdict = judge(requirement, known);
      // Whatever could not be read might have met the requirement, or be the kind that "unsigned" denies.
      const outcome = verdict.met ? verdict.outcome : errors.length > 0 ? 'inconclusive' : verdict.outcome;
      return { outcome, met: verdict.met, verdict, evidence: evidence.sort(byOutcome), unlisted };
    },
  };
}

function innermostFirst(requirement: Requirement): readonly JudgedRequirement[] {
  const below = partsOf(requirement).flatMap(innermostFirst);
  return requirement.kind === 'judged' ? [...below, requirement] : below;
}

async function askJudgement(
  judged: JudgedRequirement,
  inner: Verdict,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, ConditionResult>> {
  const results = judged.conditions.map(async (c) => [c.name, await settled(() => c.evaluate(inner, signal))] as const);
  return new Map(await Promise.all(results));
}

/** Adds what the leaf's conditions say of a verified piece: no is `denied`, no answer `inconclusive`. */
async function withConditions(findings: Findings, leaf: EvidenceLeaf, request: LedgerRequest): Promise<Findings> {
  if (findings.outcome !== 'verified' || leaf.conditions === undefined || leaf.conditions.length === 0) return findings;
  const asked: ConditionSubject = {
    findings,
    now: request.now,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
  const checks = await Promise.all(leaf.conditions.map(async (c) => conditionCheck(c.name, await settled(() => c.evaluate(asked)))));
  const worstResult = checks.some((c) => c.result === 'fail')
    ? 'denied'
    : checks.some((c) => c.result !== 'pass')
      ? 'inconclusive'
      : 'verified';
  const all = [...findings.checks, ...checks];
  return worstResult === 'verified'
    ? { ...findings, checks: all }
    : { ...findings, outcome: worstResult, checks: all, payload: undefined, authorities: [] };
}

async function settled(ask: () => Promise<ConditionResult>): Promise<ConditionResult> {
  try {
    return await ask();
  } catch (error) {
    return { result: 'inconclusive', reason: messageOf(error) };
  }
}

function conditionCheck(name: string, said: ConditionResult): Check {
  const warning = 'warning' in said && said.warning !== undefined ? ` (warning: ${said.warning})` : '';
  if (said.result === 'pass') return pass('condition', `${name}: ${said.reason ?? 'holds'}${warning}`);
  return said.result === 'fail'
    ? fail('condition', 'denied', `${name}: ${said.reason}${warning}`)
    : unknown('condition', `${name}: ${said.reason}`);
}

// One finding of each outcome is enough to judge what is not verified, and one of each signer and content what is: neither a crowd of
// strangers nor one good piece in a thousand wrappings costs memory. Which one stays does not depend on which came first, so that reasons do not either.
// Answers whether the list says something new: one that takes the place of another of its outcome decides nothing else.
function note(list: Findings[], findings: Findings): boolean {
  const known = list.findIndex((f) => f.outcome === findings.outcome && (f.outcome !== 'verified' || sameProof(f, findings)));
  const kept = list[known];
  if (kept === undefined) return list.push(findings) > 0;
  if (findings.outcome !== 'verified' && findings.id < kept.id) list[known] = findings;
  return false;
}

function sameProof(a: Findings, b: Findings): boolean {
  return a.id === b.id && a.signer?.issuer === b.signer?.issuer && a.signer?.subject === b.signer?.subject;
}

function byOutcome(a: Evidence, b: Evidence): number {
  if (a.outcome === b.outcome) return 0;
  if (a.outcome === 'verified') return -1;
  if (b.outcome === 'verified') return 1;
  return worst([a.outcome, b.outcome]) === a.outcome ? -1 : 1;
}

async function findingsOf(located: LocatedEvidence, leaf: EvidenceLeaf, request: LedgerRequest): Promise<Findings | undefined> {
  const { content } = located;
  if (leaf.wanted.kind === 'artifact') return undefined;
  if (leaf.formats !== undefined && !leaf.formats.includes(located.format)) return undefined;
  if (content instanceof AssayError) return storedAsOther(located, leaf.wanted) ? undefined : unreadable(located, content, leaf.wanted);
  if (!isWanted(content, leaf.wanted)) return undefined;
  return verifyEvidence(content, {
    subject: request.subject,
    wanted: leaf.wanted,
    authorities: leaf.authorities,
    trust: leaf.trust,
    demands: leaf.demands,
    now: request.now,
    ...(request.facts === undefined ? {} : { facts: request.facts }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}

function storedAsOther(located: LocatedEvidence, wanted: WantedEvidence): boolean {
  return located.storedAs !== undefined && wanted.kind !== 'any' && located.storedAs !== wanted.kind;
}

/** Evidence that could not be decoded is invalid; evidence that could not be had or is beyond a bound is inconclusive. */
function unreadable(located: LocatedEvidence, error: AssayError, wanted: WantedEvidence): Findings {
  const outcome = ERROR_GROUPS[error.code] === 'evidence-invalid' ? 'invalid' : 'inconclusive';
  const check = outcome === 'invalid' ? fail('form', 'invalid', error.message) : unknown('content', error.message);
  return {
    id: '',
    kind: wanted.kind === 'signature' || wanted.kind === 'attestation' ? wanted.kind : (located.storedAs ?? 'signature'),
    format: located.format,
    outcome,
    signer: undefined,
    claims: { certificate: new Map(), builder: new Map() },
    predicateType: undefined,
    times: [],
    log: [],
    checks: [check],
    payload: undefined,
    authorities: [],
    statement: undefined,
  };
}

function evidenceOf(findings: Findings, located: Pick<LocatedEvidence, 'digest' | 'found'>): Evidence {
  const { authorities: _authorities, statement: _statement, ...rest } = findings;
  return { ...rest, digest: located.digest, found: located.found };
}
