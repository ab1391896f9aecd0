/** Operators, access and the machinery of macros: in place of the library's where those are lax, slow or unbounded. */
import { LIMITS } from '../../../../limits.ts';
import type { CelFunc, CelInput, CelList, CelMap, CelUint, CelValue } from '../library.ts';
import {
  BOOL,
  BYTES,
  celList,
  celMap,
  DOUBLE,
  DYN,
  func,
  INT,
  isCelList,
  isCelMap,
  isCelUint,
  isMessage,
  LIST,
  MAP,
  STRING,
  UINT,
} from '../library.ts';
import { bounded, boundedList, compareTexts, elementsOf, equal, fail, isKey, keyText, noOverload, position } from '../values.ts';
import { ofOptional, openOptional } from './optional.ts';

/** What the library does for protobuf messages, which policies have none of. */
export interface Messages {
  readonly equal: (a: CelValue, b: CelValue) => boolean;
  readonly select: (message: CelValue, field: string) => CelValue;
  readonly has: (message: CelValue, field: string) => boolean;
}

/** The functions. */
export function coreFunctions(messages: Messages): CelFunc[] {
  const same = (a: CelValue, b: CelValue) => equal(a, b, messages.equal);

  function lookup(target: CelValue, key: CelValue): CelValue | undefined {
    if (isCelMap(target)) {
      if (isKey(key)) return target.get(key);
      const whole = position(key);
      return whole !== undefined ? target.get(BigInt(whole)) : typeof key === 'number' ? undefined : noOverload(target, key);
    }
    if (isCelList(target)) {
      const at = position(key);
      if (at === undefined) return noOverload(target, key);
      return target.get(at);
    }
    return noOverload(target, key);
  }

  function field(target: CelValue, name: string): CelValue | undefined {
    if (isCelMap(target)) return target.get(name);
    return isMessage(target) ? (messages.has(target, name) ? messages.select(target, name) : undefined) : noOverload(target, name);
  }

  function optional(target: CelValue, find: (target: CelValue) => CelValue | undefined): CelInput {
    const held = openOptional(target);
    if (held !== undefined) return ofOptional(held.value === undefined ? undefined : find(held.value));
    return ofOptional(find(target));
  }

  return [
    func('_==_', [DYN, DYN], same),
    func('_!=_', [DYN, DYN], (a: CelValue, b: CelValue) => !same(a, b)),
    func('@in', [DYN, LIST], (value: CelValue, list: CelList) => {
      for (const element of list) if (same(element, value)) return true;
      return false;
    }),
    // For each type of key, because the library's own have these signatures (and say that a key whose value is null is not there).
    ...[STRING, INT, UINT, BOOL, DOUBLE].map((type) => func('@in', [type, MAP], (key: Key, map: CelMap) => map.get(key) !== undefined)),
    func('_<_', [STRING, STRING], (a: string, b: string) => compareTexts(a, b) < 0),
    func('_<=_', [STRING, STRING], (a: string, b: string) => compareTexts(a, b) <= 0),
    func('_>_', [STRING, STRING], (a: string, b: string) => compareTexts(a, b) > 0),
    func('_>=_', [STRING, STRING], (a: string, b: string) => compareTexts(a, b) >= 0),
    func('_+_', [STRING, STRING], (a: string, b: string) => bounded(a + b)),
    func('_+_', [BYTES, BYTES], (a: Uint8Array, b: Uint8Array) => {
      if (a.length + b.length > LENGTH) fail(`bytes are longer than ${LENGTH}`);
      return Uint8Array.from(Buffer.concat([a, b]));
    }),
    func('_+_', [LIST, LIST], (a: CelList, b: CelList) => (a.size === 0 ? b : b.size === 0 ? a : boundedList([...a, ...b]))),

    func('@select', [DYN, STRING], (target: CelValue, name: string) => {
      if (isCelMap(target)) {
        const value = target.get(name);
        return value === undefined ? absent(target, name) : value;
      }
      if (openOptional(target) !== undefined) return optional(target, (inner) => field(inner, name));
      return isMessage(target) ? messages.select(target, name) : noOverload(target, name);
    }),
    func('@has', [DYN, STRING], (target: CelValue, name: string) => {
      const held = openOptional(target);
      const inner = held === undefined ? target : held.value;
      if (inner === undefined) return false;
      if (isCelMap(inner)) return inner.get(name) !== undefined;
      return isMessage(inner) ? messages.has(inner, name) : noOverload(inner, name);
    }),
    func('@index', [DYN, DYN], (target: CelValue, key: CelValue) => {
      if (openOptional(target) !== undefined) return optional(target, (inner) => lookup(inner, key));
      const value = lookup(target, key);
      if (value !== undefined) return value;
      return isCelList(target) ? fail(`index out of bounds: ${keyText(key)}`) : absent(target, key);
    }),
    func('@optSelect', [DYN, STRING], (target: CelValue, name: string) => optional(target, (inner) => field(inner, name))),
    func('@optIndex', [DYN, DYN], (target: CelValue, key: CelValue) => optional(target, (inner) => lookup(inner, key))),

    func('@list', [LIST, LIST], (elements: CelList, optionals: CelList) => {
      const flags = elementsOf(optionals);
      return celList(elementsOf(elements).flatMap((element, i) => (flags[i] === true ? present(element) : [element])));
    }),
    func('@map', [LIST], (flat: CelList) => {
      const parts = elementsOf(flat);
      const map = newGrowing();
      for (let i = 0; i < parts.length; i += 3) {
        const value = parts[i + 2] === true ? present(parts[i + 1] ?? null) : [parts[i + 1] ?? null];
        if (value[0] !== undefined) put(map, parts[i] ?? null, value[0]);
      }
      return celMap(map.entries);
    }),
    ...macroFunctions(),
  ];
}

