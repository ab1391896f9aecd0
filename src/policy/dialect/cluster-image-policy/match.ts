import type { Workload } from '../../policy.ts';
import type { LabelSelector, MatchResource } from './model.ts';

/**
 * Whether a workload is one of those that a policy is about (policy-controller `GetMatchingPolicies`): no entry means every workload, and none at
 * all; else any entry whose plural, group, version (or `*`) and selector fit. Labels are those of the object itself, not of its pods.
 */
export function matchesWorkload(match: readonly MatchResource[], workload: Workload | undefined): boolean {
  if (match.length === 0) return true;
  const [group, version] = groupAndVersion(workload?.apiVersion ?? '');
  const resource = pluralOf(workload?.kind ?? '');
  return match.some(
    (m) =>
      (m.resource ?? '') === resource &&
      (m.version === '*' || (m.version ?? '') === version) &&
      (m.group ?? '') === group &&
      (m.selector === undefined || selects(m.selector, labelsOf(workload))),
  );
}

/** The plural of a kind as apimachinery guesses it. */
export function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower === '') return '';
  if (lower === 'endpoints') return lower;
  if (lower.endsWith('s')) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** Why a selector cannot be used; `undefined` when it can (apimachinery `LabelSelectorAsSelector`). */
export function selectorProblem(selector: LabelSelector): string | undefined {
  for (const { key = '', operator = '', values = [] } of selector.matchExpressions ?? []) {
    if (key === '') return 'an expression has no key';
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) return `"${operator}" needs values`;
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) return `"${operator}" takes no values`;
    } else return `"${operator.slice(0, 100)}" is not a valid label selector operator (In, NotIn, Exists, DoesNotExist)`;
  }
  return undefined;
}

function selects(selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels.get(key) === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key = '', operator, values = [] }) => {
      const value = labels.get(key);
      if (operator === 'In') return value !== undefined && values.includes(value);
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      return operator === 'Exists' ? value !== undefined : operator === 'DoesNotExist' && value === undefined;
    })
  );
}

function groupAndVersion(apiVersion: string): readonly [string, string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

function labelsOf(workload: Workload | undefined): ReadonlyMap<string, string> {
  const labels = workload?.metadata.labels;
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return new Map();
  return new Map(Object.entries(labels).flatMap(([k, v]) => (typeof v === 'string' ? [[k, v] as const] : [])));
}
