import { nearest } from '../../../codec/nearest.ts';
import type { PolicyResources } from '../../resources.ts';
import type { AuthorityFields, By } from '../fields/authority.ts';
import type { Mistakes, Path } from '../fields/mistakes.ts';
import { compileAuthority, type NamedAuthority } from './authority.ts';

/** The authorities of a policy: those that have a name, each compiled once, and those that stand where they are used. */
export interface AuthorityRegistry {
  /** The authorities that `by` means; `undefined` when one of them is wrong, which is noted. */
  resolve(by: By, path: Path): Promise<readonly NamedAuthority[] | undefined>;
  /** Notes names that nothing refers to: mostly a requirement was forgotten. */
  warnUnused(): void;
}

/** Compiles the named authorities. */
export async function createAuthorityRegistry(
  named: ReadonlyMap<string, AuthorityFields | undefined>,
  path: Path,
  mistakes: Mistakes,
  resources: PolicyResources,
): Promise<AuthorityRegistry> {
  const known = new Map<string, NamedAuthority | undefined>();
  const used = new Set<string>();
  for (const [name, fields] of named) {
    const at = [...path, name];
    const usable = fields !== undefined && mistakes.clean(at);
    known.set(name, usable ? await compileAuthority(fields, { name, path: at, mistakes, resources }) : undefined);
  }
  const one = async (item: string | AuthorityFields, at: Path): Promise<NamedAuthority | undefined> => {
    if (typeof item !== 'string') return compileAuthority(item, { name: nameOf(item), path: at, mistakes, resources });
    used.add(item);
    if (known.has(item)) return known.get(item);
    const near = nearest(item, known.keys());
    const names = [...known.keys()].join(', ');
    const hint = near !== undefined ? `did you mean: ${near}` : names === '' ? 'spec.authorities names them' : `one of ${names}`;
    mistakes.add(at, `there is no authority "${item.slice(0, 100)}"`, hint);
    return undefined;
  };
  return {
    async resolve(by, at) {
      if (!Array.isArray(by)) {
        const single = await one(by as string | AuthorityFields, at);
        return single === undefined ? undefined : [single];
      }
      const items = by as readonly (string | AuthorityFields)[];
      const all = await Promise.all(items.map((item, i) => one(item, [...at, i])));
      const names = items.filter((i) => typeof i === 'string');
      for (const [i, name] of names.entries())
        if (names.indexOf(name) !== i) mistakes.add(at, `the authority "${name}" is there twice`, 'each counts once');
      return all.every((a) => a !== undefined) ? all : undefined;
    },
    warnUnused() {
      for (const name of known.keys()) if (!used.has(name)) mistakes.warn([...path, name], 'unused-authority', 'no requirement names it');
    },
  };
}

// Inline authorities need a name for messages: who they are.
function nameOf({ key, certificate, keyless }: AuthorityFields): string {
  const identity = keyless ?? certificate;
  if (identity !== undefined) {
    const subject = identity.subject ?? identity.subjectRegExp ?? 'any subject';
    const issuer = identity.issuer ?? identity.issuerRegExp;
    return issuer === undefined ? subject : `${subject} by ${issuer}`;
  }
  if (typeof key === 'string' && !key.includes('\n')) return key;
  if (typeof key === 'object' && key.file !== undefined) return key.file;
  return key === undefined ? 'Notation trust anchors' : 'key';
}
