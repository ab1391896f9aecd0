import { type AssayError, toAssayError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { SignatureSource } from '../oci/lookaside/index.ts';
import type { Store } from '../oci/store.ts';
import { type Gathered, gather, type LocatedEvidence } from './gather.ts';
import { type Closed, createLedger, type Ledger, type LedgerRequest } from './ledger.ts';
import type { EvidenceLeaf, EvidenceSource } from './requirement.ts';
import type { SourceAnswer } from './sources.ts';

/** A question about one subject in one or more stores. */
export interface SubjectRequest extends LedgerRequest {
  /** Where evidence is looked for, unless a leaf names a source of its own. */
  readonly stores: readonly Store[];
  /** The stores of a source that a leaf names; absent where no requirement has any. */
  readonly storesOf?: (source: EvidenceSource) => Promise<readonly Store[]>;
  /** Where simple signatures are kept besides; asked only where an OpenPGP key may satisfy a leaf. */
  readonly signatureSources?: readonly SignatureSource[];
  readonly digest: Digest;
  /** Bound in bytes of one piece of evidence; default `LIMITS.evidenceBytes`. */
  readonly maxEvidenceBytes?: number;
  /** Called once, when what was found meets the requirement; more may still be read, for the report. */
  readonly onMet?: () => void;
}

/** The answer about one subject. */
export interface SubjectVerdict extends Closed {
  readonly sources: readonly SourceAnswer[];
  readonly errors: readonly AssayError[];
  readonly unread: number;
}

/** Finds all evidence of a subject, verifies each piece against every leaf of the requirement, and judges. */
export async function verifySubject(request: SubjectRequest): Promise<SubjectVerdict> {
  const ledger = createLedger(request);
  let met = false;
  const onEvidence = async (evidence: LocatedEvidence, leaves: readonly EvidenceLeaf[]): Promise<void> => {
    await ledger.add(evidence, leaves);
    if (met || !ledger.met()) return;
    met = true;
    request.onMet?.();
  };
  const [gathered, kept] = await Promise.all([
    Promise.all([...bySource(ledger)].map(([source, leaves]) => gatherFrom(source, leaves, ledger, onEvidence, request))),
    Promise.all(keptSources(ledger, request).map((source) => keptFrom(source, ledger, onEvidence, request))),
  ]);
  const artifacts = await Promise.all([...bySource(ledger)].map(([source, leaves]) => artifactsFrom(source, leaves, ledger, request)));
  const sources = [...gathered.flatMap((g) => g.sources), ...kept];
  const errors = [
    ...sources.flatMap((s) => (s.error === undefined ? [] : [s.error])),
    ...gathered.flatMap((g) => g.errors),
    ...artifacts.flat(),
  ];
  return { ...(await ledger.close(errors)), sources, errors, unread: gathered.reduce((n, g) => n + g.unread, 0) };
}

/** Verifies evidence that is at hand, such as a bundle file, against a requirement. */
export async function verifyLocated(list: readonly LocatedEvidence[], request: LedgerRequest): Promise<SubjectVerdict> {
  const ledger = createLedger(request);
  for (const evidence of list) await ledger.add(evidence);
  return { ...(await ledger.close([])), sources: [], errors: [], unread: 0 };
}

/** The leaves that ask one place; the key of the image's own place is `undefined`. Where nothing is asked, no place is. */
function bySource({ leaves }: Ledger): ReadonlyMap<EvidenceSource | undefined, readonly EvidenceLeaf[]> {
  const groups = new Map<string, { readonly source: EvidenceSource | undefined; readonly leaves: EvidenceLeaf[] }>();
  for (const leaf of leaves) {
    const key = JSON.stringify([leaf.source?.repository, leaf.source?.tagPrefix, leaf.source?.credentials?.name]);
    const group = groups.get(key) ?? { source: leaf.source, leaves: [] };
    groups.set(key, group);
    group.leaves.push(leaf);
  }
  return new Map([...groups.values()].map((g) => [g.source, g.leaves]));
}

function keptSources({ leaves }: Ledger, { signatureSources = [] }: SubjectRequest): readonly SignatureSource[] {
  return leaves.some((l) => l.authorities.some((a) => a.kind === 'openpgp')) ? signatureSources : [];
}

async function keptFrom(
  source: SignatureSource,
  { leaves }: Ledger,
  onEvidence: (evidence: LocatedEvidence, leaves: readonly EvidenceLeaf[]) => Promise<void>,
  { digest, signal }: SubjectRequest,
): Promise<SourceAnswer> {
  // With it comes what only simple signatures need.
  const { gatherKept } = await import('./kept-signatures.ts');
  return gatherKept(source, {
    subject: digest,
    ...(signal === undefined ? {} : { signal }),
    onEvidence: (evidence) => onEvidence(evidence, leaves),
  });
}

async function artifactsFrom(
  source: EvidenceSource | undefined,
  leaves: readonly EvidenceLeaf[],
  ledger: Ledger,
  request: SubjectRequest,
): Promise<readonly AssayError[]> {
  const asking = leaves.filter((l) => l.wanted.kind === 'artifact');
  if (asking.length === 0) return [];
  try {
    const { findSignedReferrers } = await import('./signed-referrer.ts');
    return await findSignedReferrers(asking, await storesFor(source, request), request, ledger, verifySubject);
  } catch (error) {
    return [toAssayError(error)];
  }
}

async function storesFor(source: EvidenceSource | undefined, request: SubjectRequest): Promise<readonly Store[]> {
  return source === undefined ? request.stores : ((await request.storesOf?.(source)) ?? request.stores);
}

async function gatherFrom(
  source: EvidenceSource | undefined,
  leaves: readonly EvidenceLeaf[],
  ledger: Ledger,
  onEvidence: (evidence: LocatedEvidence, leaves: readonly EvidenceLeaf[]) => Promise<void>,
  request: SubjectRequest,
): Promise<Gathered> {
  // Artifacts are found by walking what refers to the image, not by reading its signatures.
  if (leaves.every((l) => l.wanted.kind === 'artifact')) return { sources: [], errors: [], unread: 0 };
  const [predicateType] = leaves.flatMap((l) =>
    l.wanted.kind === 'attestation' && l.wanted.predicateType !== undefined ? [l.wanted.predicateType.uri] : [],
  );
  let stores: readonly Store[];
  try {
    stores = await storesFor(source, request);
  } catch (error) {
    // A place that cannot even be asked may hold anything.
    return { sources: [], errors: [toAssayError(error)], unread: 0 };
  }
  return gather({
    stores,
    subject: request.digest,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.maxEvidenceBytes === undefined ? {} : { maxEvidenceBytes: request.maxEvidenceBytes }),
    ...(predicateType === undefined ? {} : { predicateType }),
    onEvidence: (evidence) => onEvidence(evidence, leaves),
    enough: ledger.met,
  });
}
