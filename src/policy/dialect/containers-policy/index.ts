import { nearest } from '../../../codec/nearest.ts';
import { LIMITS } from '../../../limits.ts';
import type { Requirement } from '../../../verify/index.ts';
import type { PolicyDocument } from '../../documents.ts';
import type { CompiledDocument, ImageSubject } from '../../policy.ts';
import type { PolicyResources } from '../../resources.ts';
import { collectMistakes, type Mistakes } from './mistakes.ts';
import { readRequirements, type ScopeRequirements } from './requirements.ts';
import { canonicalScope, checkScope, placeImage, scopeOf, TRANSPORTS } from './scopes.ts';

/** The scopes of each transport, and what holds where none does. */
interface Scopes {
  readonly fallback: ScopeRequirements;
  readonly transports: ReadonlyMap<string, ReadonlyMap<string, ScopeRequirements>>;
}

/**
 * Compiles a `policy.json` (containers-policy.json.5) to one policy about every image: the requirements of the most specific scope, all of
 * them. Every mistake is an error with its line and column.
 */
export async function compileContainersPolicy(document: PolicyDocument, resources: PolicyResources): Promise<CompiledDocument> {
  const mistakes = collectMistakes(document);
  const scopes = await readScopes(document.value, mistakes, resources);
  const { errors, warnings } = mistakes;
  if (scopes === undefined || errors.length > 0) return { policies: [], errors, warnings };
  const policy = {
    name: document.file,
    dialect: 'containers-policy',
    mode: 'enforce',
    applies: () => true,
    requirement: requirementFor(document.file, scopes),
  } as const;
  return { policies: [policy], errors, warnings };
}

async function readScopes(value: unknown, mistakes: Mistakes, resources: PolicyResources): Promise<Scopes | undefined> {
  const members = mistakes.members(value, [], ['default', 'transports']);
  if (members === undefined) return undefined;
  if (members.default === undefined) mistakes.add([], 'the default is missing', 'the safe one is "default": [{"type": "reject"}]');
  const fallback = members.default === undefined ? undefined : await readRequirements(members.default, ['default'], mistakes, resources);
  const transports = new Map<string, ReadonlyMap<string, ScopeRequirements>>();
  const listed = members.transports === undefined ? {} : mistakes.members(members.transports, ['transports'], namesOf(members.transports));
  for (const [transport, scopes] of Object.entries(listed ?? {})) {
    const path = ['transports', transport];
    if (!TRANSPORTS.has(transport)) {
      const near = nearest(transport, TRANSPORTS.keys());
      mistakes.add(
        path,
        `"${transport.slice(0, 60)}" is no transport`,
        near === undefined ? `one of ${[...TRANSPORTS.keys()].join(', ')}` : `did you mean: ${near}`,
      );
    }
    const known = new Map<string, ScopeRequirements>();
    for (const [scope, list] of Object.entries(mistakes.members(scopes, path, namesOf(scopes)) ?? {})) {
      checkScope(transport, scope, [...path, scope], mistakes);
      const read = await readRequirements(list, [...path, scope], mistakes, resources);
      const name = canonicalScope(transport, scope);
      if (known.has(name))
        mistakes.add([...path, scope], `"${scope.slice(0, 200)}" is the scope "${name.slice(0, 200)}" once more`, 'leave it once');
      if (read !== undefined) known.set(name, read);
    }
    transports.set(transport, known);
  }
  return fallback === undefined ? undefined : { fallback, transports };
}

// Every name may stand here.
function namesOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** The same requirement for the same question: verdicts are remembered by it. */
function requirementFor(policy: string, { fallback, transports }: Scopes): (image: ImageSubject) => Requirement {
  const made = new Map<string, Requirement>();
  return (image) => {
    const placed = placeImage(image);
    const mine = transports.get(placed.transport) ?? new Map<string, ScopeRequirements>();
    const scope = scopeOf(placed, new Set(mine.keys()));
    const asked = (scope === undefined ? undefined : mine.get(scope)) ?? fallback;
    const rule = scope === undefined ? 'default' : `${placed.transport} "${scope}"`;
    const key = JSON.stringify([rule, asked.ofImage ? (placed.scopes?.[0] ?? image.repository) : '']);
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= LIMITS.decisions) made.clear();
    const requirement = asked.requirement(placed.name, { policy, rule });
    made.set(key, requirement);
    return requirement;
  };
}
