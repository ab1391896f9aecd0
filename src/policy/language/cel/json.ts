/** JSON to CEL values and back (cel-spec, "JSON Data Conversion"). */
import { LIMITS } from '../../../limits.ts';
import type { CelInput, CelValue } from './library.ts';
import { celList, celMap, isCelList, isCelMap, isCelType, isCelUint, openDuration, openTimestamp, typeName } from './library.ts';
import { durationText, timestampText } from './time.ts';
import { fail } from './values.ts';

/** An object of JSON as a map whose values are converted when they are asked for. Names are the attacker's: only own ones count. */
class JsonMap implements ReadonlyMap<string, CelInput> {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #converted = new Map<string, CelInput>();
  readonly #mark: string;
  #names: string[] | undefined;

  constructor(object: Readonly<Record<string, unknown>>, mark: string) {
    this.#object = object;
    this.#mark = mark;
  }

  #own(): string[] {
    this.#names ??= Object.keys(this.#object);
    return this.#names;
  }

  get size(): number {
    return this.#own().length;
  }

  has(key: string): boolean {
    return typeof key === 'string' && Object.hasOwn(this.#object, key);
  }

  get(key: string): CelInput | undefined {
    if (!this.has(key)) return undefined;
    let value = this.#converted.get(key);
    if (value === undefined) {
      value = fromJson(this.#object[key], this.#mark);
      this.#converted.set(key, value);
    }
    return value;
  }

  keys(): MapIterator<string> {
    return this.#own().values();
  }

  *values(): MapIterator<CelInput> {
    for (const key of this.#own()) yield this.get(key) ?? null;
  }

  *entries(): MapIterator<[string, CelInput]> {
    for (const key of this.#own()) yield [key, this.get(key) ?? null];
  }

  [Symbol.iterator](): MapIterator<[string, CelInput]> {
    return this.entries();
  }

  forEach(callback: (value: CelInput, key: string, map: ReadonlyMap<string, CelInput>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }
}

/** A document of JSON, as `fromJson` takes its parts. */
export interface Parsed {
  readonly value: unknown;
  /** What whole numbers begin with that JSON's reader would have rounded: they are texts. No other text in the document begins so. */
  readonly mark: string;
}

const LONG_NUMBER = /[:,[\s]-?[0-9]{16}/;
const STRING_OR_NUMBER = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/g;

/** Reads JSON with whole numbers as they are written. Throws as `JSON.parse`. */
export function parseExactly(text: string): Parsed {
  const value: unknown = JSON.parse(text);
  if (!LONG_NUMBER.test(text)) return { value, mark: '' };
  let mark = '\u{e000}';
  // The text of the value has each character of its strings as itself.
  for (const plain = JSON.stringify(value); plain.includes(mark); ) mark += '\u{e000}';
  const marked = text.replace(STRING_OR_NUMBER, (token) => (/^-?[0-9]{16,}$/.test(token) ? `"${mark}${token}"` : token));
  return { value: JSON.parse(marked), mark };
}

/**
 * A value of JSON. Whole numbers are `int`, as Kubernetes has them, however they are written; those beyond 64 bits, or large
 * and with an exponent, are `double`.
 */
export function fromJson(value: unknown, mark = ''): CelInput {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' && mark !== '' && value.startsWith(mark)) {
    const digits = value.slice(mark.length);
    // Nineteen digits and a sign are what 64 bits can have.
    const whole = digits.length > 20 ? undefined : BigInt(digits);
    return whole !== undefined && BigInt.asIntN(64, whole) === whole ? whole : Number(digits);
  }
  if (value === null || typeof value !== 'object') return value as string | boolean | null;
  if (Array.isArray(value)) return celList(value.map((element) => fromJson(element, mark)));
  // What is left of the kinds of JSON.
  return celMap(new JsonMap(value as Record<string, unknown>, mark));
}

/** A value for JSON: bytes are base64, moments and spans their texts, whole numbers beyond 2^53 decimal texts. Fails for what JSON cannot say. */
export function toJson(value: CelValue): unknown {
  let count = 0;
  return convert(value);

  function convert(inner: CelValue): unknown {
    // A list that holds a list twice, which holds one twice, is small until it is written out.
    if (++count > LIMITS.expressionListLength) fail(`the result has more than ${LIMITS.expressionListLength} values`);
    if (typeof inner === 'bigint') return Number.isSafeInteger(Number(inner)) ? Number(inner) : `${inner}`;
    if (typeof inner === 'number') return Number.isFinite(inner) ? inner : `${inner}`;
    if (inner === null || typeof inner !== 'object') return inner;
    if (isCelUint(inner)) return convert(inner.value);
    if (inner instanceof Uint8Array) return Buffer.from(inner).toString('base64');
    if (isCelList(inner)) return Array.from(inner, convert);
    if (isCelMap(inner))
      return Object.fromEntries(Array.from(inner, ([key, held]) => [isCelUint(key) ? `${key.value}` : `${key}`, convert(held)]));
    if (isCelType(inner)) return inner.name;
    const moment = openTimestamp(inner);
    if (moment !== undefined) return timestampText(moment);
    const span = openDuration(inner);
    if (span !== undefined) return durationText(span);
    return fail(`a value of type ${typeName(inner)} cannot be the result of an expression`);
  }
}
