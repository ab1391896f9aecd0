import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../limits.ts';
import { issueLeaf, makeAuthority, makeIntermediate, type Name, nameConstraints, newKey, type San } from '../../testing/index.ts';
import { findPaths, parseCertificate } from './index.ts';
import { forbiddenName, nameBudget, parseNameConstraints } from './name-constraints.ts';

const NOW = new Date('2025-03-01T00:00:00Z');
const ct = { key: newKey() };

/** How a leaf fares under an intermediate with these constraints. */
function judge(permitted: readonly San[], excluded: readonly San[], sans: readonly San[], subject: Name = []): string {
  const ca = makeAuthority({ now: NOW, keyKind: 'p256', intermediateExtensions: (l) => [...l, nameConstraints(permitted, excluded)] });
  const leaf = issueLeaf(ca, ct, NOW, { scts: null, sans, subject });
  const found = findPaths(parseCertificate(leaf.der), {
    anchors: [parseCertificate(ca.root.der)],
    intermediates: [parseCertificate(ca.issuing.der)],
    usage: 'codeSigning',
  });
  return 'paths' in found ? 'holds' : `${found.problem}: ${found.reason}`;
}

const acme: Name = [
  ['C', 'DE'],
  ['O', 'Acme'],
];

describe('names that are permitted', () => {
  test.each<[string, readonly San[], readonly San[], Name?]>([
    ['an e-mail address by host', [{ email: 'example.com' }], [{ email: 'dev@EXAMPLE.com' }]],
    ['an e-mail address by domain', [{ email: '.example.com' }], [{ email: 'dev@mail.example.com' }]],
    ['an e-mail address by itself', [{ email: 'dev@example.com' }], [{ email: 'dev@Example.com' }]],
    ['a URI by host', [{ uri: 'github.com' }], [{ uri: 'https://github.com/acme/app' }]],
    ['a URI with port and user', [{ uri: 'github.com' }], [{ uri: 'https://me@GitHub.com:8443?x' }]],
    ['a URI by domain', [{ uri: '.example.com' }], [{ uri: 'spiffe://trust.example.com/ns' }]],
    ['a host by its domain', [{ dns: 'example.com' }], [{ dns: 'a.b.Example.com' }]],
    ['a host by itself', [{ dns: 'example.com' }], [{ dns: 'example.com' }]],
    ['an IP address by range', [{ ip: [10, 0, 0, 0, 255, 0, 0, 0] }], [{ ip: [10, 1, 2, 3] }]],
    ['a subject by its first parts', [{ directory: acme }], [{ uri: 'https://x.example' }], [...acme, ['CN', 'builder']]],
    [
      'a subject in another case',
      [{ directory: acme }],
      [{ uri: 'https://x.example' }],
      [
        ['C', 'de'],
        ['O', ' ACME '],
        ['CN', 'x'],
      ],
    ],
    ['a name of a kind that is not constrained', [{ dns: 'example.com' }], [{ email: 'dev@other.example' }]],
  ])('%s', (_, permitted, sans, subject) => {
    expect(judge(permitted, [], sans, subject)).toBe('holds');
  });
});

describe('names that are not among the permitted', () => {
  test.each<[string, readonly San[], readonly San[], Name?]>([
    ['an e-mail address of another host', [{ email: 'example.com' }], [{ email: 'dev@mail.example.com' }]],
    ['an e-mail address of a host that ends alike', [{ email: '.example.com' }], [{ email: 'dev@badexample.com' }]],
    ['another mailbox', [{ email: 'dev@example.com' }], [{ email: 'Dev@example.com' }]],
    ['a mailbox in the local part', [{ email: 'example.com' }], [{ email: 'dev@example.com@evil.example' }]],
    ['an e-mail address without a host', [{ email: 'example.com' }], [{ email: 'dev' }]],
    ['a URI of another host', [{ uri: 'github.com' }], [{ uri: 'https://github.com.evil.example/' }]],
    ['a URI below the host', [{ uri: 'github.com' }], [{ uri: 'https://sub.github.com/' }]],
    ['a URI with the host as its user', [{ uri: 'github.com' }], [{ uri: 'https://github.com@evil.example/' }]],
    ['a URI with the host in its query', [{ uri: 'github.com' }], [{ uri: 'https://evil.example?@github.com' }]],
    ['a URI without a host', [{ uri: 'github.com' }], [{ uri: 'urn:github.com' }]],
    ['a URI with an IP address', [{ uri: '.com' }], [{ uri: 'https://10.0.0.1/' }]],
    ['a host that ends alike', [{ dns: 'example.com' }], [{ dns: 'badexample.com' }]],
    ['a wildcard', [{ dns: 'example.com' }], [{ dns: '*.example.com' }]],
    ['an IP address outside', [{ ip: [10, 0, 0, 0, 255, 0, 0, 0] }], [{ ip: [11, 1, 2, 3] }]],
    [
      'an IP address of the other family',
      [{ ip: [10, 0, 0, 0, 255, 0, 0, 0] }],
      [{ ip: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3] }],
    ],
    ['an IPv4 address where every IPv6 address is permitted', [{ ip: new Array(32).fill(0) }], [{ ip: [10, 1, 2, 3] }]],
    ['a URI with the very IP address', [{ uri: '10.0.0.1' }], [{ uri: 'https://10.0.0.1/' }]],
    ['a second name', [{ email: 'example.com' }], [{ email: 'dev@example.com' }, { email: 'dev@evil.example' }]],
    [
      'another subject',
      [{ directory: acme }],
      [{ uri: 'https://x.example' }],
      [
        ['C', 'DE'],
        ['O', 'Evil'],
      ],
    ],
    ['a subject that is too short', [{ directory: acme }], [{ uri: 'https://x.example' }], [['C', 'DE']]],
    ['a kind that cannot be compared', [{ other: 'x' }], [{ other: 'x' }]],
  ])('%s', (_, permitted, sans, subject) => {
    expect(judge(permitted, [], sans, subject)).toMatch(/^invalid: name constraints of/);
  });
});

