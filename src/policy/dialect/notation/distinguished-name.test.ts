import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWithin, readName } from './distinguished-name.ts';

/** RFC 4514 §2.4, the other way round: what has to be escaped by a backslash, and what may be by its bytes. */
function escaped(value: string, inHex: boolean): string {
  const all = (c: string): string => [...Buffer.from(c)].map((b) => `\\${b.toString(16).padStart(2, '0')}`).join('');
  return [...value]
    .map((c, i, chars) => {
      if (c === '\0' || inHex) return all(c);
      const edge = (i === 0 && /[ #]/.test(c)) || (i === chars.length - 1 && c === ' ');
      return edge || /["+,;<>\\]/.test(c) ? `\\${c}` : c;
    })
    .join('');
}

// No lone surrogates, which no certificate can hold.
const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });

describe('a distinguished name', () => {
  test('says again whatever was escaped', () => {
    fc.assert(
      fc.property(value, value, fc.boolean(), (organization, name, inHex) => {
        const text = `C=US, ST=WA, O=${escaped(organization, inHex)}, CN=${escaped(name, !inHex)}`;
        fc.pre(!text.includes('=#'));
        const read = readName(text);
        expect(read).toEqual({
          rule: new Map([
            ['C', 'US'],
            ['ST', 'WA'],
            ['O', organization],
            ['CN', name],
          ]),
        });
      }),
    );
  });

  test('is read, or refused with a reason, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const read = readName(`C=US,ST=WA,O=x,${text}`);
        if ('problem' in read) expect(read.problem).not.toBe('');
        else expect([...read.rule].every(([type, v]) => type !== '' && v !== '')).toBe(true);
      }),
    );
  });

  test('smuggles no attribute through a value', () => {
    for (const text of ['C=US,ST=WA,O=a\\,O=b', 'C=US,ST=WA,O=a\\2cO=b', 'C=US,ST=WA,O=a\\2c CN=b'])
      expect('rule' in readName(text) && [...(readName(text) as { rule: ReadonlyMap<string, string> }).rule.keys()]).toEqual([
        'C',
        'ST',
        'O',
      ]);
  });

  test('lies within another when that asks for as much', () => {
    const rule = (o: Record<string, string>) => new Map(Object.entries(o));
    expect(isWithin(rule({ C: 'US' }), rule({ C: 'US', O: 'x' }))).toBe(true);
    expect(isWithin(rule({ C: 'US', O: 'x' }), rule({ C: 'US' }))).toBe(false);
    expect(isWithin(rule({ C: 'US' }), rule({ C: 'DE' }))).toBe(false);
  });
});
