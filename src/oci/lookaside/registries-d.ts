import { nearest } from '../../codec/nearest.ts';
import { parseYaml } from '../../codec/yaml.ts';
import { AssayError } from '../../errors.ts';
import { dockerScopes } from '../docker-scopes.ts';

/** Where simple signatures are, by scope (containers-registries.d.5). */
export interface RegistriesD {
  readonly byScope: ReadonlyMap<string, string>;
  readonly fallback: string | undefined;
}

const TOP = ['default-docker', 'docker'];
/** `sigstore` is what `lookaside` was called first; what is staged is only written. */
const SECTION = ['lookaside', 'lookaside-staging', 'sigstore', 'sigstore-staging', 'use-sigstore-attachments'];

type Members = Readonly<Record<string, unknown>>;

/** Merges the files of a folder. Throws `input-invalid` for what is malformed, unknown, or said by two files. */
export function parseRegistriesD(files: readonly { readonly name: string; readonly text: string }[]): RegistriesD {
  const byScope = new Map<string, string>();
  const seen = new Set<string>();
  let fallback: string | undefined;
  for (const { name, text } of files) {
    for (const document of parseYaml(text, name)) {
      if (document === null || document === undefined) continue;
      const members = object(document, name, TOP);
      if (members['default-docker'] !== undefined && members['default-docker'] !== null) {
        claim(seen, 'default-docker', name);
        fallback = lookasideOf(members['default-docker'], `${name}: default-docker`);
      }
      for (const [scope, section] of Object.entries(
        members.docker === undefined || members.docker === null ? {} : object(members.docker, name),
      )) {
        claim(seen, `docker ${scope}`, name);
        const place = lookasideOf(section, `${name}: docker.${scope}`);
        if (place !== undefined) byScope.set(scope, place);
      }
    }
  }
  return { byScope, fallback };
}

/** The lookaside of an image: that of the most specific scope which has one. */
export function lookasideFor({ byScope, fallback }: RegistriesD, name: string, end: string): string | undefined {
  const scope = dockerScopes(name, end).find((s) => byScope.has(s));
  return scope === undefined ? fallback : byScope.get(scope);
}

function lookasideOf(section: unknown, what: string): string | undefined {
  if (section === null) return undefined;
  const members = object(section, what, SECTION);
  const place = members.lookaside ?? members.sigstore;
  if (place === undefined || place === null || place === '') return undefined;
  if (typeof place !== 'string' || !/^(?:file|https?):\/\//.test(place))
    throw new AssayError('input-invalid', `${what}: the lookaside is no file://, https:// or http:// address`);
  return place;
}

function object(value: unknown, what: string, names?: readonly string[]): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AssayError('input-invalid', `${what}: an object is expected`);
  const unknown = Object.keys(value).find((n) => names !== undefined && !names.includes(n));
  if (unknown === undefined) return value as Members;
  const near = nearest(unknown, names ?? []);
  throw new AssayError('input-invalid', `${what}: "${unknown.slice(0, 60)}" is no field here`, {
    hint: near === undefined ? `one of ${names?.join(', ')}` : `did you mean: ${near}`,
  });
}

function claim(seen: Set<string>, what: string, file: string): void {
  if (seen.has(what)) throw new AssayError('input-invalid', `${file}: ${what.slice(0, 200)} stands in another file of the folder too`);
  seen.add(what);
}
