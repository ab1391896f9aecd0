import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { refusalOf } from '../../src/cli/options/refused.ts';
import { parserOf } from '../../src/cli/run-command.ts';
import { nameOf } from '../../src/cli/values.ts';
import { assay } from '../cli/harness.ts';

interface Row {
  readonly section: string;
  readonly command: string;
  readonly flag: string | undefined;
  readonly status: string;
}

const DOCUMENT = join(import.meta.dirname, '../../docs/reference/compatibility.md');
const STATUS = /^(?:works as there|replaced by .+|refused, because .+|not yet)$/;

const rows = readRows(readFileSync(DOCUMENT, 'utf8'));
const theirs = rows.filter((r) => r.section !== "Assay's own");
const parsers = new Map<string, Command>();

beforeAll(async () => {
  for (const [name, entry] of COMMANDS) parsers.set(name, parserOf(name, entry, (await entry.load()).command));
});

describe('the compatibility table', () => {
  test('has a status for every row, and no row twice', () => {
    expect(theirs.length).toBeGreaterThan(500);
    expect(theirs.filter((r) => !STATUS.test(r.status))).toEqual([]);
    const keys = theirs.map((r) => `${r.section} ${r.command} ${r.flag}`);
    expect(keys.filter((k, i) => keys.indexOf(k) !== i)).toEqual([]);
  });

  test('promises no flag that a command does not accept', () => {
    const missing: string[] = [];
    for (const row of theirs.filter((r) => r.status === 'works as there' && r.flag !== undefined)) {
      for (const [name, parser] of appliesTo(row)) if (!accepts(parser, row.flag ?? '')) missing.push(`${name} --${row.flag}`);
    }
    expect(missing).toEqual([]);
  });

  test('promises no command that there is not', () => {
    const families = new Set([...COMMANDS.keys()].map((name) => name.split(' ')[0] ?? ''));
    const commands = theirs.filter((r) => r.status === 'works as there' && r.flag === undefined).map((r) => r.command);
    expect(commands.filter((name) => !COMMANDS.has(name) && !families.has(name))).toEqual([]);
  });

  test('keeps its word about everything else: no such flag is accepted', () => {
    const accepted: string[] = [];
    for (const row of theirs.filter((r) => r.status !== 'works as there' && r.flag !== undefined)) {
      const isAlso = theirs.some((r) => r.command === row.command && r.flag === row.flag && r.status === 'works as there');
      if (isAlso || (row.section === 'notation' && row.command !== 'verify')) continue;
      for (const [name, parser] of appliesTo(row)) if (accepts(parser, row.flag ?? '')) accepted.push(`${name} --${row.flag}`);
    }
    expect(accepted).toEqual([]);
  });

  test('every refused flag says its reason, and every replaced or missing command what to do', async () => {
    for (const row of theirs.filter((r) => r.status.startsWith('refused') && r.flag !== undefined)) {
      for (const [name, parser] of appliesTo(row)) {
        const option = parser.options.find((o) => nameOf(o) === row.flag);
        const value = option?.required ? ['x'] : [];
        const { exit, stderr } = await assay([...name.split(' '), `--${row.flag}`, ...value, 'x']);
        expect({
          flag: `${name} --${row.flag}`,
          exit,
          told: stderr.includes('code: unsupported') || stderr.includes('unknown option'),
        }).toEqual({ flag: `${name} --${row.flag}`, exit: 2, told: true });
      }
    }
    for (const row of theirs.filter((r) => r.status !== 'works as there' && r.flag === undefined)) {
      if (row.section === 'notation' && COMMANDS.has(row.command)) continue;
      const { exit, stderr } = await assay(row.command.split(' '));
      expect({ command: row.command, exit, told: stderr.includes('usage-invalid') }).toEqual({ command: row.command, exit: 2, told: true });
    }
  });

  test('leaves out no flag of ours', () => {
    const listed = (name: string, flag: string): boolean =>
      rows.some((r) => r.flag === flag && appliesTo(r).some(([command]) => command === name));
    const unlisted: string[] = [];
    for (const [name, parser] of parsers) {
      for (const option of parser.options)
        if (refusalOf(option) === undefined && !listed(name, nameOf(option)))
          unlisted.push(`| \`${name}\` | \`${nameOf(option)}\` | ${option.description} |`);
    }
    expect(unlisted).toEqual([]);
  });

  test('promises no flag of ours that is gone', () => {
    const own = rows.filter((r) => r.section === "Assay's own" && r.flag !== undefined);
    expect(
      own.filter((r) => appliesTo(r).some(([, parser]) => !accepts(parser, r.flag ?? ''))).map((r) => `${r.command} --${r.flag}`),
    ).toEqual([]);
  });
});

/** The parsers that a row is about; none when the command is not there. */
function appliesTo(row: Row): readonly (readonly [string, Command])[] {
  if (row.command === '(every command)') return [...parsers];
  if (row.command === '(every image command)')
    return [...parsers].filter(([, p]) => p.options.some((o) => nameOf(o) === 'allow-http-registry'));
  if (row.command === '(every verifying command)') return [...parsers].filter(([name]) => name.startsWith('verify'));
  const parser = parsers.get(row.command);
  return parser === undefined ? [] : [[row.command, parser]];
}

function accepts(parser: Command, flag: string): boolean {
  const option = parser.options.find((o) => nameOf(o) === flag);
  return option !== undefined && refusalOf(option) === undefined;
}

function readRows(text: string): readonly Row[] {
  let section = '';
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('## ')) section = line.slice(3);
    const cells = line.split('|').map((c) => c.trim());
    const command = /^`(.+)`$/.exec(cells[1] ?? '')?.[1];
    if (command === undefined) return [];
    return [{ section, command, flag: /^`(.+)`$/.exec(cells[2] ?? '')?.[1], status: cells[3] ?? '' }];
  });
}
