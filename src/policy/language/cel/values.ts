/** Equality, order, access and sizes of CEL values (cel-spec, "Language Definition"). */
import { LIMITS } from '../../../limits.ts';
import type { CelInput, CelList, CelUint, CelValue } from './library.ts';
import {
  celList,
  isCelList,
  isCelMap,
  isCelType,
  isCelUint,
  isMessage,
  opaqueEqual,
  openDuration,
  openTimestamp,
  typeName,
} from './library.ts';

/** The end of an evaluation, in CEL's words. */
export class CelFailure extends Error {}

/** Ends the evaluation with an error. */
export function fail(message: string): never {
  throw new CelFailure(message);
}

/** No function fits the values. */
export function noOverload(...values: readonly CelValue[]): never {
  fail(`no such overload (${values.map(typeName).join(', ')})`);
}

/** Compares protobuf messages, which only the conformance suite has. */
export type MessageEqual = (a: CelValue, b: CelValue) => boolean;

/** Whether two values are equal: numbers by value whatever their type, everything else by type and value. */
export function equal(a: CelValue, b: CelValue, messages: MessageEqual): boolean {
  if (a === b) return true;
  const left = isCelUint(a) ? a.value : a;
  const right = isCelUint(b) ? b.value : b;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    if ((typeof left === 'number' || typeof left === 'bigint') && (typeof right === 'number' || typeof right === 'bigint')) {
      // biome-ignore lint/suspicious/noDoubleEquals: an int and a double of the same value are equal in CEL, and to this operator
      return left == right;
    }
    return left === right;
  }
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0;
  if (isCelList(left)) {
    if (!isCelList(right) || left.size !== right.size) return false;
    const others = right[Symbol.iterator]();
    for (const element of left) if (!equal(element, others.next().value as CelValue, messages)) return false;
    return true;
  }
  if (isCelMap(left)) {
    if (!isCelMap(right) || left.size !== right.size) return false;
    for (const [key, value] of left) {
      const other = right.get(key);
      if (other === undefined || !equal(value, other, messages)) return false;
    }
    return true;
  }
  if (isCelType(left)) return isCelType(right) && left.name === right.name;
  const opaque = opaqueEqual(left, right);
  if (opaque !== undefined) return opaque;
  const span = openDuration(left) ?? openTimestamp(left);
  if (span !== undefined) {
    const other = openDuration(left) === undefined ? openTimestamp(right) : openDuration(right);
    return other !== undefined && other.seconds === span.seconds && other.nanos === span.nanos;
  }
  return isMessage(left) && isMessage(right) && messages(left, right);
}

/** Texts in the order of their code points, which is not that of JavaScript's units. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    // Surrogates stand for code points above all others.
    if (left !== right)
      return (left >= 0xd800 && left < 0xe000 ? left + 0x10000 : left) - (right >= 0xd800 && right < 0xe000 ? right + 0x10000 : right);
  }
  return a.length - b.length;
}

/** Negative, zero or positive; fails for values that have no order among them. */
export function compare(a: CelValue, b: CelValue): number {
  const left = isCelUint(a) ? a.value : a;
  const right = isCelUint(b) ? b.value : b;
  if ((typeof left === 'number' || typeof left === 'bigint') && (typeof right === 'number' || typeof right === 'bigint')) {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  const first = openDuration(left) ?? openTimestamp(left);
  const second = openDuration(left) === undefined ? openTimestamp(right) : openDuration(right);
  if (first === undefined || second === undefined) return noOverload(a, b);
  return first.seconds === second.seconds ? first.nanos - second.nanos : first.seconds < second.seconds ? -1 : 1;
}

/** A number as the position in a list; undefined when it is none. */
export function position(value: CelValue): number | undefined {
  const number = isCelUint(value) ? value.value : value;
  if (typeof number === 'bigint') return Number(number);
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

/** Whether a value can be the key of a map. */
export function isKey(value: CelValue): value is string | boolean | bigint | CelUint {
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint' || isCelUint(value);
}

/** A text that is not longer than a text may be. */
export function bounded(text: string): string {
  if (text.length > LIMITS.expressionTextLength) fail(`text is longer than ${LIMITS.expressionTextLength} characters`);
  return text;
}

/** A list of values that is not longer than a list may be. */
export function boundedList(elements: readonly CelInput[]): CelList {
  if (elements.length > LIMITS.expressionListLength) fail(`list has more than ${LIMITS.expressionListLength} elements`);
  return celList(elements);
}

/** The elements of a list. */
export function elementsOf(list: CelList): CelValue[] {
  return [...list];
}

/** A value's text in an error. */
export function keyText(key: CelValue): string {
  return isCelUint(key) ? `${key.value}` : String(key).slice(0, 200);
}
