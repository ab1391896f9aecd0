import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { compileCel } from './index.ts';

const INPUT = {
  object: {
    metadata: { name: 'web', labels: { app: 'x', 'a-b/c': 'y' } },
    spec: { replicas: 3, ratio: 0.5, none: null, text: 'abc', list: [1, 2, 3] },
  },
};

function run(source: string, input: unknown = INPUT): unknown {
  return compileCel(source, ['object', 'missing']).evaluate(JSON.stringify(input));
}

function thrown(source: string): AssayError {
  try {
    compileCel(source, ['object']);
  } catch (error) {
    if (error instanceof AssayError) return error;
  }
  throw new Error(`"${source}" compiled`);
}

/** Every row is an expression that must be true. */
function truths(rows: readonly string[]): void {
  test.each(rows)('%s', (source) => {
    expect(run(source)).toEqual({ value: true });
  });
}

/** Every row is an expression and words of the error that it must end in. */
function failures(rows: readonly (readonly [string, string])[]): void {
  test.each(rows)('%s fails: %s', (source, words) => {
    expect(run(source)).toEqual({ error: expect.stringContaining(words) });
  });
}

describe('values of JSON', () => {
  truths([
    'type(object.spec.replicas) == int',
    'type(object.spec.ratio) == double',
    'type(object) == map && type(object.spec.list) == list',
    'object.spec.none == null && has(object.spec.none) && "none" in object.spec',
    'object.spec.list == [1, 2, 3] && object.spec.list[2] == 3.0',
    'object.metadata.labels["a-b/c"] == "y" && object.metadata.labels.`a-b/c` == "y"',
    'object.metadata.labels.all(k, v, k.size() > 0 && v in ["x", "y"])',
    '!("__proto__" in object) && !has(object.constructor) && !has(object.metadata.toString)',
  ]);

  test('names of the input that JavaScript knows are ordinary names', () => {
    const answer = compileCel('object.__proto__.x == 1 && size(object) == 1', ['object']).evaluate('{"object":{"__proto__":{"x":1}}}');
    expect(answer).toEqual({ value: true });
  });

  test('results are values of JSON', () => {
    expect(run('{"a": [1, 2u, 1.5, null, b"hi", duration("90s"), timestamp("2020-01-01T00:00:00.5Z")], "b": int}')).toEqual({
      value: { a: [1, 2, 1.5, null, 'aGk=', '90s', '2020-01-01T00:00:00.5Z'], b: 'int' },
    });
    expect(run('9007199254740993')).toEqual({ value: '9007199254740993' });
  });

  test('whole numbers are those that are written, up to 64 bits', () => {
    const program = (source: string, object: string) => compileCel(source, ['object']).evaluate(`{"object":${object}}`);
    for (const number of ['9007199254740993', '-9223372036854775808', '9223372036854775807', '1234567890123456']) {
      expect(program(`object == ${number} && type(object) == int`, number)).toEqual({ value: true });
      expect(program(`object.a[0] == ${number}`, `{"a": [ ${number} ,"\\ue000", "\ue000\ue000123"]}`)).toEqual({ value: true });
      expect(program(`object == "${number}"`, `"${number}"`)).toEqual({ value: true });
    }
    expect(program('object != 9007199254740992', '9007199254740993')).toEqual({ value: true });
    for (const number of ['9223372036854775808', '1e30', '123456789012345678901234567890', '0.1234567890123456789']) {
      expect(program('type(object) == double && object > 0.0', number)).toEqual({ value: true });
    }
    // Whatever mark is used within: a text that begins with the same characters stays a text.
    const texts = '[1111111111111111111,"\ue0001","\\ue0001"]';
    expect(program('object[1] == object[2] && type(object[1]) == string', texts)).toEqual({ value: true });
  });

  test('input that is no JSON object is an error', () => {
    for (const input of ['', '[]', 'null', '{']) expect(compileCel('true', []).evaluate(input)).toHaveProperty('error');
  });
});

