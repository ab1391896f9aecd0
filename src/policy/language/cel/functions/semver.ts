/** Semantic versions (Kubernetes, apiserver/pkg/cel/library/semverlib.go; Semantic Versioning 2.0.0). */
import type { CelFunc, CelValue } from '../library.ts';
import { BOOL, func, method, opaque, STRING } from '../library.ts';
import { compareTexts, fail } from '../values.ts';

interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly string[];
}

const VERSION = opaque<Version>('kubernetes.Semver', (a, b) => compareVersions(a, b) === 0);
const NUMBER = '(0|[1-9][0-9]*)';
const PATTERN = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\\+([0-9A-Za-z.-]+))?$`);
const MAX = 2n ** 64n - 1n;

function parse(text: string, lenient = false): Version | undefined {
  if (text.length > 256) return undefined;
  const match = PATTERN.exec(lenient ? normalize(text) : text);
  if (match === null) return undefined;
  const [, major = '', minor = '', patch = '', pre, build] = match;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  const parts = pre?.split('.') ?? [];
  if (
    numbers.some((number) => number > MAX) ||
    parts.some((part) => part === '' || /^0[0-9]+$/.test(part)) ||
    build?.split('.').includes('')
  )
    return undefined;
  return { numbers, pre: parts };
}

// A leading "v" goes, leading zeros go, and missing numbers are 0.
function normalize(text: string): string {
  const match = /^v?([^+-]*)(.*)$/s.exec(text);
  const numbers = (match?.[1] ?? '').split('.').map((part) => part.replace(/^0+(?=[0-9])/, ''));
  while (numbers.length < 3) numbers.push('0');
  return numbers.join('.') + (match?.[2] ?? '');
}

function compareVersions(a: Version, b: Version): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  // §11: a version with a pre-release comes before the one without; numbers come before words.
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(Number(a.pre.length === 0) - Number(b.pre.length === 0));
  for (let i = 0; i < Math.max(a.pre.length, b.pre.length); i++) {
    const left = a.pre[i];
    const right = b.pre[i];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    if (left === right) continue;
    const numeric = [left, right].map((part) => /^[0-9]+$/.test(part));
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
    if (numeric[0]) return BigInt(left) < BigInt(right) ? -1 : 1;
    return Math.sign(compareTexts(left, right));
  }
  return 0;
}

/** The functions. */
export function semverFunctions(): CelFunc[] {
  const open = (value: CelValue) => VERSION.open(value) ?? fail('no such overload');
  const make = (text: string, lenient?: boolean) =>
    VERSION.wrap(parse(text, lenient) ?? fail(`invalid semantic version '${text.slice(0, 100)}'`));
  const is = (text: string, lenient?: boolean) => parse(text, lenient) !== undefined;
  const number = (name: string, i: 0 | 1 | 2) => method(name, VERSION.type, [], (self: CelValue) => open(self).numbers[i]);
  const against = (name: string, run: (order: number) => boolean | bigint) =>
    method(name, VERSION.type, [VERSION.type], (a: CelValue, b: CelValue) => run(compareVersions(open(a), open(b))));
  return [
    func('semver', [STRING], make),
    func('semver', [STRING, BOOL], make),
    func('isSemver', [STRING], is),
    func('isSemver', [STRING, BOOL], is),
    number('major', 0),
    number('minor', 1),
    number('patch', 2),
    against('isLessThan', (order) => order < 0),
    against('isGreaterThan', (order) => order > 0),
    against('compareTo', (order) => BigInt(order)),
  ];
}
