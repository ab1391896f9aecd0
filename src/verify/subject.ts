import { AssayError, ERROR_GROUPS } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Digest } from '../oci/digest.ts';
import type { Store } from '../oci/store.ts';
import { fail, unknown } from './check.ts';
import { gather, type LocatedEvidence } from './gather.ts';
import type { Evidence, Outcome } from './report.ts';
import type { VerificationSubject, WantedEvidence } from './request.ts';
import { type EvidenceLeaf, judge, leavesOf, type Requirement, worst } from './requirement.ts';
import type { SourceAnswer } from './sources.ts';
import { type Findings, verifyEvidence } from './verifier.ts';
import { isWanted } from './wanted.ts';

/** A question about one subject in one or more stores. */
export interface SubjectRequest {
  readonly stores: readonly Store[];
  readonly digest: Digest;
  readonly subject: VerificationSubject;
  readonly requirement: Requirement;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal;
  /** Bound in bytes of one piece of evidence; default `LIMITS.evidenceBytes`. */
  readonly maxEvidenceBytes?: number;
  /** Called once, when what was found meets the requirement; more may still be read, for the report. */
  readonly onMet?: () => void;
}

/** The answer about one subject. */
export interface SubjectVerdict {
  readonly outcome: Outcome;
  readonly evidence: readonly Evidence[];
  /** Evidence beyond `LIMITS.reportedEvidence`, by outcome. */
  readonly unlisted: ReadonlyMap<Outcome, number>;
  readonly sources: readonly SourceAnswer[];
  readonly errors: readonly AssayError[];
  readonly unread: number;
}

/** Finds all evidence of a subject, verifies each piece against every leaf of the requirement, and judges. */
export async function verifySubject(request: SubjectRequest): Promise<SubjectVerdict> {
  const ledger = createLedger(request.requirement);
  const [predicateType] = ledger.leaves.flatMap((l) =>
    l.wanted.kind === 'attestation' && l.wanted.predicateType !== undefined ? [l.wanted.predicateType.uri] : [],
  );
  let met = false;
  const gathered = await gather({
    stores: request.stores,
    subject: request.digest,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.maxEvidenceBytes === undefined ? {} : { maxEvidenceBytes: request.maxEvidenceBytes }),
    ...(predicateType === undefined ? {} : { predicateType }),
    async onEvidence(evidence) {
      await ledger.add(evidence, request);
      if (met || !ledger.verdict().met) return;
      met = true;
      request.onMet?.();
    },
    enough: () => ledger.verdict().met,
  });
  const errors = [...gathered.sources.flatMap((s) => (s.error === undefined ? [] : [s.error])), ...gathered.errors];
  return { ...ledger.close(errors), sources: gathered.sources, errors, unread: gathered.unread };
}

/** Verifies evidence that is at hand, such as a bundle file, against a requirement. */
export async function verifyLocated(
  list: readonly LocatedEvidence[],
  request: Omit<SubjectRequest, 'stores' | 'digest'>,
): Promise<SubjectVerdict> {
  const ledger = createLedger(request.requirement);
  for (const evidence of list) await ledger.add(evidence, request);
  return { ...ledger.close([]), sources: [], errors: [], unread: 0 };
}

interface Ledger {
  readonly leaves: readonly EvidenceLeaf[];
  readonly add: (evidence: LocatedEvidence, request: Pick<SubjectRequest, 'subject' | 'now'>) => Promise<void>;
  readonly verdict: () => { readonly met: boolean; readonly outcome: Outcome };
  readonly close: (errors: readonly AssayError[]) => Pick<SubjectVerdict, 'outcome' | 'evidence' | 'unlisted'>;
}

/** Collects findings by leaf. What is not verified is kept up to the bound of a report, and beyond it only counted. */
function createLedger(requirement: Requirement): Ledger {
  const leaves = leavesOf(requirement);
  const byLeaf = new Map<EvidenceLeaf, Findings[]>(leaves.map((l) => [l, []]));
  const evidence: Evidence[] = [];
  const unlisted = new Map<Outcome, number>();
  const verified = new Set<string>();
  const verdict = (): { met: boolean; outcome: Outcome } => judge(requirement, (leaf) => byLeaf.get(leaf) ?? []);
  return {
    leaves,
    verdict,
    async add(located, { subject, now }) {
      const best: Findings[] = [];
      for (const leaf of leaves) {
        const findings = await findingsOf(located, leaf, subject, now);
        if (findings === undefined) continue;
        best.push(findings);
        note(byLeaf.get(leaf) ?? [], findings);
      }
      const shown = best.find((f) => f.outcome === 'verified') ?? best[0];
      if (shown === undefined) return;
      const fresh = shown.outcome === 'verified' && !verified.has(shown.id);
      if (fresh) verified.add(shown.id);
      if (evidence.length < LIMITS.reportedEvidence || fresh) evidence.push(evidenceOf(shown, located));
      else unlisted.set(shown.outcome, (unlisted.get(shown.outcome) ?? 0) + 1);
    },
    close(errors) {
      const { met, outcome } = verdict();
      // Whatever could not be read might have met the requirement, or be the kind that "unsigned" denies.
      const final = met ? 'verified' : errors.length > 0 ? 'inconclusive' : outcome;
      return { outcome: final, evidence: evidence.sort(byOutcome), unlisted };
    },
  };
}

// One finding of each outcome is enough to judge what is not verified, and one of each signer and content what is: neither a crowd of
// strangers nor one good piece in a thousand wrappings costs memory.
function note(list: Findings[], findings: Findings): void {
  if (!list.some((f) => f.outcome === findings.outcome && (f.outcome !== 'verified' || sameProof(f, findings)))) list.push(findings);
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

async function findingsOf(
  located: LocatedEvidence,
  leaf: EvidenceLeaf,
  subject: VerificationSubject,
  now: number,
): Promise<Findings | undefined> {
  const { content } = located;
  if (content instanceof AssayError) return storedAsOther(located, leaf.wanted) ? undefined : unreadable(located, content, leaf.wanted);
  if (!isWanted(content, leaf.wanted)) return undefined;
  return verifyEvidence(content, {
    subject,
    wanted: leaf.wanted,
    authorities: leaf.authorities,
    trust: leaf.trust,
    demands: leaf.demands,
    now,
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
    kind: wanted.kind === 'any' ? (located.storedAs ?? 'signature') : wanted.kind,
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

function evidenceOf(findings: Findings, located: LocatedEvidence): Evidence {
  const { authorities: _authorities, statement: _statement, ...rest } = findings;
  return { ...rest, digest: located.digest, found: located.found };
}
