import { wantedPredicateType } from '../../attestation/index.ts';
import { type Bytes, utf8Decode } from '../../bytes/index.ts';
import { canonicalJson } from '../../codec/canonical-json.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError, isAssayError } from '../../errors.ts';

const CUSTOM = 'https://cosign.sigstore.dev/attestation/v1';

/** A predicate that is about to be stated. */
export interface Predicate {
  readonly type: string;
  /** In JSON, as it goes into the statement. */
  readonly json: string;
}

/** Checks a predicate against what its type demands. Throws `predicate-invalid`. */
export type PredicateCheck = (predicateType: string, value: Json) => void | Promise<void>;

/**
 * The predicate that a file holds, for a type by cosign's short name or URI. As cosign has it, `custom` wraps any text with the time, and `spdx` takes the
 * tag-value form as a text; every other type wants a JSON object. Throws `usage-invalid` for a type that is none, `predicate-invalid`.
 */
export async function predicateOf(content: Bytes, type: string, now: Date, check?: PredicateCheck): Promise<Predicate> {
  const { uri } = wantedPredicateType(type);
  const text = utf8Decode(content, 'predicate');
  if (uri === CUSTOM) return { type: uri, json: JSON.stringify({ Data: text, Timestamp: `${now.toISOString().slice(0, 19)}Z` }) };
  if (type === 'spdx' && !text.trimStart().startsWith('{')) return { type: uri, json: JSON.stringify(text) };
  const value = parsed(text, uri);
  await check?.(uri, value);
  return { type: uri, json: text };
}

function parsed(text: string, uri: string): Json {
  try {
    const value = parseJson(text, 'predicate');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    if (isAssayError(cause, 'json-invalid')) throw new AssayError('predicate-invalid', cause.message, { cause });
    throw cause;
  }
  throw new AssayError('predicate-invalid', `a predicate of the type ${uri} is a JSON object`);
}

/** Whether two predicates of one type state the same; the time at which cosign's custom ones were wrapped says nothing. */
export function samePredicate(type: string, a: Json | undefined, b: Json | undefined): boolean {
  return comparable(type, a) === comparable(type, b);
}

function comparable(type: string, value: Json | undefined): string {
  if (value === undefined) return '';
  if (type === CUSTOM && typeof value === 'object' && value !== null && !Array.isArray(value) && 'Data' in value)
    return canonicalJson({ ...value, Timestamp: '' } as Json);
  return canonicalJson(value);
}

/**
 * Whether two JSON texts hold the same numbers beyond what a double keeps exactly: a parser takes different ones for the same. `true` for texts without such numbers.
 */
export function sameLongNumbers(a: Bytes, b: Bytes): boolean {
  return longNumbers(utf8Decode(a, 'statement')).join() === longNumbers(utf8Decode(b, 'statement')).join();
}

/** Digits that a double keeps of every number. */
const EXACT_DIGITS = 15;

// In no order: members may stand in another one.
function longNumbers(json: string): readonly string[] {
  const found: string[] = [];
  for (let i = 0; i < json.length; i++) {
    if (json[i] === '"') i = endOfString(json, i);
    else if (/[-\d]/.test(json[i] ?? '')) {
      const start = i;
      while (/[-+.eE\d]/.test(json[i + 1] ?? '')) i++;
      const number = json.slice(start, i + 1);
      if (number.replace(/\D/g, '').length > EXACT_DIGITS) found.push(number);
    }
  }
  return found.sort();
}

function endOfString(json: string, start: number): number {
  for (let i = start + 1; i < json.length; i++) {
    if (json[i] === '\\') i++;
    else if (json[i] === '"') return i;
  }
  return json.length;
}
