import { Command, Option } from 'commander';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest } from '../codec/nearest.ts';
import { AssayError, ERROR_GROUPS, type ErrorCode, isAssayError } from '../errors.ts';
import { correctArguments } from './argv.ts';
import { withDeadline } from './deadline.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { exitCodeOf, exitCodeOfAll, exitCodeOfOutcome } from './exit-codes.ts';
import { jsonText } from './output/json.ts';
import { formatSize, parseSize } from './size.ts';
import { columns } from './text/columns.ts';
import { printable } from './text/printable.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'nothing was thrown';
  } catch (error) {
    return isAssayError(error) ? error.code : `not ours: ${String(error)}`;
  }
}

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['8000ms', 8000],
    ['30s', 30_000],
    ['3m', 180_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['0', 0],
    ['.5s', 500],
    ['100us', 0.1],
    ['2h45m', 9_900_000],
  ])('%s are %d ms', (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 6);
  });
  test.each(['', '5', '-5s', '5 s', 's', '1d', '5S', '1.s.s', '9999999999999h', '٣s'])('"%s" is none', (text) => {
    expect(codeOf(() => parseDuration(text))).toBe('usage-invalid');
  });
  test('for people', () => {
    expect([200, 1000, 90_000, 3_600_000, 3_661_000].map(formatDuration)).toEqual(['200ms', '1s', '1m30s', '1h', '1h1m1s']);
  });
});

describe('sizes', () => {
  test.each([
    ['10MiB', 10_485_760],
    ['1.5 KiB', 1536],
    ['4096', 4096],
    ['2GB', 2e9],
    ['7b', 7],
  ])('%s is %d', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
  test.each(['', 'MiB', '-1', '1XB', '1e9', '99999999999GiB'])('"%s" is none', (text) => {
    expect(codeOf(() => parseSize(text))).toBe('usage-invalid');
  });
  test('for people', () => {
    expect([0, 1023, 1024, 43_200_000, 5e9, 5e12].map(formatSize)).toEqual(['0 B', '1023 B', '1.0 KiB', '41.2 MiB', '4.7 GiB', '4.5 TiB']);
  });
});

describe('foreign text', () => {
  test('cannot paint, reverse or hide', () => {
    expect(printable('a\u001b[2Jb\u202ec\u0000d\ne\u200bf\ufeffg\u{e0041}h')).toBe(
      'a\\u{1b}[2Jb\\u{202e}c\\u{0}d\\ne\\u{200b}f\\u{feff}g\\u{e0041}h',
    );
  });
  test('keeps what people write', () => {
    for (const text of ['https://github.com/acme/app@refs/heads/main', 'Ünïcode ✔ 漢字 العربية', 'a b']) expect(printable(text)).toBe(text);
  });
  test('never holds a control character afterwards, and never grows without bound', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const shown = printable(text, 100);
        return !/[\p{C}\p{Zl}\p{Zp}]/u.test(shown) && shown.length <= 100 * 10;
      }),
    );
  });
  test('stands in JSON as escapes that mean the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = jsonText({ text });
        return (JSON.parse(json) as { text: string }).text === text && !/[\p{Cf}\p{Zl}\p{Zp}]/u.test(json);
      }),
    );
  });
});

describe('JSON', () => {
  test('takes foreign names, times, large numbers and bytes', () => {
    const value = {
      map: new Map([['__proto__', 1]]),
      time: new Date(0),
      large: 2n ** 60n,
      small: 5n,
      bytes: new Uint8Array([1, 2]),
      gone: undefined,
    };
    expect(JSON.parse(jsonText(value))).toEqual(
      JSON.parse('{"map":{"__proto__":1},"time":"1970-01-01T00:00:00.000Z","large":"1152921504606846976","small":5,"bytes":"AQI="}'),
    );
  });
});