describe('names that are excluded', () => {
  test.each<[string, readonly San[], readonly San[], Name?]>([
    ['an e-mail host', [{ email: 'evil.example' }], [{ email: 'dev@evil.example' }]],
    ['a URI host', [{ uri: '.evil.example' }], [{ uri: 'https://a.evil.example/' }]],
    ['a host', [{ dns: 'evil.example' }], [{ dns: 'a.EVIL.example' }]],
    ['a wildcard that may cover it', [{ dns: 'a.evil.example' }], [{ dns: '*.evil.example' }]],
    ['an IP range', [{ ip: [10, 0, 0, 0, 255, 0, 0, 0] }], [{ ip: [10, 1, 2, 3] }]],
    [
      'a subject in another case',
      [{ directory: acme }],
      [{ uri: 'https://x.example' }],
      [
        ['C', 'de'],
        ['O', 'aCME'],
      ],
    ],
    ['every subject', [{ directory: [] }], [{ uri: 'https://x.example' }], acme],
  ])('%s', (_, excluded, sans, subject) => {
    expect(judge([], excluded, sans, subject)).toMatch(/^invalid: name constraints of .*(excluded|cannot be compared)/);
  });

  test('even when they are permitted too', () => {
    expect(judge([{ dns: 'example.com' }], [{ dns: 'bad.example.com' }], [{ dns: 'x.example.com' }])).toBe('holds');
    expect(judge([{ dns: 'example.com' }], [{ dns: 'bad.example.com' }], [{ dns: 'x.bad.example.com' }])).toMatch(/^invalid/);
  });
});

test('every CA of the path has its say', () => {
  const top = makeAuthority({ now: NOW, keyKind: 'p256', rootExtensions: (l) => [...l, nameConstraints([{ uri: 'a.example' }])] });
  const leaf = issueLeaf(top, ct, NOW, { scts: null, sans: [{ uri: 'https://b.example/' }] });
  const found = findPaths(parseCertificate(leaf.der), {
    anchors: [parseCertificate(top.root.der)],
    intermediates: [parseCertificate(top.issuing.der)],
    usage: 'codeSigning',
  });
  expect(found).toMatchObject({ problem: 'invalid' });
});

test("an intermediate is bound too, unless it carries its issuer's name", () => {
  const top = makeAuthority({
    now: NOW,
    keyKind: 'p256',
    intermediate: false,
    rootPathLength: null,
    rootExtensions: (l) => [...l, nameConstraints([], [{ directory: [['O', 'virtual']] }])],
  });
  const judgeUnder = (subject: Name): string => {
    const middle = makeIntermediate(top.root, { keyKind: 'p256', subject });
    const leaf = issueLeaf(top, ct, NOW, { scts: null, by: middle });
    const found = findPaths(parseCertificate(leaf.der), {
      anchors: [parseCertificate(top.root.der)],
      intermediates: [parseCertificate(middle.der)],
      usage: 'codeSigning',
    });
    return 'paths' in found ? 'holds' : found.problem;
  };
  expect(judgeUnder([['O', 'other']])).toBe('holds');
  expect(
    judgeUnder([
      ['O', 'virtual'],
      ['CN', 'x'],
    ]),
  ).toBe('invalid');
  expect(judgeUnder(top.root.subject)).toBe('holds');
});

describe('the form of name constraints', () => {
  const parse = (hex: string) => () => parseNameConstraints(Buffer.from(hex, 'hex'));
  test.each<[string, string]>([
    ['nothing at all', '3000'],
    ['an empty list', '3002a000'],
    ['lists in the wrong order', '300ea1053003820161a0053003820162'],
    ['a distance', '300aa0083006820161800101'],
    ['an IP range without a mask', '300aa008300687040a000000'],
    ['an IP mask with a gap', '300ea00c300a87080a000000ff00ff00'],
  ])('refuses %s', (_, hex) => {
    expect(parse(hex)).toThrow(expect.objectContaining({ code: 'certificate-invalid' }));
  });

  test('is not refused as such', () => {
    expect(parse('3009a00730058203612e62')()).toMatchObject({ permitted: [{ kind: 2 }], excluded: [] });
  });
});

test('comparisons have a bound', () => {
  const name = { kind: 2, value: Buffer.from('a.example') };
  const constraints = { permitted: [], excluded: Array.from({ length: 1001 }, () => ({ kind: 2, value: Buffer.from('b.example') })) };
  const names = Array.from({ length: Math.ceil(LIMITS.nameComparisons / 1000) }, () => name);
  expect(() => forbiddenName(constraints, names, nameBudget())).toThrow(expect.objectContaining({ code: 'limit' }));
});
