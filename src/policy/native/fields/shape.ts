/**
 * The form of a document as data: one table validates what is written, gives the type of what was read, and becomes the JSON Schema and the
 * reference page. Nothing of a document is read that does not stand in a table.
 */

/** What a value may look like. */
export type Node =
  | {
      readonly kind: 'text';
      readonly about: string;
      readonly choices?: readonly string[];
      /** What the text has to look like, with words for it. */
      readonly pattern?: { readonly source: string; readonly words: string };
    }
  | { readonly kind: 'number'; readonly about: string; readonly least: number; readonly most: number }
  /** `only: true`: what weakens is said or left out. */
  | { readonly kind: 'boolean'; readonly about: string; readonly only?: true }
  | { readonly kind: 'value'; readonly about: string }
  | { readonly kind: 'list'; readonly about: string; readonly of: Node; readonly least: number }
  /** An object whose names are the user's; read as a `Map`. */
  | { readonly kind: 'names'; readonly about: string; readonly of: Node; readonly known?: readonly string[] }
  | ObjectNode
  /** Told apart by what JSON type the value is. */
  | { readonly kind: 'either'; readonly about: string; readonly of: readonly Node[] }
  /** A form that contains itself, by name. */
  | { readonly kind: 'named'; readonly about: string; readonly name: string; readonly target: () => Node };

/** An object with fixed fields. */
export interface ObjectNode {
  readonly kind: 'object';
  readonly about: string;
  readonly fields: ReadonlyMap<string, { readonly node: Node; readonly required: boolean }>;
  /** Fields of which exactly one is there. */
  readonly oneOf: readonly string[];
}

/** A form with the type of what is read. */
export interface Shape<T> {
  readonly node: Node;
  /** Never set: it carries the type. */
  readonly typed?: T;
}

/** The type of what a shape reads. */
export type TypeOf<S> = S extends Shape<infer T> ? T : never;

/** A field that may be left out. */
export interface Optional<T> {
  readonly optional: Shape<T>;
}
type Field = Shape<unknown> | Optional<unknown>;
type Fields = { readonly [name: string]: Field };
type OfField<F> = F extends Optional<infer T> ? T : TypeOf<F>;
type RequiredNames<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? never : K }[keyof F];
type ObjectOf<F extends Fields> = { readonly [K in RequiredNames<F>]: OfField<F[K]> } & {
  readonly [K in Exclude<keyof F, RequiredNames<F>>]?: OfField<F[K]>;
};

/** A text. */
export function text(about: string, pattern?: { readonly source: string; readonly words: string }): Shape<string> {
  return { node: { kind: 'text', about, ...(pattern === undefined ? {} : { pattern }) } };
}

/** One of some words. */
export function oneOfWords<const T extends readonly string[]>(about: string, choices: T): Shape<T[number]> {
  return { node: { kind: 'text', about, choices } };
}

/** A whole number within bounds. */
export function count(about: string, least: number, most: number): Shape<number> {
  return { node: { kind: 'number', about, least, most } };
}

/** `true` or nothing. */
export function saying(about: string): Shape<true> {
  return { node: { kind: 'boolean', about, only: true } };
}

/** True or false. */
export function yesOrNo(about: string): Shape<boolean> {
  return { node: { kind: 'boolean', about } };
}

/** Any plain value. */
export function value(about: string): Shape<unknown> {
  return { node: { kind: 'value', about } };
}

/** A list, of one at least unless told otherwise. */
export function list<T>(about: string, of: Shape<T>, least = 1): Shape<readonly T[]> {
  return { node: { kind: 'list', about, of: of.node, least } };
}

/** An object with names of the user's, or with some `known` ones. */
export function names<T>(about: string, of: Shape<T>, known?: readonly string[]): Shape<ReadonlyMap<string, T>> {
  return { node: { kind: 'names', about, of: of.node, ...(known === undefined ? {} : { known }) } };
}

/** One of several forms that differ in their JSON type. */
export function either<A, B>(about: string, a: Shape<A>, b: Shape<B>): Shape<A | B> {
  return { node: { kind: 'either', about, of: [a.node, b.node] } };
}

/** A form that is referred to by name, and may contain itself. */
export function named<T>(name: string, about: string, target: () => Shape<T>): Shape<T> {
  return { node: { kind: 'named', name, about, target: () => target().node } };
}

/** A field that may be left out. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

/** An object. `oneOf`: optional fields of which exactly one has to be there. */
export function object<F extends Fields>(about: string, fields: F, oneOf: readonly (keyof F & string)[] = []): Shape<ObjectOf<F>> {
  const entries = Object.entries(fields).map(([name, field]) => {
    const required = !('optional' in field);
    return [name, { node: required ? (field as Shape<unknown>).node : (field as Optional<unknown>).optional.node, required }] as const;
  });
  return { node: { kind: 'object', about, fields: new Map(entries), oneOf } };
}