describe('errors of evaluation', () => {
  failures([
    ['object.nope', 'no such key: nope'],
    ['object["nope"]', 'no such key: nope'],
    ['object.spec.list[9]', 'index out of bounds: 9'],
    ['1 / 0', 'divide by zero'],
    ['1 % 0', 'modulus by zero'],
    ['9223372036854775807 + 1', 'overflow'],
    ['1 + "a"', 'no matching overload'],
    // The library itself says "false" for these: a policy that asks `!has(…)` would allow.
    ['has(object.spec.text.x)', 'no such overload'],
    ['has(object.spec.none.x)', 'no such overload'],
    ['missing', 'no such attribute: missing'],
    ['has(missing.x)', 'no such attribute: missing'],
    ['!has(missing.x)', 'no such attribute: missing'],
    ['object.spec.list[true]', 'no such overload'],
    ['int("")', 'type conversion error'],
    ['int("0x10")', 'type conversion error'],
    ['double("")', 'type conversion error'],
    ['[1, 2].map(e, e / 0)', 'divide by zero'],
    ['[3, 2, 0].filter(e, 6 / e > 1)', 'divide by zero'],
    ['"a".matches("(")', 'regular expression'],
    ['optional.none().value()', 'optional.none() dereference'],
    ['optional.of(1)', 'cannot be the result'],
    ['[true, 1].all(x, x)', 'type mismatch'],
  ]);

  // cel-spec, "Logical Operators": an error on one side does not matter when the other decides.
  truths([
    'object.nope == 1 || true',
    'true || object.nope == 1',
    '!(object.nope == 1 && false)',
    '!(false && object.nope == 1)',
    'missing == 1 || true',
    '[1, 0, 2].exists(x, 2 / x == 1)',
    'false ? object.nope : true',
  ]);
  failures([
    ['object.nope == 1 || false', 'no such key'],
    ['object.nope == 1 && true', 'no such key'],
    ['[0, 4].exists(x, 2 / x == 1)', 'divide by zero'],
  ]);
});

describe('mistakes', () => {
  test.each([
    ['object.spec ==', 1, 13],
    ['object.a &&\n  undeclared > 1', 2, 3],
    ['"é😀" + nope', 1, 8],
    ['object.nothing(1)', 1, 7],
    ['nothing(1)', 1, 1],
    ['object.?a.b + [?x]', 1, 17],
    ['"abc', 1, 1],
    ['[1].all(x.y, true)', 1, 10],
    ['[1].all(a, a, true)', 1, 4],
    ['object.__optional_field__a', 1, 8],
    ['object.?a()', 1, 7],
    ['', 1, 1],
    ['has(object["a"])', 1, 1],
    ['1 + 9223372036854775808', 1, 5],
    ['18446744073709551616u', 1, 1],
    ['1e999', 1, 1],
    [String.raw`"ab".matches("a\.b")`, 1, 16],
  ])('%j is refused at line %i, column %i', (source, line, column) => {
    const error = thrown(source);
    expect(error.code).toBe('policy-invalid');
    expect(error.at).toEqual({ line, column });
  });

  test('long gaps and comments cost nothing', () => {
    const gap = ' \n// object ?[ "\n'.repeat(LIMITS.expressionBytes / 50);
    expect(compileCel(`1${gap}+${gap}1 // "`, []).evaluate('{}')).toEqual({ value: 2 });
    expect(thrown(`1${gap}+ nope`).at).toEqual({ line: 2 * Math.floor(LIMITS.expressionBytes / 50) + 1, column: 3 });
  });

  test('nesting is bounded, and the bound itself is allowed', () => {
    const nested = (depth: number) => `${'('.repeat(depth)}1${')'.repeat(depth)}`;
    expect(compileCel(nested(LIMITS.expressionDepth), []).evaluate('{}')).toEqual({ value: 1 });
    expect(thrown(nested(LIMITS.expressionDepth + 1)).code).toBe('policy-invalid');
    const chain = (length: number) => Array.from({ length }, () => '1').join('+');
    expect(compileCel(chain(LIMITS.expressionTreeDepth), []).evaluate('{}')).toEqual({ value: LIMITS.expressionTreeDepth });
    expect(thrown(chain(LIMITS.expressionTreeDepth + 1)).code).toBe('policy-invalid');
    expect(thrown(`object${'.a'.repeat(5000)}`).code).toBe('policy-invalid');
    expect(thrown(`"${'a'.repeat(LIMITS.expressionBytes)}"`).code).toBe('policy-invalid');
  });
});

