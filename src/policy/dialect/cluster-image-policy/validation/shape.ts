import { nearest } from '../../../../codec/nearest.ts';
import { type FieldError, type FieldPath, invalid, pathText } from './field-error.ts';

/** What a field of a resource holds. `free`: anything. */
export type Shape =
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Shape> }
  | { readonly kind: 'list'; readonly of: Shape }
  /** Texts by name. */
  | { readonly kind: 'texts' }
  | { readonly kind: 'text' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'free' };

export const TEXT: Shape = { kind: 'text' };
export const FLAG: Shape = { kind: 'flag' };
export const TEXTS: Shape = { kind: 'texts' };
export const FREE: Shape = { kind: 'free' };

/** An object with these fields and no others. */
export function object(fields: Readonly<Record<string, Shape>>): Shape {
  return { kind: 'object', fields: new Map(Object.entries(fields)) };
}

/** A list of such values. */
export function list(of: Shape): Shape {
  return { kind: 'list', of };
}

/**
 * A value without its nulls, which Kubernetes takes for absent fields; whatever does not fit the shape (unknown fields too) is an error, and is
 * left out of what is answered.
 */
export function fitted(value: unknown, shape: Shape, path: FieldPath, errors: FieldError[]): unknown {
  if (value === null || value === undefined) return undefined;
  const wrong = (wanted: string): undefined => {
    errors.push(invalid(shown(value), path, `expected ${wanted}`));
    return undefined;
  };
  switch (shape.kind) {
    case 'free':
      return value;
    case 'text':
      return typeof value === 'string' ? value : wrong('a text');
    case 'flag':
      return typeof value === 'boolean' ? value : wrong('true or false');
    case 'list':
      if (!Array.isArray(value)) return wrong('a list');
      return value.map((v: unknown, i) => fitted(v, shape.of, [...path, i], errors) ?? (shape.of.kind === 'object' ? {} : ''));
    case 'texts':
      return isObject(value) && Object.values(value).every((v) => typeof v === 'string') ? value : wrong('texts by name');
    case 'object':
      return isObject(value) ? members(value, shape.fields, path, errors) : wrong('an object');
  }
}

function members(
  value: Readonly<Record<string, unknown>>,
  fields: ReadonlyMap<string, Shape>,
  path: FieldPath,
  errors: FieldError[],
): unknown {
  const kept: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    const shape = fields.get(name);
    if (shape === undefined) {
      errors.push(unknownField(name, fields, path));
      continue;
    }
    const fit = fitted(member, shape, [...path, name], errors);
    if (fit !== undefined) kept.push([name, fit]);
  }
  return Object.fromEntries(kept);
}

function unknownField(name: string, fields: ReadonlyMap<string, Shape>, path: FieldPath): FieldError {
  const short = name.slice(0, 100);
  const known = [...fields.keys()];
  const close = known.find((k) => k.toLowerCase() === name.toLowerCase()) ?? nearest(short, known);
  return {
    message: `json: unknown field ${JSON.stringify(short)}`,
    paths: [pathText([...path, short])],
    at: [[...path, name]],
    hint: close === undefined ? `the fields here are ${known.join(', ')}` : `did you mean "${close}"?`,
  };
}

function shown(value: unknown): string {
  return (typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'an object') : String(value)).slice(0, 200);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