type Key = string | boolean | bigint;

function absent(target: CelValue, key: CelValue): never {
  return isCelMap(target) ? fail(`no such key: ${keyText(key)}`) : noOverload(target, key);
}

function present(element: CelValue): CelValue[] {
  const held = openOptional(element) ?? noOverload(element);
  return held.value === undefined ? [] : [held.value];
}

/** A map and its keys as plain numbers: `1` and `1u` are the same key. */
interface Growing {
  readonly entries: Map<string | boolean | bigint | CelUint, CelValue>;
  readonly seen: Set<Key>;
}

function newGrowing(): Growing {
  return { entries: new Map(), seen: new Set() };
}

function put({ entries, seen }: Growing, key: CelValue, value: CelValue): void {
  const plain = isCelUint(key) ? key.value : key;
  if (!isKey(plain) || !isKey(key)) fail('unsupported key type');
  if (seen.has(plain)) fail(`map key conflict: ${keyText(key)}`);
  seen.add(plain);
  entries.set(key, value);
}

const LENGTH = LIMITS.expressionTextLength;

// What a collecting comprehension grows: only its own steps can see it until it is done.
function macroFunctions(): CelFunc[] {
  const lists = new WeakMap<CelList, CelValue[]>();
  const maps = new WeakMap<CelMap, Growing>();
  return [
    func('@newList', [], () => {
      const elements: CelValue[] = [];
      const list = celList(elements);
      lists.set(list, elements);
      return list;
    }),
    func('@push', [DYN, DYN], (list: CelList, element: CelValue) => {
      lists.get(list)?.push(element);
      return list;
    }),
    func('@newMap', [], () => {
      const growing = newGrowing();
      const map = celMap(growing.entries);
      maps.set(map, growing);
      return map;
    }),
    func('@put', [DYN, DYN, DYN], (map: CelMap, key: CelValue, value: CelValue) => {
      const growing = maps.get(map);
      if (growing !== undefined) put(growing, key, value);
      return map;
    }),
    func('@putAll', [MAP, MAP], (map: CelMap, added: CelMap) => {
      const growing = maps.get(map);
      if (growing !== undefined) for (const [key, value] of added) put(growing, key, value);
      return map;
    }),
    func('@continue', [DYN], () => true),
    func('@pairs', [LIST], (list: CelList) => celList(elementsOf(list).map((value, i) => celList([BigInt(i), value])))),
    func('@pairs', [MAP], (map: CelMap) => celList(Array.from(map, ([key, value]) => celList([key, value])))),
    func('@first', [DYN], (pair: CelList) => pair.get(0) ?? null),
    func('@second', [DYN], (pair: CelList) => pair.get(1) ?? null),
  ];
}
