import { describe, expect, test } from 'vitest';
import { emptyLine } from './keystrokes.ts';

const typed = (...keys: readonly string[]): unknown[] => {
  const line = emptyLine();
  return keys.map((k) => {
    const t = line.take(Buffer.from(k));
    return t.kind === 'line' ? t.bytes.toString('utf8') : t.kind;
  });
};

describe('what is typed without being shown', () => {
  test.each<[string, string[], unknown[]]>([
    ['a line', ['secret\r'], ['secret']],
    ['a line in pieces', ['sec', 'ret', '\n'], ['more', 'more', 'secret']],
    ['an empty line', ['\r'], ['']],
    ['spaces and other letters', [' ä 密 \r'], [' ä 密 ']],
    ['a correction', ['abx\x7fc\r'], ['abc']],
    ['a correction of a letter of several bytes', ['a密\x7f\x08b\r'], ['b']],
    ['corrections beyond the beginning', ['a\x7f\x7f\x7fb\r'], ['b']],
    ['a new beginning', ['wrong\x15right\r'], ['right']],
    ['two lines at once', ['one\rtwo\r', ''], ['one', 'two']],
    ['a Return of two bytes', ['one\r\ntwo\r\n', '', ''], ['one', 'two', 'more']],
    ['the end', ['\x04'], ['end']],
    ['the end after something', ['abc\x04'], ['abc']],
    ['Ctrl-C, and nothing of what stood before', ['abc\x03more\r', '', 'x\r'], ['cancelled', 'more', 'x']],
  ])('%s', (_what, keys, said) => {
    expect(typed(...keys)).toEqual(said);
  });

  test('is bounded', () => {
    const line = emptyLine();
    expect(() => line.take(Buffer.alloc(100_000, 0x61))).toThrow(expect.objectContaining({ code: 'limit' }));
  });
});
