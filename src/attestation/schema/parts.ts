/** A JSON Schema (draft 7), or a part of one. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** A text. */
export const TEXT: Schema = { type: 'string' };
/** A text that is not empty. */
export const NAME: Schema = { type: 'string', minLength: 1 };
/** An absolute URI. */
export const URI: Schema = { type: 'string', format: 'uri' };
/** A time with its zone (RFC 3339). */
export const TIME: Schema = { type: 'string', format: 'date-time' };
/** A truth value. */
export const TRUTH: Schema = { type: 'boolean' };
/** An object of which nothing is asked. */
export const ANY_OBJECT: Schema = { type: 'object' };

/** A list. */
export function listOf(items: Schema, keywords: Schema = {}): Schema {
  return { type: 'array', items, ...keywords };
}

/** An object whose members all have one form. */
export function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

/** One of some texts. */
export function oneOf(...values: readonly string[]): Schema {
  return { enum: values };
}

/** An object with members that it must have and members that it may have; others are let be. */
export function objectWith(required: readonly string[], properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', required, properties };
}

/** An object with no other members than these. */
export function closedObject(required: readonly string[], properties: Readonly<Record<string, Schema>>): Schema {
  return { ...objectWith(required, properties), additionalProperties: false };
}

/** Go's encoders write `null` for what is empty. */
export function orNull(schema: Schema): Schema {
  return { anyOf: [{ type: 'null' }, schema] };
}