describe('optionals', () => {
  truths([
    'object.?spec.?nope.orValue("d") == "d"',
    'object.?spec.replicas.orValue(1) == 3',
    'object[?"nope"].or(object[?"metadata"]).name == optional.of("web")',
    '[?object.?nope, 2, ?optional.of(3)] == [2, 3]',
    '{?"a": object.?nope, "b": true ? 1 : 2, ?"c": optional.of(1)} == {"b": 1, "c": 1}',
    '{?(true ? "a" : "b"): optional.of(1)} == {"a": 1}',
    'object.?spec.replicas.optMap(r, r * 2).value() == 6',
    'optional.of(1).or(optional.of(1 / 0)).value() == 1',
    '!optional.ofNonZeroValue("").hasValue()',
    '1 in [?optional.of(1)]',
    '"?" == \'?\' && r"\\?".size() == 2 && """a"?b""".size() == 4 // ?[',
  ]);
});

describe('macros', () => {
  truths([
    '[1, 2, 3].all(i, v, v == i + 1)',
    '{"a": 1}.exists(k, v, k == "a" && v == 1)',
    '[5, 6].existsOne(i, v, v == 6)',
    '[1, 2].transformList(i, v, i > 0, v * 2) == [4]',
    '{"a": 1}.transformMap(k, v, v + 1) == {"a": 2}',
    '{"a": "x"}.transformMapEntry(k, v, {v: k}) == {"x": "a"}',
    'cel.bind(r, object.spec.replicas, r * r) == 9',
    '[[1, 2], [3]].map(a, a.map(b, b * size(a))) == [[2, 4], [3]]',
    'cel.bind(x, [1, 2], x.all(x, x > 0) && size(x) == 2)',
  ]);
  failures([['{"a": "x", "b": "x"}.transformMapEntry(k, v, {v: k})', 'map key conflict']]);

  test('lists of many elements are mapped and filtered', () => {
    const list = Array.from({ length: 100_000 }, (_, i) => i);
    expect(run('object.map(x, x + 1).filter(x, x % 2 == 0).size()', { object: list })).toEqual({ value: 50_000 });
  });
});

describe('functions', () => {
  truths([
    'math.greatest(1, 2.5, 2u) == 2.5 && math.least([3, 1]) == 1 && math.round(-0.5) == -1.0 && math.sqrt(9) == 3.0',
    'math.bitShiftRight(-1024, 3) == 2305843009213693824 && math.bitNot(1) == -2',
    '"a😀b".size() == 3 && "a😀b".charAt(1) == "😀" && "a😀b".indexOf("b") == 2 && "a😀b".substring(2) == "b" && "a😀".reverse() == "😀a"',
    '"a,b,c".split(",", 2) == ["a", "b,c"] && ["x", "y"].join("-") == "x-y" && "aXbX".replace("X", "-", 1) == "a-bX"',
    '"%s %d %.2f %x %b %e".format(["s", 5, 1.005, 255, 5, 1234.5]) == "s 5 1.00 ff 101 1.234500e+03"',
    '[3, 1, 2].sort() == [1, 2, 3] && [{"n": 2}, {"n": 1}].sortBy(e, e.n)[0].n == 1 && [1, 2].isSorted()',
    '[1, 2, 2].sum() == 5 && [1, 2].max() == 2 && [1, 2].min() == 1 && [1, 2, 1].lastIndexOf(1) == 2 && [1, 1, 2].distinct() == [1, 2]',
    '[[1, [2]], [3]].flatten() == [1, [2], 3] && [[1, [2]]].flatten(2) == [1, 2] && lists.range(3) == [0, 1, 2] && [1, 2, 3].slice(1, 2) == [2]',
    '[1, 2].first().value() == 1 && [1, 2].last().value() == 2 && ![].first().hasValue() && [1, 2].reverse() == [2, 1]',
    'sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])',
    'base64.encode(b"hello") == "aGVsbG8=" && base64.decode("aGVsbG8") == b"hello"',
    '"foo 12 bar 7".find("[0-9]+") == "12" && "1 2 3".findAll("[0-9]", 2) == ["1", "2"] && "a".findAll("b") == []',
    'timestamp("2024-02-29T23:30:00Z").getHours("-01:30") == 22 && timestamp("2024-07-01T00:00:00Z").getHours("Europe/Berlin") == 2',
    'duration("1h30m").getMinutes() == 90 && timestamp(10) - timestamp(4) == duration("6s") && timestamp("0050-01-01T00:00:00Z").getFullYear() == 50',
    'string(1e30) == "1e+30" && string(123456.5) == "123456.5" && string(1000000.0) == "1e+06" && string(0.00001) == "1e-05" && string(1.5) == "1.5" && string(duration("1500ms")) == "1.5s"',
    '"\\U0001F600" > "\\uFFFD"',
  ]);
});

