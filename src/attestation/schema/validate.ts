import { Ajv, type ErrorObject } from 'ajv';
import { canonicalJson } from '../../codec/canonical-json.ts';
import type { Json } from '../../codec/json.ts';
import { FORMATS } from './formats.ts';
import type { Schema } from './parts.ts';

/** One thing that is wrong with a document. */
export interface Mismatch {
  /** Where: `packages[3].name`; `.` for the document itself. */
  readonly at: string;
  /** What was expected, as a phrase that follows the place. */
  readonly expected: string;
}

/** How a document is held against a schema. */
export interface Validation {
  readonly schema: Schema;
  /** Schemas that it refers to, by URI. */
  readonly others: ReadonlyMap<string, Schema>;
  /** Look for everything that is wrong, not only for the first. */
  readonly all: boolean;
}

/** What does not meet a JSON Schema (draft 7); nothing for a document that does. Deterministic, and linear in the document for a given schema. */
export function mismatches(document: Json, { schema, others, all }: Validation): readonly Mismatch[] {
  const ajv = new Ajv({ allErrors: all, strict: false, logger: false, addUsedSchema: false, validateFormats: true });
  for (const [name, test] of FORMATS) ajv.addFormat(name, test);
  // The library compares every element with every other one.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({ keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', errors: false, validate: areUnique });
  for (const [uri, other] of others) ajv.addSchema(other, uri);
  const validate = ajv.compile(schema);
  if (validate(document)) return [];
  return told(validate.errors ?? []);
}

function areUnique(wanted: boolean, elements: readonly Json[]): boolean {
  return !wanted || elements.length < 2 || new Set(elements.map(canonicalJson)).size === elements.length;
}

/** Of alternatives that all fail, what fails inside says more than that they fail. */
function told(errors: readonly ErrorObject[]): readonly Mismatch[] {
  const deep = errors.filter((e) => !WRAPPERS.has(e.keyword) && !(e.keyword === 'type' && e.params.type === 'null'));
  const seen = new Set<string>();
  return (deep.length > 0 ? deep : errors).flatMap((error) => {
    const mismatch = mismatchOf(error);
    const key = `${mismatch.at} ${mismatch.expected}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [mismatch];
  });
}

const WRAPPERS = new Set(['anyOf', 'oneOf', 'if', 'allOf', 'not', 'contains']);

function mismatchOf({ instancePath, keyword, params, message }: ErrorObject): Mismatch {
  const at = placeOf(instancePath);
  const given = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'required':
      return { at: within(at, String(given.missingProperty)), expected: 'is missing' };
    case 'additionalProperties':
      return { at: within(at, String(given.additionalProperty).slice(0, 100)), expected: 'is no member that the schema knows' };
    case 'type':
      return { at, expected: `is no ${[given.type].flat().join(' or ')}` };
    case 'enum':
      return { at, expected: `is none of ${listed(given.allowedValues)}` };
    case 'const':
      return { at, expected: `is not ${JSON.stringify(given.allowedValue)}` };
    case 'format':
      return { at, expected: `is no ${String(given.format)}` };
    case 'pattern':
      return { at, expected: `does not have the form ${String(given.pattern)}` };
    case 'uniqueItems':
      return { at, expected: 'has the same element twice' };
    default:
      return { at, expected: message ?? `does not meet ${keyword}` };
  }
}

const SHOWN_VALUES = 20;

function listed(values: unknown): string {
  const list = Array.isArray(values) ? values.map(String) : [];
  return list.length > SHOWN_VALUES ? `the ${list.length} values that the schema names` : list.join(', ');
}

/** `/packages/0/name` as `packages[0].name`. */
function placeOf(pointer: string): string {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce((at, step) => (/^\d+$/.test(step) ? `${at === '.' ? '' : at}[${step}]` : within(at, step.slice(0, 100))), '.');
}

function within(at: string, name: string): string {
  const shown = /^[\w@$-]+$/.test(name) ? name : JSON.stringify(name);
  return at === '.' ? shown : `${at}.${shown}`;
}
