import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, decodeHex } from '../bytes/index.ts';
import { LIMITS } from '../limits.ts';
import { canonicalJson } from './canonical-json.ts';
import { children, readDer, readInteger, readNamedBits, readOid, readTime } from './der/index.ts';
import { preAuthEncoding } from './dsse.ts';
import { type Json, parseJson } from './json.ts';
import { parsePem } from './pem.ts';

describe('strict JSON', () => {
  test('reads what the platform reads', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });
  test.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '[{"b":{"x":0,"y":{},"x":0}}]',
    '{"__proto__":1,"__proto__":2}',
    '{"a":"\\\\","a":1}',
    '{"a":"x:y\\"","a":":"}',
  ])('refuses a name that occurs twice: %s', (text) => {
    expect(() => parseJson(text)).toThrowError(expect.objectContaining({ code: 'json-invalid' }));
  });
  test('a name twice is refused wherever it is put', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (object, at) => {
        const members = Object.entries(object).map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`);
        members.push(members[at % members.length] as string);
        expect(() => parseJson(`{${members.join(',')}}`)).toThrowError(expect.objectContaining({ code: 'json-invalid' }));
      }),
    );
  });
  test('names of other objects may be the same, and hostile names are ordinary', () => {
    expect(parseJson('{"a":{"a":1},"b":[{"a":1},{"a":1}],"__proto__":{"constructor":1}}')).toMatchObject({ a: { a: 1 } });
  });
  test.each(['', '{', '{"a":}', '"', '"\\"', '{"a":1}}', '\ufeff{}', "{'a':1}", '{"a":1,}', 'NaN', '[1,]'])(
    'refuses what is no JSON: %j',
    (text) => {
      expect(() => parseJson(text)).toThrowError(expect.objectContaining({ code: 'json-invalid' }));
    },
  );
  test('nesting beyond the bound is an error, not a crash', () => {
    const deep = '['.repeat(200_000);
    expect(() => parseJson(deep)).toThrowError(expect.objectContaining({ code: 'limit' }));
    expect(() => parseJson('['.repeat(LIMITS.jsonDepth) + ']'.repeat(LIMITS.jsonDepth))).not.toThrow();
  });
});

test('canonical JSON sorts by code units and writes no white space (RFC 8785 §3.2.3)', () => {
  const value: Json = {
    '\u20ac': 'Euro',
    '\r': 'CR',
    '1': 'One',
    '\u0080': 'Control',
    '\ud83d\ude00': 'Smile',
    '\ufb33': 'Dalet',
    ö: [1, 'b', null],
  };
  expect(canonicalJson(value)).toBe(
    '{"\\r":"CR","1":"One","\u0080":"Control","\u00f6":[1,"b",null],"\u20ac":"Euro","\ud83d\ude00":"Smile","\ufb33":"Dalet"}',
  );
});

describe('base64 and hexadecimal have one spelling', () => {
  test.each(['QQ', 'QQ=', 'QR==', 'Q Q==', 'QQ==\n', 'QQ===', 'Q-_=', '====', 'QQ==QQ=='])('refuses %j', (text) => {
    expect(() => decodeBase64(text)).toThrowError(expect.objectContaining({ code: 'base64-invalid' }));
  });
  test('accepts every encoding of bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (b) => decodeBase64(Buffer.from(b).toString('base64')).equals(Buffer.from(b))));
  });
  test('hexadecimal is lower case and even', () => {
    expect(decodeHex('00ff')).toEqual(Buffer.of(0, 255));
    for (const bad of ['0', 'FF', '0x', ' 00'])
      expect(() => decodeHex(bad)).toThrowError(expect.objectContaining({ code: 'input-invalid' }));
  });
});

describe('strict DER', () => {
  const bad = (hex: string, read: (b: Buffer) => unknown = readDer) =>
    expect(() => read(Buffer.from(hex, 'hex')), hex).toThrowError(expect.objectContaining({ code: 'der-invalid' }));
  test('lengths: definite, shortest, inside', () => {
    for (const hex of ['', '30', '3080', '308100', '30817f', '3082000100', '3003', '300000', '3085ffffffffff', '1f0100']) bad(hex);
    expect(readDer(Buffer.from(`308180${'00'.repeat(128)}`, 'hex')).end).toBe(131);
    bad('3003020500', (b) => children(readDer(b)));
  });
  test('integers, object identifiers, bit strings, times in their one form', () => {
    for (const hex of ['0200', '02020001', '0202ff80']) bad(hex, (b) => readInteger(readDer(b)));
    expect(readInteger(readDer(Buffer.from('0201ff', 'hex')))).toBe(-1n);
    expect(readOid(readDer(Buffer.from('0603883703', 'hex')))).toBe('2.999.3');
    for (const hex of ['0600', '060180', '0602802a', '060188']) bad(hex, (b) => readOid(readDer(b)));
    for (const hex of ['0300', '030108', '03020780ff', '030205a1', '030101']) bad(hex, (b) => readNamedBits(readDer(b)));
    const time = (tag: string, text: string): Buffer => Buffer.concat([Buffer.from(tag, 'hex'), Buffer.of(text.length), Buffer.from(text)]);
    expect(readTime(readDer(time('17', '491231235959Z')))).toBe(Date.UTC(2049, 11, 31, 23, 59, 59));
    expect(readTime(readDer(time('17', '500101000000Z')))).toBe(Date.UTC(1950, 0, 1));
    for (const [tag, text] of [
      ['17', '4912312359Z'],
      ['17', '490231000000Z'],
      ['18', '20260101000000'],
      ['18', '20260101000000+0100'],
      ['18', '20260101000000.5Z'],
      ['18', '20261301000000Z'],
      ['18', '20260101240000Z'],
    ] as const)
      bad(time(tag, text).toString('hex'), (b) => readTime(readDer(b)));
    expect(readTime(readDer(time('18', '20260101000000.25Z')), 'time', { fractions: true })).toBe(Date.UTC(2026, 0, 1) + 250);
  });
});

test('the pre-authentication encoding counts bytes, not characters (DSSE protocol.md)', () => {
  expect(preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
  expect(preAuthEncoding('é', Buffer.from('ü')).toString()).toBe('DSSEv1 2 é 2 ü');
});

describe('PEM', () => {
  test('a block that stands alone is read as it is after other text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const lines = Buffer.from(bytes)
          .toString('base64')
          .replace(/.{64}(?=.)/g, '$&\n');
        const block = `-----BEGIN A B-----\n${lines}\n-----END A B-----\n`;
        const expected = [{ label: 'A B', bytes: Buffer.from(bytes) }];
        expect(parsePem(block)).toEqual(expected);
        expect(parsePem(`note\n${block}`)).toEqual(expected);
        expect(parsePem(block + block)).toEqual([...expected, ...expected]);
      }),
    );
  });
  test('text between blocks is passed over, line ends may be CRLF', () => {
    const blocks = parsePem(
      'subject=x\r\n-----BEGIN A-----\r\nAQI=\r\n-----END A-----\r\nnote\n-----BEGIN B C-----\nAw==\n-----END B C-----',
    );
    expect(blocks.map((b) => [b.label, [...b.bytes]])).toEqual([
      ['A', [1, 2]],
      ['B C', [3]],
    ]);
  });
  test.each([
    '',
    'text',
    '-----BEGIN A-----\nAQI=',
    '-----BEGIN A-----\nAQI=\n-----END B-----',
    '-----BEGIN A-----\nProc-Type: 4\n\nAQI=\n-----END A-----',
    '-----BEGIN A-----\nAQI\n-----END A-----',
    '-----BEGIN A-----\nAQI\n-----END A-----\n',
    '-----BEGIN A-----\nAQJ=\n-----END A-----\n',
    '-----BEGIN A-----\nAQ-_\n-----END A-----\n',
    '-----BEGIN A-----\nAQI=\n-----END A-----\n-----BEGIN A-----\nAQI=\n',
  ])('refuses %j', (text) => {
    expect(() => parsePem(text)).toThrowError(expect.objectContaining({ code: 'pem-invalid' }));
  });
});
