/** Numbers (cel-go, ext/math, version 2). */
import type { CelFunc, CelInput, CelList, CelType, CelUint, CelValue } from '../library.ts';
import { celUint, DOUBLE, func, INT, isCelList, isCelUint, LIST, UINT } from '../library.ts';
import { compare, fail, noOverload } from '../values.ts';

const MIN_INT = -(2n ** 63n);

/** The functions. `math.greatest` and `math.least` get their arguments as one list. */
export function mathFunctions(): CelFunc[] {
  return [
    func('math.greatest', [LIST], (args: CelList) => extreme(args, 1)),
    func('math.least', [LIST], (args: CelList) => extreme(args, -1)),
    func('math.ceil', [DOUBLE], Math.ceil),
    func('math.floor', [DOUBLE], Math.floor),
    func('math.trunc', [DOUBLE], Math.trunc),
    // Half goes away from zero; JavaScript's round goes up.
    func('math.round', [DOUBLE], (it: number) => (Number.isFinite(it) ? Math.sign(it) * roundHalf(Math.abs(it)) : it)),
    func('math.abs', [DOUBLE], Math.abs),
    func('math.abs', [INT], (it: bigint) => (it === MIN_INT ? fail('integer overflow') : it < 0n ? -it : it)),
    func('math.abs', [UINT], (it: CelUint) => it),
    func('math.sign', [DOUBLE], Math.sign),
    func('math.sign', [INT], (it: bigint) => (it > 0n ? 1n : it < 0n ? -1n : 0n)),
    func('math.sign', [UINT], (it: CelUint) => celUint(it.value > 0n ? 1n : 0n)),
    func('math.sqrt', [DOUBLE], Math.sqrt),
    func('math.sqrt', [INT], (it: bigint) => Math.sqrt(Number(it))),
    func('math.sqrt', [UINT], (it: CelUint) => Math.sqrt(Number(it.value))),
    func('math.isNaN', [DOUBLE], Number.isNaN),
    func('math.isInf', [DOUBLE], (it: number) => !Number.isNaN(it) && !Number.isFinite(it)),
    func('math.isFinite', [DOUBLE], Number.isFinite),
    ...bits('math.bitAnd', (a, b) => a & b),
    ...bits('math.bitOr', (a, b) => a | b),
    ...bits('math.bitXor', (a, b) => a ^ b),
    func('math.bitNot', [INT], (it: bigint) => ~it),
    func('math.bitNot', [UINT], (it: CelUint) => celUint(BigInt.asUintN(64, ~it.value))),
    ...shift('math.bitShiftLeft', (it, by) => it << by),
    // The sign is not kept: cel-go shifts the bits.
    ...shift('math.bitShiftRight', (it, by) => BigInt.asUintN(64, it) >> by),
  ];
}

function roundHalf(positive: number): number {
  const whole = Math.trunc(positive);
  return positive - whole >= 0.5 ? whole + 1 : whole;
}

function extreme(args: CelList, sign: number): CelInput {
  const only = args.size === 1 ? args.get(0) : undefined;
  const values: CelValue[] = [...(isCelList(only) ? only : args)];
  let best: CelValue | undefined;
  for (const value of values) {
    if (typeof value !== 'number' && typeof value !== 'bigint' && !isCelUint(value)) return noOverload(value);
    if (best === undefined || compare(value, best) * sign > 0) best = value;
  }
  return best ?? fail(`math.@${sign > 0 ? 'max' : 'min'}(list) argument must not be empty`);
}

function bits(name: string, run: (a: bigint, b: bigint) => bigint): CelFunc[] {
  return [func(name, [INT, INT], run), func(name, [UINT, UINT], (a: CelUint, b: CelUint) => celUint(run(a.value, b.value)))];
}

function shift(name: string, run: (it: bigint, by: bigint) => bigint): CelFunc[] {
  const whole = (it: bigint, by: bigint): bigint => {
    if (by < 0n) fail(`${name}() negative offset: ${by}`);
    return by >= 64n ? 0n : run(it, by);
  };
  const signed: readonly CelType[] = [INT, INT];
  return [
    func(name, signed, (it: bigint, by: bigint) => BigInt.asIntN(64, whole(it, by))),
    func(name, [UINT, INT], (it: CelUint, by: bigint) => celUint(BigInt.asUintN(64, whole(it.value, by)))),
  ];
}
