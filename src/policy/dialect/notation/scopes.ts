import { canonicalHost } from '../../../oci/reference.ts';
import { type Faults, type Path, quoted } from './faults.ts';

/** A statement's scopes: repositories, or every one. */
export type Scopes = ReadonlySet<string> | 'any';

const HOST = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]{1,5})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** Reads the scopes of a statement (trust-store-trust-policy.md, "OCI Trust Policy Constraints"); `undefined` when one is wrong (which is noted). */
export function readScopes(
  texts: readonly { readonly text: string; readonly path: Path }[],
  path: Path,
  faults: Faults,
): Scopes | undefined {
  if (texts.length === 0)
    return faults.error(path, 'registryScopes is missing or empty', 'one or more of REGISTRY/REPOSITORY, or "*" alone');
  const before = faults.errors.length;
  const wildcard = texts.find(({ text }) => text === '*');
  if (wildcard !== undefined && texts.length > 1)
    return faults.error(wildcard.path, 'the scope "*" stands for every repository, so it stands alone', 'remove it, or remove the others');
  if (wildcard !== undefined) return 'any';
  const seen = new Set<string>();
  for (const { text, path: at } of texts) {
    const problem = scopeProblem(text);
    if (problem !== undefined)
      faults.error(at, `${quoted(text)} is no scope: ${problem}`, 'REGISTRY/REPOSITORY in full, as docker.io/library/alpine');
    else if (seen.has(canonicalScope(text))) faults.error(at, `the scope ${quoted(text)} is there twice`, 'leave it once');
    seen.add(canonicalScope(text));
  }
  return faults.errors.length > before ? undefined : seen;
}

/** A scope in the spelling in which images are compared with it: hosts have no letter case. */
export function canonicalScope(text: string): string {
  const slash = text.indexOf('/');
  return slash < 0 ? text : `${canonicalHost(text.slice(0, slash))}${text.slice(slash)}`;
}

/** Why a text is no repository in full; `undefined` when it is one. */
export function scopeProblem(text: string): string | undefined {
  if (text.includes('*')) return 'there are no wildcards within a scope';
  if (text.includes('://')) return 'it is a URL';
  if (text.includes('@')) return 'it has a digest';
  const slash = text.indexOf('/');
  if (slash < 0) return 'the registry or the repository is missing';
  const repository = text.slice(slash + 1);
  if (!HOST.test(text.slice(0, slash))) return `${quoted(text.slice(0, slash))} is no registry`;
  if (repository.includes(':')) return 'it has a tag';
  return repository.split('/').every((c) => COMPONENT.test(c)) ? undefined : `${quoted(repository)} is no repository`;
}
