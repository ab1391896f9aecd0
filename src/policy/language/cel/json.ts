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
  #names: string[] | undefined;

  constructor(object: Readonly<Record<string, unknown>>) {
    this.#object = object;
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
      value = fromJson(this.#object[key]);
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

/** A value of JSON. Whole numbers are `int`, as Kubernetes has them; one beyond 2^53, which JSON's reader has rounded, is an error where it is used. */
export function fromJson(value: unknown): CelInput {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return value;
    if (!Number.isSafeInteger(value)) fail(`the whole number ${value} is not exact beyond 2^53`);
    return BigInt(value);
  }
  if (value === null || typeof value !== 'object') return value as string | boolean | null;
  if (Array.isArray(value)) return celList(value.map(fromJson));
  // What is left of the kinds of JSON.
  return celMap(new JsonMap(value as Record<string, unknown>));
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
