import { describe, expect, test } from 'vitest';
import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { CborTag, type CborValue, decodeCbor, encodeCbor } from './cbor.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function codeOf(bytes: Uint8Array, tags: readonly number[] = []): string {
  try {
    decodeCbor(bytes, 'document', tags);
    return 'taken';
  } catch (error) {
    return error instanceof AssayError ? error.code : `not ours: ${String(error)}`;
  }
}

describe('what is read', () => {
  // RFC 8949, appendix A.
  test.each<readonly [string, CborValue]>([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['1bffffffffffffffff', 18446744073709551615n],
    ['20', -1],
    ['3903e7', -1000],
    ['f4', false],
    ['f6', null],
    ['60', ''],
    ['6449455446', 'IETF'],
    ['62c3bc', 'ü'],
    ['80', []],
    ['83010203', [1, 2, 3]],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    ['a0', new Map()],
    [
      'a201020304',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    [
      'a26161016162820203',
      new Map<string, CborValue>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
    ['fb3ff199999999999a', 1.1],
  ])('%s', (text, value) => {
    expect(decodeCbor(hex(text))).toEqual(value);
  });

  test('byte strings, and the view of a larger buffer', () => {
    const outer = hex('ff 4401020304 ff');
    expect(Buffer.from(decodeCbor(outer.subarray(1, 6)) as Uint8Array)).toEqual(hex('01020304'));
  });

  test('the tags that were asked for', () => {
    expect(decodeCbor(hex('c11a514b67b0'), 'time', [1])).toEqual(new CborTag(1, 1363896240));
    expect(decodeCbor(hex('81c101'), 'time', [1])).toEqual([new CborTag(1, 1)]);
  });

  test('nesting up to the bound', () => {
    const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x81), hex('00')]);
    expect(codeOf(nested(LIMITS.cborDepth))).toBe('taken');
    expect(codeOf(nested(LIMITS.cborDepth + 1))).toBe('limit');
    expect(codeOf(nested(100_000))).toBe('limit');
    expect(codeOf(Buffer.concat([Buffer.alloc(100_000, 0xc1), hex('00')]), [1])).toBe('limit');
    // Siblings are not nested.
    expect(codeOf(Buffer.concat([hex('9864'), ...Array.from({ length: 100 }, () => hex('a10181c100'))]), [1])).toBe('taken');
  });
});

describe('what is refused', () => {
  test.each([
    ['nothing at all', ''],
    ['bytes behind the value', '0000'],
    ['a value that breaks off', '8201'],
    ['a text that breaks off', '6449'],
    ['a huge list without elements', '9affffffff'],
    ['a key twice', 'a2616101616102'],
    ['a number as key twice, once longer than it need be', 'a2010118 0102'],
    ['a float as key that is equal to a number', 'a201 01 f93c00 02'],
    ['a float as key', 'a1f93c0001'],
    ['bytes as key', 'a1410101'],
    ['a list as key', 'a1800'.concat('1')],
    ['null as key', 'a1f601'],
    ['a list without a length', '9f01ff'],
    ['a map without a length', 'bf6161 01ff'],
    ['a text without a length', '7f6161ff'],
    ['a text that is no UTF-8', '61ff'],
    ['half a surrogate', '63eda080'],
    ['a tag that nobody asked for', 'd20 0'],
    ['a break on its own', 'ff'],
    ['undefined', 'f7'],
    ['not a number', 'f97e00'],
    ['infinity', 'f97c00'],
  ])('%s', (_what, text) => {
    expect(codeOf(hex(text), [1])).toBe('cbor-invalid');
  });
});

describe('what is written', () => {
  test('is what RFC 9052 wants signed', () => {
    const structure = encodeCbor(['Signature1', hex('a10126'), new Uint8Array(), Buffer.from('payload')]);
    expect(Buffer.from(structure)).toEqual(hex('84 6a5369676e617475726531 43a10126 40 477061796c6f6164'));
  });

  test('is read again', () => {
    const value: CborValue = new CborTag(18, [
      new Map<number | string, CborValue>([
        [1, -7],
        ['x', new CborTag(1, 5)],
      ]),
      'y',
      null,
    ]);
    expect(decodeCbor(encodeCbor(value), 'value', [1, 18])).toEqual(value);
  });
});
