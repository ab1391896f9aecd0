/** Optional values (cel-spec, proposal 246; `or`, `orValue`, `optMap` and `optFlatMap` are macros). */
import type { CelFunc, CelInput, CelList, CelValue } from '../library.ts';
import { DYN, func, isCelList, isCelMap, isCelUint, isMessage, LIST, method, opaque, openDuration, openTimestamp } from '../library.ts';
import { elementsOf, equal, fail, noOverload } from '../values.ts';

/** An optional value; without `value`: none. */
export interface Optional {
  readonly value: CelValue | undefined;
}

const OPTIONAL = opaque<Optional>('optional_type', (a, b) => {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equal(a.value, b.value, () => false);
});

/** The optional that a value is; undefined for other values. */
export function openOptional(value: CelValue): Optional | undefined {
  return OPTIONAL.open(value);
}

/** An optional of a value, or none. */
export function ofOptional(value: CelValue | undefined): CelInput {
  return OPTIONAL.wrap({ value });
}

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === 0 || value === 0n || value === '') return true;
  if (typeof value !== 'object') return false;
  if (isCelUint(value)) return value.value === 0n;
  if (value instanceof Uint8Array) return value.length === 0;
  if (isCelList(value) || isCelMap(value)) return value.size === 0;
  const span = openDuration(value) ?? openTimestamp(value);
  if (span !== undefined) return span.seconds === 0n && span.nanos === 0;
  const held = OPTIONAL.open(value);
  if (held !== undefined) return held.value === undefined;
  return isMessage(value) && value.fields.length > 0 && value.fields.every((field) => !value.isSet(field));
}

/** The functions. */
export function optionalFunctions(): CelFunc[] {
  return [
    func('optional.none', [], () => ofOptional(undefined)),
    func('optional.of', [DYN], (value: CelValue) => ofOptional(value)),
    func('optional.ofNonZeroValue', [DYN], (value: CelValue) => ofOptional(isZero(value) ? undefined : value)),
    func('optional.unwrap', [LIST], unwrap),
    method('unwrapOpt', LIST, [], unwrap),
    method('hasValue', OPTIONAL.type, [], (self: CelValue) => OPTIONAL.open(self)?.value !== undefined),
    method('value', OPTIONAL.type, [], value),
  ];
}

function value(self: CelValue): CelValue {
  const held = OPTIONAL.open(self)?.value;
  return held === undefined ? fail('optional.none() dereference') : held;
}

function unwrap(list: CelList): CelInput {
  return elementsOf(list).flatMap((element) => {
    const held = OPTIONAL.open(element) ?? noOverload(element);
    return held.value === undefined ? [] : [held.value];
  });
}
