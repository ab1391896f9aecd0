/** Lists and sets (cel-go, ext/lists and ext/sets; Kubernetes' list library). */
import { LIMITS } from '../../../../limits.ts';
import type { CelFunc, CelInput, CelList, CelUint, CelValue } from '../library.ts';
import { celList, celUint, DYN, durationOf, func, INT, isCelList, isCelUint, LIST, method, openDuration } from '../library.ts';
import { boundedList, compare, elementsOf, equal, fail, type MessageEqual, noOverload } from '../values.ts';
import { ofOptional } from './optional.ts';

/** The functions. */
export function listFunctions(messages: MessageEqual): CelFunc[] {
  const same = (a: CelValue, b: CelValue) => equal(a, b, messages);
  const has = (list: readonly CelValue[], value: CelValue) => list.some((element) => same(element, value));

  return [
    method('isSorted', LIST, [], (list: CelList) =>
      elementsOf(list).every((value, i, all) => i === 0 || compare(all[i - 1] ?? null, value) <= 0),
    ),
    method('sum', LIST, [], sum),
    method('min', LIST, [], (list: CelList) => extreme(list, -1)),
    method('max', LIST, [], (list: CelList) => extreme(list, 1)),
    method('indexOf', LIST, [DYN], (list: CelList, value: CelValue) =>
      BigInt(elementsOf(list).findIndex((element) => same(element, value))),
    ),
    method('lastIndexOf', LIST, [DYN], (list: CelList, value: CelValue) =>
      BigInt(elementsOf(list).findLastIndex((element) => same(element, value))),
    ),
    method('slice', LIST, [INT, INT], (list: CelList, from: bigint, to: bigint) => {
      if (from < 0n || to < 0n) fail(`cannot slice(${from}, ${to}), negative indexes not supported`);
      if (from > to) fail(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`);
      if (to > BigInt(list.size)) fail(`cannot slice(${from}, ${to}), list is length ${list.size}`);
      return elementsOf(list).slice(Number(from), Number(to));
    }),
    method('flatten', LIST, [], (list: CelList) => boundedList(flatten(list, 1n))),
    method('flatten', LIST, [INT], (list: CelList, depth: bigint) =>
      depth < 0n ? fail('level must be non-negative') : boundedList(flatten(list, depth)),
    ),
    method('sort', LIST, [], (list: CelList) => sorted(elementsOf(list), elementsOf(list))),
    func('@sortBy', [LIST, LIST], (list: CelList, keys: CelList) => sorted(elementsOf(list), elementsOf(keys))),
    method('distinct', LIST, [], (list: CelList) => distinct(list, has)),
    func('lists.range', [INT], (count: bigint) => {
      if (count > BigInt(LIMITS.expressionListLength)) fail(`list has more than ${LIMITS.expressionListLength} elements`);
      return Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i));
    }),
    method('reverse', LIST, [], (list: CelList) => elementsOf(list).reverse()),
    method('first', LIST, [], (list: CelList) => ofOptional(list.get(0))),
    method('last', LIST, [], (list: CelList) => ofOptional(list.get(list.size - 1))),
    func('sets.contains', [LIST, LIST], (list: CelList, part: CelList) => contains(elementsOf(list), elementsOf(part), has)),
    func('sets.equivalent', [LIST, LIST], (a: CelList, b: CelList) => {
      return contains(elementsOf(a), elementsOf(b), has) && contains(elementsOf(b), elementsOf(a), has);
    }),
    func('sets.intersects', [LIST, LIST], (a: CelList, b: CelList) => elementsOf(a).some((value) => has(elementsOf(b), value))),
  ];
}

type Has = (list: readonly CelValue[], value: CelValue) => boolean;

function contains(list: readonly CelValue[], part: readonly CelValue[], has: Has): boolean {
  return part.every((value) => has(list, value));
}

// Texts, most of what lists hold, are found in a set; the rest by comparing all.
function distinct(list: CelList, has: Has): CelInput {
  const texts = new Set<string>();
  const others: CelValue[] = [];
  return elementsOf(list).filter((value) => {
    if (typeof value === 'string') return !texts.has(value) && texts.add(value);
    return !has(others, value) && others.push(value) > 0;
  });
}

function sum(list: CelList): CelInput {
  const [first, ...rest] = elementsOf(list);
  if (first === undefined) return 0n;
  return rest.reduce(add, typeof first === 'string' ? noOverload(first) : first);
}

function add(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return ranged(a + b, -(2n ** 63n), 2n ** 63n - 1n);
  if (isCelUint(a) && isCelUint(b)) return celUint(ranged(a.value + b.value, 0n, 2n ** 64n - 1n)) satisfies CelUint;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const left = openDuration(a);
  const right = openDuration(b);
  if (left === undefined || right === undefined) return noOverload(a, b);
  const nanos = (left.seconds + right.seconds) * 1_000_000_000n + BigInt(left.nanos + right.nanos);
  // The library takes the message in where it goes: a list's element is converted when it is read.
  return celList([durationOf({ seconds: nanos / 1_000_000_000n, nanos: Number(nanos % 1_000_000_000n) })]).get(0) ?? null;
}

function ranged(value: bigint, min: bigint, max: bigint): bigint {
  return value < min || value > max ? fail('integer overflow') : value;
}

function extreme(list: CelList, sign: number): CelInput {
  let best: CelValue | undefined;
  for (const value of list) if (best === undefined || compare(value, best) * sign > 0) best = value;
  return best === undefined ? fail(`${sign > 0 ? 'max' : 'min'} called on empty list`) : best;
}

function flatten(list: CelList, depth: bigint): CelValue[] {
  const out: CelValue[] = [];
  for (const value of list) {
    if (!isCelList(value) || depth === 0n) out.push(value);
    else for (const inner of flatten(value, depth - 1n)) out.push(inner);
  }
  return out;
}

function sorted(values: readonly CelValue[], keys: readonly CelValue[]): CelInput {
  // Two types would have an order only if they are never compared: the first key decides.
  const kind = (value: CelValue) => (isCelUint(value) ? 'uint' : typeof value);
  if (keys.some((key) => kind(key) !== kind(keys[0] ?? null))) return fail('list elements must have the same type');
  if (keys.length === 1) compare(keys[0] ?? null, keys[0] ?? null);
  const order = keys.map((key, i) => ({ key, i })).sort((a, b) => compare(a.key, b.key) || a.i - b.i);
  return celList(order.map(({ i }) => values[i] ?? null));
}
