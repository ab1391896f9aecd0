import { canonicalJson } from '../../../codec/canonical-json.ts';
import type { Json } from '../../../codec/json.ts';
import { valueAt } from '../document.ts';

/** Parameters by their path, `inputs.release`. */
export interface WantedParameters {
  readonly equal: ReadonlyMap<string, Json>;
  /** Paths below which anything may stand. */
  readonly allow: ReadonlySet<string>;
}

/** Parameters that say what the source is; they are judged as the source. */
const SOURCE: ReadonlySet<string> = new Set(['source', 'workflow', 'configSource', 'sourceToBuild', 'buildConfigSource']);

/**
 * "External parameters are under external control and so have to be verified; unrecognized ones have to be refused" (slsa.dev/provenance/v1). Why the
 * parameters are not as expected.
 */
export function parameterProblem(parameters: Json | undefined, wanted: WantedParameters): string | undefined {
  const all = parameters ?? {};
  for (const [path, value] of wanted.equal) {
    const found = valueAt(all, path);
    if (found === undefined) return `the parameter ${path} is absent, expected is ${short(value)}`;
    if (canonicalJson(found) !== canonicalJson(value)) return `the parameter ${path} is ${short(found)}, expected is ${short(value)}`;
  }
  const unknown = leaves(all, [])
    .filter(([name]) => !SOURCE.has(name ?? ''))
    .filter((path) => !covered(path, wanted));
  if (unknown.length === 0) return undefined;
  const listed = unknown.slice(0, 5).map((p) => p.join('.'));
  return `the parameter${unknown.length === 1 ? '' : 's'} ${listed.join(', ')}${unknown.length > 5 ? ', …' : ''} ${unknown.length === 1 ? 'is' : 'are'} not expected (parameters.allow accepts any value)`;
}

// By parts: a name that has a dot in it is none of the paths that were written.
function covered(path: readonly string[], { equal, allow }: WantedParameters): boolean {
  return [...equal.keys(), ...allow].some((wanted) => wanted.split('.').every((part, i) => path[i] === part));
}

function leaves(value: Json, path: readonly string[]): readonly (readonly string[])[] {
  if (value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return [path.length === 0 ? ['(parameters)'] : path];
  return Object.entries(value).flatMap(([name, v]) => leaves(v as Json, [...path, name]));
}

function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
