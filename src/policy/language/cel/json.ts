/** JSON to CEL values and back (cel-spec, "JSON Data Conversion"). */
import type { CelInput, CelMap, CelValue } from './library.ts';
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
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
  if (typeof value === 'number') return Number.isFinite(value) ? value : `${value}`;
  if (value === null || typeof value !== 'object') return value;
  if (isCelUint(value)) return toJson(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (isCelList(value)) return Array.from(value, toJson);
  if (isCelMap(value))
    return Object.fromEntries(Array.from(value as CelMap, ([key, inner]) => [isCelUint(key) ? `${key.value}` : `${key}`, toJson(inner)]));
  if (isCelType(value)) return value.name;
  const moment = openTimestamp(value);
  if (moment !== undefined) return timestampText(moment);
  const span = openDuration(value);
  if (span !== undefined) return durationText(span);
  return fail(`a value of type ${typeName(value)} cannot be the result of an expression`);
}
