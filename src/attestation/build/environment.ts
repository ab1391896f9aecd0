import { AssayError } from '../../errors.ts';

/** The variables that a build runs with. */
export type BuildEnvironment = Readonly<Record<string, string | undefined>>;

/** What a CI system says of a build, in the terms of SLSA provenance v1. */
export interface BuildClaims {
  readonly builder: string | undefined;
  readonly builderVersion?: Readonly<Record<string, string>>;
  readonly buildType: string;
  readonly externalParameters: Readonly<Record<string, unknown>>;
  readonly internalParameters: Readonly<Record<string, unknown>>;
  readonly source: { readonly uri: string; readonly commit: string };
  readonly invocation: string;
  /** RFC 3339; absent where the system does not say. */
  readonly startedOn?: string;
}

/** Reads variables of a CI system by name, and only those: a variable that nobody names here is never copied. */
export interface Variables {
  /** Throws `predicate-invalid` naming the variable where it is missing or empty. */
  readonly needed: (name: string) => string;
  readonly maybe: (name: string) => string | undefined;
  /** Those of some that are set. */
  readonly some: (...names: readonly string[]) => Readonly<Record<string, string>>;
}

/** The variables of a CI system, read by name. */
export function variablesOf(system: string, environment: BuildEnvironment): Variables {
  const maybe = (name: string): string | undefined => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return value === undefined || value === '' ? undefined : value;
  };
  return {
    maybe,
    needed(name) {
      const value = maybe(name);
      if (value === undefined)
        throw new AssayError('predicate-invalid', `provenance of ${system}: the variable ${name} is not set`, {
          hint: 'the command has to run in the job that builds',
        });
      return value;
    },
    some: (...names) =>
      Object.fromEntries(
        names.flatMap((name) => {
          const value = maybe(name);
          return value === undefined ? [] : [[name, value] as const];
        }),
      ),
  };
}

/** A commit's name, in full. Throws `predicate-invalid`. */
export function commitOf(text: string, name: string): string {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text))
    throw new AssayError('predicate-invalid', `${name} is no full commit: "${text.slice(0, 80)}"`);
  return text;
}

/**
 * A repository's URL without what signs in to it: CI systems put tokens there. `git@host:path` becomes `ssh://host/path`. Throws `predicate-invalid` for what is
 * no address.
 */
export function repositoryOf(text: string, name: string): string {
  // No `@` in the path: `user:token@host/path` is an address whose scheme is missing, and its token would be taken for a path.
  const [, host, path] = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)([^\s@]+)$/.exec(text) ?? [];
  const address = host !== undefined && path !== undefined ? `ssh://${host}/${path.replace(/^\//, '')}` : text;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    // The text may hold a password, and so may the cause.
    throw new AssayError('predicate-invalid', `${name} is no address of a repository`);
  }
  if (!['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol))
    throw new AssayError('predicate-invalid', `${name} is no address of a repository: ${url.protocol.slice(0, 40)} is not fetched from`);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href.replace(/\/$/, '');
}

/** Whether two addresses, as `repositoryOf` has them, are of one repository: whoever fetches may use another protocol. */
export function isSameRepository(a: string, b: string): boolean {
  const [left, right] = [a, b].map((address) => address.replace(/^[a-z]+:\/\//, '').replace(/\.git$/, ''));
  return left === right;
}

/**
 * A repository at a ref as a dependency's URI (SPDX download location). What would end the ref for whoever reads the URI is escaped: a branch may be named
 * `main#x`, and what is built of it is not built of `main`.
 */
export function gitUri(repository: string, ref: string | undefined): string {
  return `git+${repository}${ref === undefined ? '' : `@${ref.replace(NOT_IN_A_REF, encodeURIComponent)}`}`;
}

/** What is not printable, separates parts of a URI, or belongs in none; letters of other scripts stay as builders write them. */
const NOT_IN_A_REF = /[^!-~\u0080-\u{10ffff}]|["#%:<>?\\^`{|}]/gu;
