import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { der, readDer, readInteger, readOid, readSmallInteger, readTime, TAG } from './index.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const oid = (content: string) => readOid(readDer(der(TAG.oid, hex(content))));

describe('object identifiers', () => {
  test.each([
    ['2a8648ce3d040303', '1.2.840.10045.4.3.3'],
    ['2b0601040183bf300118', '1.3.6.1.4.1.57264.1.24'],
    ['0992268993f22c640101', '0.9.2342.19200300.100.1.1'],
    ['883703', '2.999.3'],
    ['27', '0.39'],
    ['28', '1.0'],
    ['69bfffffffffffffff7f', '2.25.4611686018427387903'],
    ['698381f2d9b1a3d2c4e5bcf9e1a0d2c4e5bc79', `2.25.${uuidArc('8381f2d9b1a3d2c4e5bcf9e1a0d2c4e5bc79')}`],
  ])('%s is %s, the first time and after', (content, text) => {
    expect(oid(content)).toBe(text);
    expect(oid(content)).toBe(text);
  });

  test.each(['', '2a80', '2a8001', '8001', '2a86'])('%s is none', (content) => {
    expect(() => oid(content)).toThrow(expect.objectContaining({ code: 'der-invalid' }));
  });

  test('are read the same whatever was read before', () => {
    const arcs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 70n }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(arcs, (list) => {
        const content = Buffer.concat([Buffer.of(0x2a), ...list.map(base128)]);
        expect(readOid(readDer(der(TAG.oid, content)))).toBe(`1.2.${list.join('.')}`);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('times', () => {
  const utc = (text: string) => readTime(readDer(der(TAG.utcTime, Buffer.from(text))));
  const general = (text: string, fractions = false) =>
    readTime(readDer(der(TAG.generalizedTime, Buffer.from(text))), 'time', { fractions });

  test.each([
    ['491231235959Z', '2049-12-31T23:59:59Z'],
    ['500101000000Z', '1950-01-01T00:00:00Z'],
    ['000229120000Z', '2000-02-29T12:00:00Z'],
  ])('%s is %s', (text, time) => {
    expect(utc(text)).toBe(Date.parse(time));
  });

  test.each([
    ['20500101000000Z', '2050-01-01T00:00:00Z'],
    ['00500615013000Z', '0050-06-15T01:30:00Z'],
    ['20250301120000.25Z', '2025-03-01T12:00:00.250Z'],
    ['20250301120000.123999Z', '2025-03-01T12:00:00.123Z'],
  ])('%s is %s', (text, time) => {
    expect(general(text, true)).toBe(Date.parse(time));
  });

  test.each([
    '250229000000Z',
    '250431000000Z',
    '250001000000Z',
    '251301000000Z',
    '250100000000Z',
    '250101240000Z',
    '250101006000Z',
    '250101000060Z',
    '2501010000Z',
    '250101000000',
    '250101000000+0000',
    '25010100000aZ',
    '250101000000ZZ',
    '250101000000.5Z',
    '',
  ])('%s is none', (text) => {
    expect(() => utc(text)).toThrow(expect.objectContaining({ code: 'der-invalid' }));
  });

  test.each([
    '20250301120000.Z',
    '20250301120000.50Z',
    '20250301120000.0Z',
    '20250301120000,5Z',
    '20250301120000.5',
    '19000229000000Z',
    '21000229000000Z',
  ])('%s is none', (text) => {
    expect(() => general(text, true)).toThrow(expect.objectContaining({ code: 'der-invalid' }));
  });

  test('have fractions only where they are allowed', () => {
    expect(() => general('20250301120000.5Z')).toThrow(expect.objectContaining({ code: 'der-invalid' }));
  });
});

describe('integers', () => {
  test.each<[string, bigint]>([
    ['00', 0n],
    ['7f', 127n],
    ['0080', 128n],
    ['80', -128n],
    ['ff', -1n],
    ['ff7f', -129n],
    ['7fffffff', 0x7fffffffn],
    ['0080000000', 0x80000000n],
  ])('%s is %s', (content, value) => {
    const read = readDer(der(TAG.integer, hex(content)));
    expect(readInteger(read)).toBe(value);
    if (value >= 0n && value <= 0x7fffffffn) expect(readSmallInteger(read)).toBe(Number(value));
    else expect(() => readSmallInteger(read)).toThrow(expect.objectContaining({ code: 'der-invalid' }));
  });

  test('of a million bytes are read in linear time', () => {
    const large = readDer(der(TAG.integer, Buffer.alloc(1 << 20, 0x41)));
    expect(readInteger(large).toString(16)).toHaveLength(1 << 21);
    expect(() => readSmallInteger(large)).toThrow(expect.objectContaining({ code: 'der-invalid' }));
  });
});

function base128(value: bigint): Buffer {
  const groups = [Number(value & 0x7fn)];
  for (let n = value >> 7n; n > 0n; n >>= 7n) groups.unshift(Number(n & 0x7fn) | 0x80);
  return Buffer.from(groups);
}

function uuidArc(content: string): bigint {
  return [...hex(content)].reduce((n, byte) => (n << 7n) | BigInt(byte & 0x7f), 0n);
}
