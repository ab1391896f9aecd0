import type {
  Condition,
  Demands,
  EvidenceLeaf,
  Findings,
  JudgementCondition,
  Label,
  Requirement,
  RevocationList,
  Verdict,
  WantedEvidence,
} from '../../verify/index.ts';
import { distinctAuthorities } from '../../verify/verdict.ts';
import type { KnownAuthority, NamedAuthority, UnknownAuthority } from './authority/authority.ts';

/** A leaf as a policy writes it: its authorities may each ask something else of the evidence. */
export interface WrittenLeaf {
  readonly wanted: WantedEvidence;
  readonly authorities: readonly NamedAuthority[];
  readonly threshold: number;
  readonly conditions: readonly Condition[];
  readonly annotations: ReadonlyMap<string, string> | undefined;
  readonly revoked: RevocationList | undefined;
  readonly label: Label;
  readonly common: Pick<EvidenceLeaf, 'formats' | 'source'>;
}

/**
 * The requirement that a leaf means. A leaf of the tree has one trust and one set of demands, so authorities that differ in those become leaves
 * of their own: any one of them, or, with a threshold, so many of them, by signers of their own.
 */
export function leafRequirement(written: WrittenLeaf): Requirement {
  const known = written.authorities.filter(isKnown);
  const unknown = written.authorities.filter(isUnknown).map((a) => neverMet(a, written.label));
  const groups = grouped(known);
  const [only] = groups;
  const [never] = unknown;
  if (only !== undefined && groups.length === 1 && never === undefined) return leafOf(only, written.threshold, written, written.label);
  if (never !== undefined && unknown.length === 1 && only === undefined) return never;
  if (written.threshold === 1)
    return { kind: 'anyOf', of: [...groups.map((g) => leafOf(g, 1, written, written.label)), ...unknown], label: written.label };
  const each = [...known.map((a) => leafOf([a], 1, written, written.label)), ...unknown];
  return {
    kind: 'judged',
    of: { kind: 'atLeast', count: written.threshold, of: each, label: written.label },
    conditions: [distinctSigners(written.threshold)],
    label: written.label,
  };
}

type Group = readonly [KnownAuthority, ...KnownAuthority[]];

function isUnknown(authority: NamedAuthority): authority is UnknownAuthority {
  return 'unknown' in authority;
}

function isKnown(authority: NamedAuthority): authority is KnownAuthority {
  return !isUnknown(authority);
}

function neverMet({ name, unknown }: UnknownAuthority, label: Label): Requirement {
  return { kind: 'static', met: false, outcome: 'inconclusive', reason: unknown, label: { ...label, authority: name } };
}

function leafOf(group: Group, threshold: number, written: WrittenLeaf, label: Label): EvidenceLeaf {
  const [first] = group;
  const conditions = [...first.conditions, ...written.conditions];
  const demands: Demands = {
    ...first.demands,
    ...(written.annotations === undefined ? {} : { annotations: written.annotations }),
    ...(written.revoked === undefined ? {} : { revoked: written.revoked }),
  };
  return {
    kind: 'evidence',
    wanted: written.wanted,
    authorities: group.map((g) => g.authority),
    threshold,
    demands,
    trust: first.trust,
    label: group.length === 1 ? { ...label, authority: first.name } : label,
    ...(conditions.length === 0 ? {} : { conditions }),
    ...written.common,
  };
}

function grouped(authorities: readonly KnownAuthority[]): readonly Group[] {
  const groups: [KnownAuthority, ...KnownAuthority[]][] = [];
  for (const authority of authorities) {
    const alike = groups.find(
      ([g]) =>
        g.trust === authority.trust &&
        g.conditions.length === 0 &&
        authority.conditions.length === 0 &&
        JSON.stringify(g.demands) === JSON.stringify(authority.demands),
    );
    if (alike === undefined) groups.push([authority]);
    else alike.push(authority);
  }
  return groups;
}

// One signer may be meant by two authorities; it counts for one of them.
function distinctSigners(threshold: number): JudgementCondition {
  return {
    name: 'distinct signers',
    async evaluate(verdict) {
      const found = distinctAuthorities(verifiedBelow(verdict));
      if (found >= threshold) return { result: 'pass' };
      return { result: 'fail', reason: `${found} of ${threshold} that have to have signed did, each by a signer of its own` };
    },
  };
}

function verifiedBelow(verdict: Verdict): readonly Findings[] {
  return [...verdict.findings.filter((f) => f.outcome === 'verified'), ...verdict.parts.flatMap(verifiedBelow)];
}
