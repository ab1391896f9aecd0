/** A JSON Schema (draft 2020-12), of the few keywords that are used here. */
export interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: string | boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly propertyNames?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly $ref?: string;
}

/** A member that may be left out. */
export interface Optional {
  readonly optional: Schema;
}

type Member = Schema | Optional;

/** One member for each of a type of the sources, optional where it may be undefined there: what is added there has to be added here. */
export type MembersOf<T> = { readonly [K in keyof T]-?: undefined extends T[K] ? Optional : Schema };

/** A type with some of its members as JSON has them. */
export type With<T, U> = Omit<T, keyof U> & U;

export function optional(schema: Schema): Optional {
  return { optional: schema };
}

/** An object that has the members of a type of the sources, and no others. */
export function objectLike<T>(members: MembersOf<T>, description?: string): Schema {
  return object(members as { readonly [name: string]: Member }, description);
}

/** An object. Members may be added within a version, so others are allowed. */
export function object(members: { readonly [name: string]: Member }, description?: string): Schema {
  const entries = Object.entries(members);
  return {
    ...(description === undefined ? {} : { description }),
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, m]) => [name, isOptional(m) ? m.optional : m])),
    required: entries.flatMap(([name, m]) => (isOptional(m) ? [] : [name])),
  };
}

/** Every text of a union of the sources: one that is missing, or too many, does not compile. */
export function oneOf<T extends string>(all: { readonly [K in T]: true }, description?: string): Schema {
  return { ...(description === undefined ? {} : { description }), enum: Object.keys(all) };
}

export function text(description?: string, pattern?: string): Schema {
  return { ...(description === undefined ? {} : { description }), type: 'string', ...(pattern === undefined ? {} : { pattern }) };
}

export function integer(description?: string): Schema {
  return { ...(description === undefined ? {} : { description }), type: 'integer' };
}

export function boolean(description?: string): Schema {
  return { ...(description === undefined ? {} : { description }), type: 'boolean' };
}

export function list(items: Schema, description?: string): Schema {
  return { ...(description === undefined ? {} : { description }), type: 'array', items };
}

/** An object with any names. */
export function mapOf(values: Schema | true, description?: string): Schema {
  return { ...(description === undefined ? {} : { description }), type: 'object', additionalProperties: values };
}

export function ref(name: string): Schema {
  return { $ref: `#/$defs/${name}` };
}

function isOptional(member: Member): member is Optional {
  return 'optional' in member;
}
