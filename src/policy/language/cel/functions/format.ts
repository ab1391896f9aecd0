/** `"…".format([…])` (cel-go, ext/strings, "Format"): the clauses %s %d %f %e %b %o %x %X. */
import { LIMITS } from '../../../../limits.ts';
import type { CelValue } from '../library.ts';
import { isCelList, isCelMap, isCelType, isCelUint, openDuration, openTimestamp, typeName } from '../library.ts';
import { durationText, timestampText } from '../time.ts';
import { bounded, compareTexts, fail } from '../values.ts';

// More digits than a double has; a larger number would only make a long text.
const MAX_PRECISION = 100;

/** Formats. Throws for clauses and values that do not fit. */
export function formatText(template: string, values: readonly CelValue[]): string {
  let used = 0;
  let length = 0;
  const clause = /%(?:%|(?:\.([0-9]*))?([a-zA-Z]?))/g;
  const result = template.replace(clause, (all: string, digits: string | undefined, verb: string | undefined) => {
    if (all === '%%') return '%';
    if (verb === undefined || verb === '') return fail('could not parse formatting clause: unexpected end of string');
    const value = values[used++];
    if (value === undefined) return fail(`index ${used - 1} out of range`);
    const precision = digits === undefined ? 6 : Number(digits);
    if (precision > MAX_PRECISION) fail(`a precision of ${precision} digits is larger than ${MAX_PRECISION}`);
    const shown = placeholder(verb, value, precision);
    length += shown.length;
    if (length > LIMITS.expressionTextLength) bounded(shown.padEnd(length));
    return shown;
  });
  if (used < values.length) fail(`too many arguments: ${values.length} for ${used} clauses`);
  return bounded(result);
}

function placeholder(verb: string, value: CelValue, precision: number): string {
  switch (verb) {
    case 's':
      return plain(value);
    case 'd':
      if (typeof value === 'number' && !Number.isFinite(value)) return double(value);
      return integer(value, 10, 'decimal clause can only be used on integers');
    case 'f':
      return real(value, (it) => fixed(it, precision));
    case 'e':
      return real(value, (it) => it.toExponential(precision).replace(/([+-])([0-9])$/, '$10$2'));
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      return integer(value, 2, 'only integers and bools can be formatted as binary');
    case 'o':
      return integer(value, 8, 'octal clause can only be used on integers');
    case 'x':
      return hex(value);
    case 'X':
      return hex(value).toUpperCase();
    default:
      return fail(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function integer(value: CelValue, base: number, otherwise: string): string {
  const whole = isCelUint(value) ? value.value : value;
  return typeof whole === 'bigint' ? whole.toString(base) : fail(`error during formatting: ${otherwise}, was given ${typeName(value)}`);
}

function hex(value: CelValue): string {
  if (typeof value === 'string' || value instanceof Uint8Array) return Buffer.from(value as string).toString('hex');
  return integer(value, 16, 'only integers, byte buffers, and strings can be formatted as hex');
}

function real(value: CelValue, write: (value: number) => string): string {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value;
  const number = isCelUint(value) ? Number(value.value) : typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number')
    return fail(`error during formatting: fixed-point and scientific clauses can only be used on numbers, was given ${typeName(value)}`);
  return Number.isFinite(number) ? write(number) : double(number);
}

// toFixed rounds the exact value, but writes large ones with an exponent.
function fixed(value: number, precision: number): string {
  if (Math.abs(value) < 1e21) return halfEven(value, precision);
  return `${BigInt(value)}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`;
}

// A double that is exactly between two decimals goes to the even one, as in Go; toFixed goes up.
function halfEven(value: number, precision: number): string {
  const rounded = value.toFixed(precision);
  const exact = value.toFixed(Math.min(100, precision + 60));
  const tail = exact.slice(exact.length - Math.min(60, 100 - precision));
  if (!/^50*$/.test(tail)) return rounded;
  const cut = exact.slice(0, exact.length - tail.length).replace(/\.$/, '');
  return Number(cut.at(-1)) % 2 === 0 ? cut : rounded;
}

function double(value: number): string {
  return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

function plain(value: CelValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return double(value);
  if (value === null || typeof value !== 'object') return `${value}`;
  if (isCelUint(value)) return `${value.value}`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (isCelType(value)) return value.name;
  if (isCelList(value)) return bounded(`[${Array.from(value, plain).join(', ')}]`);
  if (isCelMap(value)) {
    const entries = Array.from(value, ([key, inner]) => [plain(key), plain(inner)] as const).sort(([a], [b]) => compareTexts(a, b));
    return bounded(`{${entries.map(([key, inner]) => `${key}: ${inner}`).join(', ')}}`);
  }
  const moment = openTimestamp(value);
  if (moment !== undefined) return timestampText(moment);
  const span = openDuration(value);
  if (span !== undefined) return durationText(span);
  return fail(
    `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeName(value)}`,
  );
}
