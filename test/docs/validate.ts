import type { Schema } from '../../scripts/schemas/shape.ts';

type Definitions = { readonly [name: string]: Schema };

/**
 * What is wrong with a value under a schema, of the keywords that `scripts/schemas/shape.ts` has; empty when nothing is. Stricter than
 * JSON Schema in one thing: an object with `properties` must have no others, so that nothing is printed that is not documented; except in
 * `part`, an alternative that only adds to the members around it.
 */
export function problemsOf(value: unknown, schema: Schema, definitions: Definitions, at = '$', part = false): readonly string[] {
  const { $ref } = schema;
  const problems: string[] = [];
  if ($ref !== undefined) {
    const definition = definitions[$ref.slice('#/$defs/'.length)];
    problems.push(...(definition === undefined ? [`${at}: ${$ref} is not defined`] : problemsOf(value, definition, definitions, at)));
  }
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (types !== undefined && !types.some((t) => isOf(t, value)))
    problems.push(`${at}: ${JSON.stringify(value)?.slice(0, 60)} is no ${types.join(' or ')}`);
  if (schema.const !== undefined && value !== schema.const) problems.push(`${at}: not ${schema.const}`);
  if (schema.enum !== undefined && !schema.enum.includes(value as string))
    problems.push(`${at}: "${value}" is none of ${schema.enum.join(', ')}`);
  if (schema.pattern !== undefined && typeof value === 'string' && !new RegExp(schema.pattern, 'u').test(value))
    problems.push(`${at}: "${value}" is not as ${schema.pattern}`);
  if (typeof value === 'string' && value.length < (schema.minLength ?? 0)) problems.push(`${at}: too short`);
  if (typeof value === 'number' && (value < (schema.minimum ?? value) || value > (schema.maximum ?? value)))
    problems.push(`${at}: ${value} is out of bounds`);
  if (schema.oneOf !== undefined && schema.oneOf.filter((s) => problemsOf(value, s, definitions, at, true).length === 0).length !== 1)
    problems.push(`${at}: not exactly one of its forms`);
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) problems.push(`${at}: too few`);
    const { items } = schema;
    if (items !== undefined) problems.push(...value.flatMap((v, i) => problemsOf(v, items, definitions, `${at}[${i}]`)));
  } else if (typeof value === 'object' && value !== null) problems.push(...membersOf(value, schema, definitions, at, part));
  if (schema.anyOf !== undefined) {
    const tried = schema.anyOf.map((s) => problemsOf(value, s, definitions, at, true));
    if (tried.every((p) => p.length > 0)) problems.push(...tried.flat());
  }
  return problems;
}

function membersOf(value: object, schema: Schema, definitions: Definitions, at: string, part: boolean): readonly string[] {
  const problems = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name)).map((name) => `${at}: lacks ${name}`);
  for (const [name, member] of Object.entries(value)) {
    const known = schema.properties?.[name];
    if (schema.propertyNames !== undefined) problems.push(...problemsOf(name, schema.propertyNames, definitions, `${at}.${name}`));
    const { additionalProperties: more } = schema;
    if (known !== undefined) problems.push(...problemsOf(member, known, definitions, `${at}.${name}`));
    else if (typeof more === 'object') problems.push(...problemsOf(member, more, definitions, `${at}.${name}`));
    else if (more === false || (!part && schema.type === 'object' && schema.properties !== undefined && more === undefined))
      problems.push(`${at}.${name} is not documented`);
  }
  return problems;
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