describe('functions of Kubernetes', () => {
  truths([
    'quantity("1.5Gi").isGreaterThan(quantity("1500M")) && quantity("50k").asInteger() == 50000 && quantity("200M").compareTo(quantity("0.2G")) == 0',
    '!quantity("1.5").isInteger() && quantity("50k").add(20).sub(quantity("20")) == quantity("50000") && quantity("-1").sign() == -1',
    'isQuantity("20M") && !isQuantity("20Mo") && !isQuantity("") && quantity("500m").asApproximateFloat() == 0.5 && quantity("1E").asInteger() == 1000000000000000000',
    'ip("127.0.0.1").isLoopback() && ip("::1").family() == 6 && ip("10.0.0.1").isGlobalUnicast() && ip("fe80::1").isLinkLocalUnicast() && ip("ff02::1").isLinkLocalMulticast()',
    '!isIP("127.0.0.01") && !isIP("::ffff:1.2.3.4") && !isIP("fe80::1%eth0") && isIP("2001:db8::abcd") && !isIP("1:2:3:4:5:6:7::8:9")',
    'ip.isCanonical("2001:db8::abcd") && !ip.isCanonical("2001:DB8::ABCD") && string(ip("2001:db8:0:0:1:0:0:1")) == "2001:db8::1:0:0:1"',
    'ip("::0") == ip("0:0::0") && type(ip("::1")) == net.IP',
    'cidr("192.168.0.0/24").containsIP("192.168.0.7") && !cidr("192.168.0.0/24").containsIP(ip("192.168.1.7")) && cidr("10.0.0.0/8").containsCIDR(cidr("10.1.0.0/16"))',
    'cidr("192.168.1.5/24").masked() == cidr("192.168.1.0/24") && cidr("::1/128").prefixLength() == 128 && string(cidr("::1/128").ip()) == "::1" && !isCIDR("10.0.0.0/33")',
    'url("https://user:pw@example.com:80/a%20b?k=v&k=w+x&z#f").getHost() == "example.com:80" && url("https://[::1]:80/").getHostname() == "::1"',
    'url("https://example.com:80/").getPort() == "80" && url("https://e.com/a b/").getEscapedPath() == "/a%20b/" && url("https://e.com/?k=v&k=w+x").getQuery() == {"k": ["v", "w x"]}',
    'isURL("/absolute") && !isURL("../relative") && !isURL("https://a:b:c/") && !isURL("https://e.com/%zz") && url("/p").getScheme() == ""',
    'semver("1.2.3-rc.1").isLessThan(semver("1.2.3")) && semver("1.10.0").isGreaterThan(semver("1.9.9")) && semver("1.0.0-2").compareTo(semver("1.0.0-10")) == -1',
    '!isSemver("v1.0") && isSemver("v1.0", true) && semver("v01.2", true) == semver("1.2.0") && semver("1.2.3").minor() == 2 && !isSemver("1.2.03")',
    'semver("1.0.0+a") == semver("1.0.0+b")',
    '!format.dns1123Label().validate("my-name").hasValue() && format.dns1123Label().validate("My_Name").hasValue() && !format.named("nope").hasValue()',
    'format.named("qualifiedName").value().validate("a.b/C_d").hasValue() == false && format.date().validate("2023-02-29").hasValue() && !format.uuid().validate("123e4567-e89b-12d3-a456-426614174000").hasValue()',
  ]);
  failures([
    ['quantity("x")', 'unable to parse quantity'],
    ['ip("1.2.3")', 'parse error'],
    ['cidr("10.0.0.0")', 'parse error'],
    ['url("x")', 'URL parse error'],
    ['semver("1")', 'invalid semantic version'],
    ['quantity("1.5").asInteger()', 'cannot convert'],
  ]);
});

