/** Quantities as `1.5Gi` (Kubernetes, apiserver/pkg/cel/library/quantity.go; apimachinery, api/resource). */
import type { CelFunc, CelType } from '../library.ts';
import { func, INT, method, opaque, STRING } from '../library.ts';
import { fail } from '../values.ts';

/** In billionths, the smallest part that a quantity has. */
interface Quantity {
  readonly nanos: bigint;
}

const QUANTITY = opaque<Quantity>('kubernetes.Quantity', (a, b) => a.nanos === b.nanos);
const GIGA = 10n ** 9n;
const MAX = (2n ** 63n - 1n) * GIGA;

const DECIMAL = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

function parse(text: string): Quantity | undefined {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([eE])([+-]?[0-9]{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text);
  if (match === null || text.length > 100) return undefined;
  const [, sign, whole = '', part = '', exponential, exponent, suffix = ''] = match;
  if (whole === '' && part === '') return undefined;
  const digits = BigInt(whole + part);
  const binary = BINARY.indexOf(suffix);
  const power = (exponential === undefined ? (binary < 0 ? (DECIMAL.get(suffix) ?? 0) : 0) : Number(exponent)) - part.length + 9;
  const scaled = binary < 0 ? digits : digits << BigInt(10 * (binary + 1));
  // Less than a billionth is rounded up, away from zero; more than the largest is the largest.
  const divisor = power < 0 ? 10n ** BigInt(-power) : 1n;
  const nanos = power < 0 ? (scaled + divisor - 1n) / divisor : scaled * 10n ** BigInt(power);
  const size = nanos > MAX ? MAX : nanos;
  return { nanos: sign === '-' ? -size : size };
}

function integer(quantity: Quantity): bigint | undefined {
  return quantity.nanos % GIGA === 0n ? quantity.nanos / GIGA : undefined;
}

function open(value: unknown): Quantity {
  return QUANTITY.open(value) ?? (typeof value === 'bigint' ? { nanos: value * GIGA } : fail('no such overload'));
}

/** The functions. */
export function quantityFunctions(): CelFunc[] {
  const one = (name: string, run: (self: Quantity) => bigint | boolean | number) =>
    method(name, QUANTITY.type, [], (self: unknown) => run(open(self)));
  const pair = (name: string, other: CelType, run: (a: bigint, b: bigint) => bigint | boolean) =>
    method(name, QUANTITY.type, [other], (a: unknown, b: unknown) => run(open(a).nanos, open(b).nanos));
  const combine = (name: string, other: CelType, sign: bigint) =>
    method(name, QUANTITY.type, [other], (a: unknown, b: unknown) => QUANTITY.wrap({ nanos: open(a).nanos + sign * open(b).nanos }));
  return [
    func('quantity', [STRING], (text: string) => QUANTITY.wrap(parse(text) ?? fail(`unable to parse quantity '${text.slice(0, 100)}'`))),
    func('isQuantity', [STRING], (text: string) => parse(text) !== undefined),
    one('isInteger', (self) => integer(self) !== undefined),
    one('asInteger', (self) => integer(self) ?? fail('cannot convert value to integer')),
    one('asApproximateFloat', (self) => Number(self.nanos) / 1e9),
    one('sign', (self) => (self.nanos > 0n ? 1n : self.nanos < 0n ? -1n : 0n)),
    pair('isLessThan', QUANTITY.type, (a, b) => a < b),
    pair('isGreaterThan', QUANTITY.type, (a, b) => a > b),
    pair('compareTo', QUANTITY.type, (a, b) => (a < b ? -1n : a > b ? 1n : 0n)),
    ...[QUANTITY.type, INT].flatMap((type) => [combine('add', type, 1n), combine('sub', type, -1n)]),
  ];
}
