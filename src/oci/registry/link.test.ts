import fc from 'fast-check';
import { expect, test } from 'vitest';
import { INVALID_LINK, nextLink } from './link.ts';

test.each([
  [undefined, undefined],
  ['', undefined],
  ['</v2/a/tags/list?last=x&n=2>; rel="next"', '/v2/a/tags/list?last=x&n=2'],
  ['<https://r.example/v2/_catalog?n=1>; rel=next', 'https://r.example/v2/_catalog?n=1'],
  ['<?last=x>;rel="next"', '?last=x'],
  ['</a>; rel="prev", </b>; rel="next"', '/b'],
  ['</a>; rel="first next"', '/a'],
  ['</a>; title="a, b; rel=x"; rel="NEXT"', '/a'],
  ['</a>; title="say \\"next\\""; rel=prev', undefined],
  ['</a>; rel=prev; rel=next', undefined],
  ['</a,b>; rel=next', '/a,b'],
  ['</a>', undefined],
  ['<  >; rel=next', '  '],
])('%j goes on at %j', (header, wanted) => {
  expect(nextLink(header)).toBe(wanted);
});

test.each(['</a; rel=next', '/a; rel=next', '</a>; rel="next', '</a> rel=next', 'x'.repeat(20_000), '</a>; rel=next"'])(
  '%j cannot be read and does not look like the end',
  (header) => {
    expect(nextLink(header)).toBe(INVALID_LINK);
    expect(URL.canParse(INVALID_LINK, 'http://r.example/')).toBe(false);
  },
);

test('any target comes through, whatever stands around it', () => {
  const target = fc.stringMatching(/^[a-z0-9/?&=%,;._-]{1,40}$/);
  const other = fc.constantFrom('', '</x>; rel=prev, ', '</x>; title="a\\"b,<y>; rel=next", ', ' , ');
  const parameters = fc.constantFrom(
    '; rel=next',
    '; rel="next"',
    ' ; REL = "next" ',
    '; title="x;y,z"; rel="last next"',
    '; a; b=c; rel=next',
  );
  fc.assert(
    fc.property(target, other, parameters, (t, before, after) => {
      expect(nextLink(`${before}<${t}>${after}`)).toBe(t);
    }),
  );
});

test('no header makes it throw or slow', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 200, unit: fc.constantFrom('<', '>', ';', ',', '"', '\\', '=', ' ', 'r', 'rel', 'next') }),
      (h) => void nextLink(h),
    ),
    { numRuns: 1000 },
  );
  const started = performance.now();
  for (const unit of [' ', ';', '; a', '<>,', ';a=', '"', '\\', ',']) nextLink(`</a>${unit.repeat(16_000 / unit.length)}!`);
  expect(performance.now() - started).toBeLessThan(5000);
});
