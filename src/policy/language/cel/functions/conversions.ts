/** Conversions and parts of moments where the library differs from the specification or from cel-go. */
import type { CelFunc, CelInput, Span } from '../library.ts';
import { celUint, DOUBLE, DURATION, durationOf, func, INT, method, STRING, TIMESTAMP, timestampOf } from '../library.ts';
import { durationText, inZone, timestampText } from '../time.ts';
import { fail } from '../values.ts';

const GIGA = 1_000_000_000n;
const YEAR_1 = -62_135_596_800n;
const YEAR_9999 = 253_402_300_799n;

/** The functions. */
export function conversionFunctions(): CelFunc[] {
  return [
    func('int', [STRING], (text: string) => whole(text, /^[+-]?[0-9]+$/, -(2n ** 63n), 2n ** 63n - 1n, 'int')),
    func('uint', [STRING], (text: string) => celUint(whole(text, /^\+?[0-9]+$/, 0n, 2n ** 64n - 1n, 'uint'))),
    func('int', [DURATION], (span: { message: Span }) => span.message.seconds * GIGA + BigInt(span.message.nanos)),
    func('double', [STRING], parseDouble),
    func('string', [DOUBLE], doubleText),
    func('string', [TIMESTAMP], (moment: { message: Span }) => timestampText(moment.message)),
    func('string', [DURATION], (span: { message: Span }) => durationText(span.message)),
    func('timestamp', [INT], (seconds: bigint) => {
      if (seconds < YEAR_1 || seconds > YEAR_9999) fail('timestamp out of range');
      return timestampOf({ seconds, nanos: 0 });
    }),
    func('duration', [INT], (nanos: bigint) => durationOf({ seconds: nanos / GIGA, nanos: Number(nanos % GIGA) })),
    ...part('getFullYear', (date) => date.getUTCFullYear()),
    ...part('getMonth', (date) => date.getUTCMonth()),
    ...part('getDate', (date) => date.getUTCDate()),
    ...part('getDayOfMonth', (date) => date.getUTCDate() - 1),
    ...part('getDayOfWeek', (date) => date.getUTCDay()),
    ...part('getDayOfYear', dayOfYear),
    ...part('getHours', (date) => date.getUTCHours()),
    ...part('getMinutes', (date) => date.getUTCMinutes()),
    ...part('getSeconds', (date) => date.getUTCSeconds()),
  ];
}

function whole(text: string, pattern: RegExp, min: bigint, max: bigint, type: string): bigint {
  // Twenty digits and a sign; what is longer has leading zeros or overflows.
  const value =
    pattern.test(text) && text.length <= 40 ? BigInt(text.replace(/^\+/, '')) : fail(`type conversion error from 'string' to '${type}'`);
  return value < min || value > max ? fail(`type conversion error from 'string' to '${type}': value out of range`) : value;
}

function parseDouble(text: string): number {
  const special = /^([+-]?)(?:inf|infinity|nan)$/i.exec(text);
  if (special !== null) return /nan/i.test(text) ? Number.NaN : special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)) fail("type conversion error from 'string' to 'double'");
  const value = Number(text);
  return Number.isFinite(value) ? value : fail("type conversion error from 'string' to 'double': value out of range");
}

/** A double as Go's `%g` writes it, which CEL's users know. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  // Go's shortest form has an exponent from a million on.
  if (power < -4 || power >= 6) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  return String(value);
}

function dayOfYear(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  return Math.round((date.getTime() - start.getTime()) / 86_400_000);
}

function part(name: string, read: (date: Date) => number): CelFunc[] {
  const run = (moment: { message: Span }, zone?: string): CelInput => BigInt(read(inZone(moment.message, zone)));
  return [method(name, TIMESTAMP, [], run), method(name, TIMESTAMP, [STRING], run)];
}
