import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';

function read(header: string | undefined): unknown {
  return parseChallenges(header).map((c) => [c.scheme, Object.fromEntries(c.parameters)]);
}

test.each([
  [undefined, []],
  ['', []],
  ['Basic realm="x"', [['basic', { realm: 'x' }]]],
  ['Basic', [['basic', {}]]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [['bearer', { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:a/b:pull,push' }]],
  ],
  [
    'Basic realm="a, Bearer realm=\\"b\\"", Bearer realm=c',
    [
      ['basic', { realm: 'a, Bearer realm="b"' }],
      ['bearer', { realm: 'c' }],
    ],
  ],
  [
    'Negotiate dG9rZW4=, Bearer realm="r"',
    [
      ['negotiate', {}],
      ['bearer', { realm: 'r' }],
    ],
  ],
  [
    'Negotiate, Basic realm = "r"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'r' }],
    ],
  ],
  ['BEARER Realm="r",REALM="evil"', [['bearer', { realm: 'r' }]]],
  ['Bearer realm="unterminated', [['bearer', {}]]],
  ['Bearer realm="r" service="s"', [['bearer', { realm: 'r', service: 's' }]]],
  ['"x"', []],
])('%j', (header, wanted) => {
  if (header === 'Bearer realm="unterminated') expect(parseChallenges(header)[0]?.parameters.has('realm')).toBe(false);
  else expect(read(header)).toEqual(wanted);
});

test('a header beyond the bound says nothing', () => {
  expect(parseChallenges(`Basic realm="${'x'.repeat(20_000)}"`)).toEqual([]);
});

test('quoted values come through, commas, quotes and all', () => {
  const value = fc.string({ maxLength: 30, unit: fc.constantFrom('a', 'B', ' ', ',', '=', '"', '\\', ':', '/') });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('realm', 'service', 'scope'), value), { minLength: 1, maxLength: 3 }), (pairs) => {
      const unique = [...new Map(pairs)];
      const header = `Basic realm="x", Bearer ${unique.map(([k, v]) => `${k}="${v.replace(/[\\"]/g, '\\$&')}"`).join(', ')}`;
      expect(read(header)).toEqual([
        ['basic', { realm: 'x' }],
        ['bearer', Object.fromEntries(unique)],
      ]);
    }),
  );
});

test('no header makes it throw or slow', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 200, unit: fc.constantFrom('Basic', 'Bearer', 'realm', '=', '"', ',', ' ', '\\', 'x') }),
      (h) => void parseChallenges(h),
    ),
    { numRuns: 1000 },
  );
  const started = performance.now();
  for (const unit of [' ', ',', 'a', 'a=b,', '"', '=', 'a ', '\\']) parseChallenges(`Bearer ${unit.repeat(16_000 / unit.length)}`);
  expect(performance.now() - started).toBeLessThan(5000);
});
