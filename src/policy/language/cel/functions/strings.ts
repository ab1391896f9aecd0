/** Texts (cel-go, ext/strings, version 4). Positions count code points. */
import { LIMITS } from '../../../../limits.ts';
import type { CelFunc, CelInput, CelList, CelValue } from '../library.ts';
import { func, INT, LIST, method, STRING } from '../library.ts';
import { bounded, boundedList, fail } from '../values.ts';
import { formatText } from './format.ts';

// Texts of ASCII only, nearly all, need no splitting.
function points(text: string): readonly string[] | string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is asked about
  return /^[\x00-\x7f]*$/.test(text) ? text : [...text];
}

function part(all: readonly string[] | string, from: number, to: number): string {
  const piece = all.slice(from, to);
  return typeof piece === 'string' ? piece : piece.join('');
}

function within(index: bigint, max: number): number {
  return index < 0n || index > BigInt(max) ? fail(`index out of range: ${index}`) : Number(index);
}

function charAt(self: string, index: bigint): string {
  const all = points(self);
  return all[within(index, all.length)] ?? '';
}

// JavaScript searches by units; the offset of a found one in points is that of the text before it.
function pointsBefore(text: string, unit: number): bigint {
  return unit < 0 ? -1n : BigInt(points(text.slice(0, unit)).length);
}

function indexOf(self: string, wanted: string, from = 0n): bigint {
  const all = points(self);
  const start = within(from, all.length);
  return pointsBefore(self, self.indexOf(wanted, part(all, 0, start).length));
}

function lastIndexOf(self: string, wanted: string, from?: bigint): bigint {
  const all = points(self);
  if (from === undefined) return pointsBefore(self, self.lastIndexOf(wanted));
  return pointsBefore(self, self.lastIndexOf(wanted, part(all, 0, within(from, all.length)).length));
}

function substring(self: string, from: bigint, to?: bigint): string {
  const all = points(self);
  const start = within(from, all.length);
  const end = to === undefined ? all.length : within(to, all.length);
  return start > end ? fail(`invalid substring range: start ${start}, end ${end}`) : part(all, start, end);
}

function replace(self: string, old: string, added: string, limit = -1n): string {
  if (limit === 0n) return self;
  const pieces = old === '' ? ['', ...points(self), ''] : self.split(old);
  const times = limit < 0n || limit >= BigInt(pieces.length) ? pieces.length - 1 : Number(limit);
  bounded(self);
  if (self.length + times * added.length > TEXT) return bounded(added.padEnd(TEXT + 1));
  return (
    pieces.slice(0, times + 1).join(added) +
    pieces
      .slice(times + 1)
      .map((piece) => old + piece)
      .join('')
  );
}

function split(self: string, separator: string, limit = -1n): CelInput {
  if (limit === 0n) return [];
  const pieces = separator === '' ? [...self] : self.split(separator);
  if (limit < 0n || BigInt(pieces.length) <= limit) return boundedList(pieces);
  const count = Number(limit);
  return boundedList([...pieces.slice(0, count - 1), pieces.slice(count - 1).join(separator)]);
}

// Unicode's White_Space, which neither JavaScript's trim (U+FEFF) nor its \s has exactly.
const SPACE = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${SPACE}+`);

function trim(self: string): string {
  const from = self.replace(LEADING, '');
  let end = from.length;
  while (end > 0 && LEADING.test(from.charAt(end - 1))) end--;
  return from.slice(0, end);
}

function join(list: CelList, separator = ''): string {
  const pieces: string[] = [];
  let length = 0;
  for (const piece of list) {
    if (typeof piece !== 'string') return fail('no such overload: join of a list with other elements than strings');
    length += piece.length + separator.length;
    if (length > TEXT) bounded(' '.repeat(TEXT + 1));
    pieces.push(piece);
  }
  return pieces.join(separator);
}

const TEXT = LIMITS.expressionTextLength;

const ESCAPES = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
  ['"', '\\"'],
]);

const ESCAPED = new RegExp(
  `[${[...ESCAPES.keys()].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}]`,
  'g',
);

function quote(text: string): string {
  // By way of bytes, which makes lone surrogates the replacement character.
  const whole = Buffer.from(text).toString();
  return bounded(`"${whole.replace(ESCAPED, (char: string) => ESCAPES.get(char) ?? char)}"`);
}

function ascii(text: string, range: RegExp, shift: (part: string) => string): string {
  return text.replace(range, shift);
}

/** The functions. */
export function stringFunctions(): CelFunc[] {
  return [
    func('strings.quote', [STRING], quote),
    method('charAt', STRING, [INT], charAt),
    method('indexOf', STRING, [STRING], indexOf),
    method('indexOf', STRING, [STRING, INT], indexOf),
    method('lastIndexOf', STRING, [STRING], lastIndexOf),
    method('lastIndexOf', STRING, [STRING, INT], lastIndexOf),
    method('lowerAscii', STRING, [], (self: string) => ascii(self, /[A-Z]+/g, (it) => it.toLowerCase())),
    method('upperAscii', STRING, [], (self: string) => ascii(self, /[a-z]+/g, (it) => it.toUpperCase())),
    method('replace', STRING, [STRING, STRING], replace),
    method('replace', STRING, [STRING, STRING, INT], replace),
    method('split', STRING, [STRING], split),
    method('split', STRING, [STRING, INT], split),
    method('substring', STRING, [INT], substring),
    method('substring', STRING, [INT, INT], substring),
    method('trim', STRING, [], trim),
    method('reverse', STRING, [], (self: string) => [...self].reverse().join('')),
    method('join', LIST, [], join),
    method('join', LIST, [STRING], join),
    method('format', STRING, [LIST], (self: string, args: CelList) => formatText(self, [...args] as CelValue[])),
  ];
}
