import { readPredicate } from '../../attestation/index.ts';
import type { Json } from '../../codec/json.ts';
import type { Condition, ConditionResult, Findings } from '../../verify/index.ts';
import { documentOf, valueAt } from './document.ts';

/** How severe a finding is. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** How many findings there may be. */
export interface VulnerabilityBounds {
  readonly most: ReadonlyMap<Severity, number>;
  /** Ids that do not count. */
  readonly ignore: ReadonlySet<string>;
}

interface Finding {
  readonly id: string;
  readonly severity: string;
}

/** The condition that a scan's report (of Trivy or Grype, in cosign's vulnerability predicate or by itself) has no more findings than allowed. */
export function fewVulnerabilities({ most, ignore }: VulnerabilityBounds): Condition {
  return {
    name: 'vulnerabilities',
    async evaluate({ findings }): Promise<ConditionResult> {
      const report = reportOf(findings);
      const found = trivyFindings(report) ?? grypeFindings(report);
      if (found === undefined) return { result: 'inconclusive', reason: 'the report is neither one of Trivy nor one of Grype' };
      const counted = found.filter((f) => !ignore.has(f.id));
      for (const [severity, allowed] of most) {
        // A finding counts once, in however many packages it is.
        const ids = [...new Set(counted.filter((f) => f.severity === severity).map((f) => f.id))];
        if (ids.length > allowed)
          return {
            result: 'fail',
            reason: `${ids.length} ${severity} ${ids.length === 1 ? 'vulnerability' : 'vulnerabilities'}, ${allowed} allowed: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', …' : ''}`,
          };
      }
      return { result: 'pass', reason: `${counted.length} findings` };
    },
  };
}

function reportOf(findings: Findings): Json {
  const { predicate } = documentOf(findings);
  if (findings.predicateType === undefined) return predicate;
  const read = readPredicate(findings.predicateType, predicate);
  return read.kind === 'vulnerability-scan' ? (read.result ?? null) : predicate;
}

function trivyFindings(report: Json): readonly Finding[] | undefined {
  if (valueAt(report, 'SchemaVersion') === undefined) return undefined;
  return listAt(report, 'Results').flatMap((r) => listAt(r, 'Vulnerabilities').map((v) => finding(v, 'VulnerabilityID', 'Severity')));
}

function grypeFindings(report: Json): readonly Finding[] | undefined {
  if (!Array.isArray(valueAt(report, 'matches'))) return undefined;
  return listAt(report, 'matches').map((m) => finding(valueAt(m, 'vulnerability') ?? null, 'id', 'severity'));
}

function finding(value: Json, id: string, severity: string): Finding {
  const text = (name: string): string => String(valueAt(value, name) ?? '');
  return { id: text(id), severity: text(severity).toLowerCase() };
}

function listAt(value: Json, name: string): readonly Json[] {
  const list = valueAt(value, name);
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}
