import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assay } from '../cli/harness.ts';
import type { World } from './fixture.ts';

/** A command of a `console` block with the output that the document shows. */
export interface Example {
  readonly line: number;
  readonly command: string;
  readonly output: readonly string[];
}

/** Fenced blocks of a document in one language: the line of their first line, and their text. */
export function fencesOf(text: string, language: string): readonly { readonly line: number; readonly text: string }[] {
  const fences: { line: number; text: string }[] = [];
  for (const m of text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm))
    if (m[1] === language) fences.push({ line: text.slice(0, m.index).split('\n').length + 1, text: m[2] ?? '' });
  return fences;
}

/** The files that a document shows: blocks of YAML or Rego whose first line is a comment with the file's name. */
export function namedFilesOf(text: string): readonly { readonly name: string; readonly text: string }[] {
  return ['yaml', 'rego', 'cue'].flatMap((language) =>
    fencesOf(text, language).flatMap((fence) => {
      const name = /^(?:#|\/\/) ([\w-]+\.\w+)\n/.exec(fence.text)?.[1];
      return name === undefined ? [] : [{ name, text: fence.text }];
    }),
  );
}

/** The commands of a document's `console` blocks. A line that ends in a backslash goes on in the next. */
export function examplesOf(text: string): readonly Example[] {
  return fencesOf(text, 'console').flatMap((fence) => {
    const examples: { line: number; command: string; output: string[] }[] = [];
    for (const [i, line] of fence.text.trimEnd().split('\n').entries()) {
      const last = examples.at(-1);
      if (line.startsWith('$ ')) examples.push({ line: fence.line + i, command: line.slice(2), output: [] });
      else if (last?.command.endsWith('\\') && last.output.length === 0) last.command = `${last.command.slice(0, -1)}${line.trim()}`;
      else last?.output.push(line);
    }
    return examples;
  });
}

/** Runs the commands of one document in order, as one shell would: `$?` is that of the last command. */
export function createShell(world: World): (command: string) => Promise<readonly string[]> {
  let exit = 0;
  const theirs = (text: string): string => [...world.hosts].reduce((all, [name, host]) => all.replaceAll(name, host), text);
  return async (command) => {
    if (command === 'echo $?') return [String(exit)];
    const m = /^assay (.*?)(?: > (\S+)| \| (.+))?$/.exec(command);
    if (m === null) return linesOf(await shell(theirs(command), ''), world);
    const ran = await assay(wordsOf(theirs(m[1] ?? '')), {
      cwd: world.folder,
      home: join(world.folder, 'home'),
      env: world.env,
      tty: m[2] === undefined && m[3] === undefined,
    });
    exit = ran.exit;
    const stdout = ran.stdout.toString();
    if (m[2] !== undefined) writeFileSync(join(world.folder, m[2]), stdout);
    const shown = m[2] !== undefined ? '' : m[3] !== undefined ? await shell(m[3], stdout) : stdout;
    return linesOf(shown + ran.stderr, world);
  };

  function shell(command: string, stdin: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile('sh', ['-c', command], { cwd: world.folder }, (error, stdout, stderr) => {
        exit = typeof error?.code === 'number' ? error.code : 0;
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve(stdout + stderr);
      });
      // A program that reads nothing has gone before.
      child.stdin?.on('error', () => {});
      child.stdin?.end(stdin);
    });
  }
}

/** Whether the lines are those that a document shows: `…` stands for anything within a line, alone on a line for any lines. */
export function isAsShown(shown: readonly string[], actual: readonly string[]): boolean {
  const pattern = shown
    .map((line) =>
      line === '…'
        ? '(?:.*\n)*?'
        : `${line
            .split('…')
            .map((t) => t.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
            .join('.*')}\n`,
    )
    .join('');
  return new RegExp(`^${pattern}$`).test(actual.map((line) => `${line}\n`).join(''));
}

function linesOf(text: string, world: World): readonly string[] {
  // biome-ignore-start lint/suspicious/noControlCharactersInRegex: colours and progress lines of a terminal
  const shown = text.replace(/[^\n]*\r\u001b\[K/g, '').replace(/\u001b\[[0-9;]*m/g, '');
  // biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above
  const named = [...world.hosts].reduce((all, [name, host]) => all.replaceAll(host, name), shown);
  const lines = named.replaceAll(`${world.folder}/`, '').split('\n');
  return (lines.at(-1) === '' ? lines.slice(0, -1) : lines).map((line) => line.trimEnd());
}

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '');
}

/** The text of a document of the project. */
export function documentText(name: string): string {
  return readFileSync(join(import.meta.dirname, '../..', name), 'utf8');
}
