/** What documents name beside links: command lines, and headings of one another. */
import type { Command } from 'commander';
import { COMMANDS } from '../../src/cli/commands.ts';
import { refusalOf } from '../../src/cli/options/refused.ts';
import { parserOf } from '../../src/cli/run-command.ts';
import { nameOf } from '../../src/cli/values.ts';

/** The command lines in backquotes and in indented blocks of a document, without `assay`. */
export function commandLinesOf(text: string): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/\\\n\s*/g, ' ');
  return [...prose.matchAll(/`assay ([^`]+)`|^ {4}assay (.+)$/gm)].map((m) => m[1] ?? m[2] ?? '');
}

/** What of a command line there is not: a command or a flag. */
export async function unknownOf(line: string): Promise<readonly string[]> {
  const words = line.split(/\s+/);
  const name = [2, 1].map((n) => words.slice(0, n).join(' ')).find((n) => COMMANDS.has(n));
  const entry = name === undefined ? undefined : COMMANDS.get(name);
  if (name === undefined || entry === undefined) return isFamily(words[0] ?? '') ? [] : [`assay ${line}`];
  const parser = parserOf(name, entry, (await entry.load()).command);
  const flags = words.map((w) => /^\[?--([a-z][\w-]*)/.exec(w)?.[1]).filter((f) => f !== undefined);
  return flags.filter((f) => !accepts(parser, f)).map((f) => `assay ${name} --${f}`);
}

/** `assay trust` stands for all its commands, and some words for a flag of the program itself. */
function isFamily(word: string): boolean {
  return word.startsWith('-') || [...COMMANDS.keys()].some((name) => name.startsWith(`${word} `));
}

function accepts(parser: Command, flag: string): boolean {
  return flag === 'help' || parser.options.some((o) => nameOf(o) === flag && refusalOf(o) === undefined);
}

/** The names by which headings are linked, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map((m) => m[1] ?? '');
  return new Set(
    headings.map((h) =>
      h
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
