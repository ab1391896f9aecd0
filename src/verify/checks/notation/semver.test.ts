import { expect, test } from 'vitest';
import { compareSemver, parseSemver, type Semver } from './semver.ts';

function version(text: string): Semver {
  const parsed = parseSemver(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
}

test('the order of SemVer §11', () => {
  const order = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.9',
    '1.0.10',
    '1.2.0',
    '2.0.0',
    '10.0.0',
  ];
  for (const [i, a] of order.entries())
    for (const [j, b] of order.entries()) expect(Math.sign(compareSemver(version(a), version(b))), `${a} ${b}`).toBe(Math.sign(i - j));
});

test('what stands behind a plus does not count', () => {
  expect(compareSemver(version('1.0.0+a'), version('1.0.0+b'))).toBe(0);
});

test.each([
  '',
  '1',
  '1.2',
  'v1.2.3',
  '1.2.3.4',
  '01.2.3',
  '1.2.3-',
  '1.2.3-01',
  '1.2.3-a..b',
  '1.2.3+',
  '1.2.-3',
  ' 1.2.3',
  '1.2.3\n',
  `1.${'9'.repeat(400)}.0`,
])('%j is no version', (text) => {
  expect(parseSemver(text)).toBeUndefined();
});