describe('bombs', () => {
  test('a text that doubles again and again ends at the bound', () => {
    const binds = Array.from({ length: 40 }, (_, i) => `cel.bind(v${i + 1}, v${i} + v${i}, `).join('');
    const doubling = (start: string) => `cel.bind(v0, ${start}, ${binds}size(v40)${')'.repeat(41)}`;
    for (const start of ['"aaaa"', 'b"aaaa"', '[1, 2]'])
      expect(run(doubling(start))).toEqual({ error: expect.stringMatching(/longer than|more than/) });
  });

  failures([
    ['lists.range(1000000000)', 'more than'],
    ['"%.999999999f".format([1.0])', 'precision'],
    [
      'lists.range(100000).map(x, "aaaaaaaaaa").join("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")',
      'longer than',
    ],
    ['"a".matches("a".replace("a", lists.range(2000).map(x, "a").join()))', 'longer than'],
  ]);

  test('a result that is small until it is written out ends at the bound', () => {
    const binds = Array.from({ length: 40 }, (_, i) => `cel.bind(v${i + 1}, [v${i}, v${i}], `).join('');
    expect(run(`cel.bind(v0, 1, ${binds}v40${')'.repeat(41)}`)).toEqual({ error: expect.stringContaining('more than') });
  });

  test('an expression that makes other engines backtrack for ever is quick', () => {
    expect(run(`"${'a'.repeat(5000)}!".matches("^(a+)+$")`)).toEqual({ value: false });
  });
});

test('a program keeps nothing of one evaluation for the next', () => {
  const program = compileCel('object.map(x, x).size()', ['object']);
  expect(program.evaluate('{"object":[1,2]}')).toEqual({ value: 2 });
  expect(program.evaluate('{"object":[1]}')).toEqual({ value: 1 });
  expect(program.evaluate('{}')).toEqual({ error: 'no such attribute: object' });
});

test('whatever text is compiled, it is refused as a mistake in the policy or gives an answer', () => {
  const words = [
    'object',
    '.',
    '?',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    ',',
    ':',
    '1',
    '"a"',
    "r'",
    '"""',
    '`a`',
    '+',
    '-',
    '&&',
    '||',
    '!',
    '==',
    'in',
  ];
  const more = [
    'has',
    'all',
    'map',
    'x',
    'v',
    'optional',
    '.of(',
    '.?',
    '[?',
    '{?',
    '//',
    '\n',
    '\\',
    ' ',
    'cel.bind(',
    'math.greatest(',
    '1u',
    '.5',
    '😀',
  ];
  let compiled = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words, ...more), { maxLength: 14 }), (tokens) => {
      const source = tokens.join('');
      try {
        const answer = compileCel(source, ['object']).evaluate('{"object":{"a":[1,"b",null]}}');
        compiled++;
        expect(Object.keys(answer)).toEqual([expect.stringMatching(/^(?:value|error)$/)]);
      } catch (error) {
        if (!(error instanceof AssayError)) throw error;
        expect(error.code).toBe('policy-invalid');
        expect(error.at?.line).toBeGreaterThan(0);
      }
    }),
    { numRuns: 3000 },
  );
  expect(compiled).toBeGreaterThan(0);
});
