import { describe, expect, test } from 'vitest';
import { LIMITS } from '../limits.ts';
import { byRegexp, exactly } from './matcher.ts';

describe('identities by regular expression', () => {
  test('cosign flags match from the start, native policies the whole text', async () => {
    const prefix = await byRegexp('https://github.com/acme/', 'prefix');
    expect(prefix.test('https://github.com/acme/app')).toBe('yes');
    expect(prefix.test('https://evil.test/?https://github.com/acme/')).toBe('elsewhere');
    expect(prefix.test('https://gitlab.com/acme/app')).toBe('no');
    const whole = await byRegexp('https://github.com/acme/', 'whole');
    expect(whole.test('https://github.com/acme/app')).toBe('elsewhere');
    expect(whole.test('https://github.com/acme/')).toBe('yes');
  });

  test('alternatives are anchored as one', async () => {
    const m = await byRegexp('a@acme\\.test|b@acme\\.test', 'prefix');
    expect(m.test('b@acme.test')).toBe('yes');
    expect(m.test('x b@acme.test')).toBe('elsewhere');
  });

  test.each(['dev@acme.test\nevil', 'dev@acme.test\r', 'dev@acme.test\0', 'dev@acme.test\u2028x'])(
    'no expression matches a text with a control character: %j',
    async (text) => {
      for (const pattern of ['(?s).*', '[^x]*', 'dev@acme\\.test\\s?.*']) expect((await byRegexp(pattern, 'prefix')).test(text)).toBe('no');
    },
  );

  test('takes linear time where backtracking engines take for ever', async () => {
    const m = await byRegexp('(a+)+$', 'whole');
    expect(m.test(`${'a'.repeat(5000)}b`)).toBe('no');
  });

  test('refuses what is no expression, empty, or too long', async () => {
    for (const bad of ['(', '', 'a'.repeat(LIMITS.regexpLength + 1), '(?=a)'])
      await expect(byRegexp(bad, 'prefix')).rejects.toMatchObject({ code: 'identity-invalid' });
    expect(() => exactly('')).toThrowError(expect.objectContaining({ code: 'identity-invalid' }));
  });

  test('an exact text is compared whole, with case', () => {
    expect(exactly('dev@acme.test').test('dev@acme.test')).toBe('yes');
    for (const other of ['Dev@acme.test', 'dev@acme.test.evil', 'xdev@acme.test', 'dev@acme.tesT'])
      expect(exactly('dev@acme.test').test(other)).toBe('no');
  });
});
