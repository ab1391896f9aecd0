/** What the help of a command promises: examples that its own parser takes, the variables that it reads, its exit codes. */
import { describe, expect, test } from 'vitest';
import { correctArguments } from '../../src/cli/argv.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { findCommand } from '../../src/cli/find-command.ts';
import { parserOf } from '../../src/cli/run-command.ts';
import { assay } from '../cli/harness.ts';

const helps = new Map(
  await Promise.all(
    [...COMMANDS.keys()].map(async (name) => [name, (await assay([...name.split(' '), '--help'])).stdout.toString()] as const),
  ),
);

/** The command lines below `Examples:`, whole, each pipe's part by itself. */
function examplesOf(help: string): readonly string[] {
  const [, block = ''] = help.split(/^Examples:\n/m);
  const lines = block.replaceAll(/\\\n\s*/g, '').split('\n');
  const commands = lines.filter((l) => /^ {2}\S/.test(l)).flatMap((l) => l.split(/ \| | && /));
  return commands.flatMap((l) => /(?:^|[ (])(assay .*?)(?: > .*| >> .*|\))?$/.exec(l.trim())?.[1] ?? []);
}

/** Words as a shell has them, quotes taken away. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|\S)+/g)].map(([word]) => word.replaceAll(/['"]/g, ''));
}

test.each([...helps])('the examples of %s parse', async (_, help) => {
  const examples = examplesOf(help);
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) {
    const found = findCommand(wordsOf(example).slice(1));
    if (found.kind !== 'command') throw new Error(`no command: ${example}`);
    const parser = parserOf(found.name, found.entry, (await found.entry.load()).command)
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    expect(() => parser.action(() => {}).parse(correctArguments(found.argv, parser).args, { from: 'user' }), example).not.toThrow();
  }
});

const GROUPS: ReadonlySet<string> = new Set(['Sign', 'Attach', 'Bundles', 'Keys', 'Move', 'Registries']);
describe.each([...COMMANDS].filter(([name, { group }]) => GROUPS.has(group) || name === 'signing-config create'))('%s', (name) => {
  const help = helps.get(name) ?? '';
  test('names its exit codes', () => expect(help).toMatch(/^Exit codes: 0 .*2 misuse.*4 internal error\.$/m));
  test('names the variables that it reads, under one heading', () => expect(help.match(/^Environment\b.*:$/gm)).toEqual(['Environment:']));
});