describe('exit codes', () => {
  test('every code has the exit code of its group', () => {
    const of = (code: string): number => exitCodeOf(new AssayError(code as ErrorCode, 'x'));
    const byGroup = new Map<string, Set<number>>();
    for (const [code, group] of Object.entries(ERROR_GROUPS)) byGroup.set(group, (byGroup.get(group) ?? new Set()).add(of(code)));
    expect(Object.fromEntries([...byGroup].map(([g, codes]) => [g, [...codes].sort()]))).toEqual({
      misuse: [2],
      'not-found': [1],
      transport: [3],
      'evidence-invalid': [1],
      'policy-denied': [1],
      unsupported: [2, 3],
      limit: [3],
      internal: [4],
    });
  });
  test('of outcomes: only verified is 0, only inconclusive is 3', () => {
    const outcomes = ['verified', 'inconclusive', 'denied', 'revoked', 'expired', 'untrusted', 'invalid', 'unsigned'] as const;
    expect(outcomes.map(exitCodeOfOutcome)).toEqual([0, 3, 1, 1, 1, 1, 1, 1]);
  });
  test('of several: a definite no before what is unknown', () => {
    expect(exitCodeOfAll([0, 3, 1])).toBe(1);
    expect(exitCodeOfAll([0, 3])).toBe(3);
    expect(exitCodeOfAll([0, 0])).toBe(0);
    expect(exitCodeOfAll([])).toBe(0);
  });
});

describe('suggestions', () => {
  test('are near or absent', () => {
    const commands = ['verify', 'verify-blob', 'tree', 'inspect', 'download signature'];
    expect(nearest('treee', commands)).toBe('tree');
    expect(nearest('vreify', commands)).toBe('verify');
    expect(nearest('insp', commands)).toBe('inspect');
    expect(nearest('xyzzy', commands)).toBeUndefined();
  });
});

describe('arguments', () => {
  function corrected(...argv: string[]): { args: readonly string[]; off: readonly string[] } {
    const command = new Command('x')
      .addOption(new Option('-k, --key <file>'))
      .addOption(new Option('--certificate <file>'))
      .addOption(new Option('--certificate-identity <id>'))
      .addOption(new Option('--check-claims'))
      .addOption(new Option('-o, --output <format>'))
      .addOption(new Option('-d, --verbose'));
    const { args, off } = correctArguments(argv, command);
    return { args, off: off.map((o) => o.long ?? '') };
  }

  test.each<[string[], string[], string[]]>([
    [['-key', 'a.pub', 'img'], ['--key', 'a.pub', 'img'], []],
    [['-key=a.pub'], ['--key=a.pub'], []],
    [['--cert', 'c.pem', '--cert-identity=x'], ['--certificate', 'c.pem', '--certificate-identity=x'], []],
    [['-cert-identity', 'x'], ['--certificate-identity', 'x'], []],
    [['--check-claims=false'], [], ['--check-claims']],
    [['--check-claims=true'], ['--check-claims'], []],
    [['--no-check-claims'], [], ['--check-claims']],
    [['--no-check-claims=false'], ['--check-claims'], []],
    [['--check-claims', '--check-claims=F'], [], ['--check-claims']],
    [['--check-claims=0', '--check-claims'], ['--check-claims'], []],
    [['-d', '-d=false'], [], ['--verbose']],
    [['-d=true'], ['--verbose'], []],
    [['-o=json'], ['-o', 'json'], []],
    [['-ojson'], ['-ojson'], []],
    // A value is a value, whatever it looks like.
    [['--key', '-cert', '-d'], ['--key', '-cert', '--verbose'], []],
    [['--', '-key', '--check-claims=false'], ['--', '-key', '--check-claims=false'], []],
    [['--unknown=x', '-x', '-'], ['--unknown=x', '-x', '-'], []],
  ])('%j', (argv, args, off) => {
    expect(corrected(...argv)).toEqual({ args, off });
  });

  test('a boolean that is neither true nor false is misuse', () => {
    expect(codeOf(() => corrected('--check-claims=maybe'))).toBe('usage-invalid');
  });
});

describe('columns', () => {
  test('align by cells, and the last one of a row does not count', () => {
    expect(
      columns([
        ['a', 'b', 'a long last cell'],
        ['漢字', 'b', 'c'],
        ['long', 'and all the rest of it'],
      ]),
    ).toEqual(['a      b   a long last cell', '漢字   b   c', 'long   and all the rest of it']);
  });
});

describe('the deadline', () => {
  test('ends work that listens with what it makes of it, and is told apart from other errors', async () => {
    const work = (signal: AbortSignal): Promise<string> =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(`told: ${(signal.reason as AssayError).code}`)));
    expect(await withDeadline(10, work)).toBe('told: registry-timeout');
  });
  test('0 is none', async () => {
    expect(await withDeadline(0, async (signal) => signal.aborted)).toBe(false);
  });
});
