import type { Json } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';

/** A JSON object of a predicate. Only fixed names are ever looked up in it. */
export type Members = { readonly [k: string]: Json };

/** Something that a predicate names: a file, repository, image or package (in-toto attestation framework, spec/v1/resource_descriptor.md). */
export interface Resource {
  readonly uri: string | undefined;
  readonly name: string | undefined;
  /** By algorithm, as they are stated. */
  readonly digests: ReadonlyMap<string, string>;
}

/** The error of all readers of predicates. */
export function malformed(at: string, why: string): AssayError {
  return new AssayError('statement-invalid', `predicate: ${at} ${why}`);
}

/** A value as an object. Throws `statement-invalid`. */
export function objectOf(value: Json | undefined, at: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(at, 'is not an object');
  return value as Members;
}

/** A member that may be absent or null, else an object; without it an empty one. Throws `statement-invalid`. */
export function maybeObject(value: Json | undefined, at: string): Members {
  return value === undefined || value === null ? {} : objectOf(value, at);
}

/** A member that may be absent or null, else a text. Throws `statement-invalid`. */
export function maybeText(value: Json | undefined, at: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw malformed(at, 'is not a text');
  return value;
}

/** A member that may be absent or null, else a list; without it an empty one. Throws `statement-invalid`. */
export function maybeList(value: Json | undefined, at: string): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(at, 'is not a list');
  return value as readonly Json[];
}

/** A member that may be absent or null, else a list of texts. Throws `statement-invalid`. */
export function maybeTexts(value: Json | undefined, at: string): readonly string[] {
  return maybeList(value, at).map((v, i) => maybeText(v, `${at}[${i}]`) ?? '');
}

/** A member that may be absent, null or empty, else a time (RFC 3339). Throws `statement-invalid`. */
export function maybeTime(value: Json | undefined, at: string): Date | undefined {
  const text = maybeText(value, at);
  if (text === undefined || text === '') return undefined;
  const time = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : undefined;
  if (time === undefined || Number.isNaN(time.getTime())) throw malformed(at, 'is no time');
  return time;
}

/** A member that may be absent or null, else digests by algorithm. Throws `statement-invalid`. */
export function maybeDigests(value: Json | undefined, at: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(maybeObject(value, at)).map(([algorithm, digest]) => {
      if (typeof digest !== 'string') throw malformed(`${at}.${algorithm.slice(0, 40)}`, 'is not a text');
      return [algorithm, digest];
    }),
  );
}

/** A resource. Throws `statement-invalid`. */
export function resourceOf(value: Json | undefined, at: string): Resource {
  const { uri, name, digest } = objectOf(value, at);
  return { uri: maybeText(uri, `${at}.uri`), name: maybeText(name, `${at}.name`), digests: maybeDigests(digest, `${at}.digest`) };
}

/** A list of resources, or the older form of it: digests by name. Throws `statement-invalid`. */
export function resourcesOf(value: Json | undefined, at: string): readonly Resource[] {
  if (value === undefined || value === null || Array.isArray(value))
    return maybeList(value, at).map((v, i) => resourceOf(v, `${at}[${i}]`));
  return Object.entries(objectOf(value, at)).map(([name, digest]) => ({
    uri: undefined,
    name,
    digests: maybeDigests(digest, `${at}.${name.slice(0, 80)}`),
  }));
}
