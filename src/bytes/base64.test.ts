import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAssayError } from '../errors.ts';
import { decodeBase64 } from './base64.ts';

function outcome(text: string): string {
  try {
    return decodeBase64(text).toString('hex');
  } catch (error) {
    return isAssayError(error) ? error.code : String(error);
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

test('every length of bytes comes back, on both sides of the bound between the two ways of decoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(outcome(Buffer.from(bytes).toString('base64'))).toBe(Buffer.from(bytes).toString('hex'));
    }),
  );
});

test.each(['', 'A'.repeat(128)])('after "%s" what is not strict is refused', (before) => {
  const strict = ['QQ==', 'QUE=', 'QUFB', '+/+/'];
  for (const text of strict) expect(outcome(before + text)).toBe(Buffer.from(before + text, 'base64').toString('hex'));
  const others = [
    'Q',
    'QQ',
    'QQ=',
    'QUE',
    'QR==',
    'QUF=',
    'Q===',
    '====',
    'QQ=A',
    '=QQQ',
    'QQ==QUFB',
    '-_-_',
    'QU B',
    'QUF\n',
    ' QUF',
    'QUFB\n',
  ];
  for (const text of [...others, 'QUF\u0141', 'QUF\u0100', 'QU\u2014B', 'QUF\0', 'QUF\u007f'])
    expect([text, outcome(before + text)]).toEqual([text, 'base64-invalid']);
});

test('any text of the alphabet and its neighbours is judged as the platform does after encoding again', () => {
  const character = fc.constantFrom(...ALPHABET, '=', '=', '-', '_', '\u0141');
  fc.assert(
    fc.property(fc.array(character, { maxLength: 140 }), (characters) => {
      const text = characters.join('');
      const bytes = Buffer.from(text, 'base64');
      expect(outcome(text)).toBe(bytes.toString('base64') === text ? bytes.toString('hex') : 'base64-invalid');
    }),
    { numRuns: 500 },
  );
});

test('every last character before the padding', () => {
  for (const c of ALPHABET) {
    const bit = ALPHABET.indexOf(c);
    expect(outcome(`A${c}==`) === 'base64-invalid').toBe((bit & 15) !== 0);
    expect(outcome(`AA${c}=`) === 'base64-invalid').toBe((bit & 3) !== 0);
  }
});
