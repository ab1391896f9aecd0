/** The completion scripts, in their shells: they offer what the program answers, and run nothing of what stands on the line. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { assay } from './harness.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-completion-'));
  for (const shell of ['bash', 'zsh', 'fish', 'powershell'])
    writeFileSync(join(folder, `script.${shell}`), (await assay(['completion', shell])).stdout);
  // What stands for the program tells what it was asked and answers as it does.
  writeFileSync(join(folder, 'assay'), '#!/bin/sh\nprintf "%s\\n" "$@" > asked\ncat answer\n', { mode: 0o755 });
});
beforeEach(() => writeFileSync(join(folder, 'answer'), 'policy\tabout: policies\nmanifest\tx\n:4\n'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of a shell; answers its lines. */
function linesOf(shell: string, options: readonly string[], program: string): string[] {
  const env = { PATH: `${folder}:${process.env.PATH ?? ''}`, HOME: folder };
  const said = execFileSync(shell, [...options, '-c', program], { cwd: folder, env, encoding: 'utf8' });
  return said.split('\n').filter((l) => l !== '');
}

function asked(): string {
  return readFileSync(join(folder, 'asked'), 'utf8');
}

/** What each shell would run, if the text of the line were evaluated once more. */
const HOSTILE = ['$(touch pwned)', '`touch pwned`', '; touch pwned', '(touch pwned)', "';touch pwned;'", '--key=$(>pwned)='];

function bash(...words: readonly string[]): string[] {
  const line = words.map((w) => `'${w.replaceAll("'", "'\\''")}'`).join(' ');
  return linesOf(
    'bash',
    ['--norc'],
    `set -u; source script.bash; source script.bash; COMP_WORDS=(assay ${line}); COMP_CWORD=${words.length}; _assay_complete; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
}

// The completion system needs a terminal: what the script gives it is printed.
function zsh(...words: readonly string[]): string[] {
  const line = words.map((w) => `'${w.replaceAll("'", "'\\''")}'`).join(' ');
  const system = `_describe() { print -rl -- "$\{(@P)2}" }; _files() { print files }; compdef() { print -r -- "compdef $*" }`;
  return linesOf('zsh', ['-f'], `${system}; source script.zsh; words=(assay ${line}); CURRENT=${words.length + 1}; _assay`);
}

/** Completes a line as fish does. */
function fish(line: string): string[] {
  return linesOf('fish', ['--no-config'], `source script.fish; complete -C '${line.replaceAll(/['\\]/g, '\\$&')}'`);
}

describe('in bash', () => {
  test('offers what the program answers, without descriptions and directives', () => {
    expect(bash('')).toEqual(['policy', 'manifest']);
    expect(bash('pol')).toEqual(['policy']);
    expect(bash('nothing')).toEqual([]);
  });

  test('runs nothing of what stands on the line', () => {
    bash('verify', ...HOSTILE, '');
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
    expect(asked()).toBe(`complete\n--\nverify\n${HOSTILE.join('\n')}\n\n`);
  });
});

describe.runIf(existsSync('/usr/bin/zsh'))('in zsh', () => {
  test('offers what the program answers, described', () => {
    expect(zsh('')).toEqual(['compdef _assay assay', 'policy:about: policies', 'manifest:x']);
    expect(asked()).toBe('complete\n--\n\n');
  });

  test('offers files where the program knows nothing', () => {
    writeFileSync(join(folder, 'answer'), ':0\n');
    expect(zsh('x').slice(1)).toEqual(['files']);
  });

  test('is loaded from a folder of functions and completes at once', () => {
    writeFileSync(join(folder, '_assay'), readFileSync(join(folder, 'script.zsh')));
    const program = 'fpath=(. $fpath); autoload -U _assay; _describe() { print described }; words=(assay ""); CURRENT=2; _assay; _assay';
    expect(linesOf('zsh', ['-f'], program)).toEqual(['described', 'described']);
  });

  test('runs nothing of what stands on the line', () => {
    for (const last of ['', ...HOSTILE]) {
      zsh('verify', ...HOSTILE, last);
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
      expect(asked()).toBe(`complete\n--\nverify\n${HOSTILE.join('\n')}\n${last}\n`);
    }
  });
});

describe.runIf(existsSync('/usr/bin/fish'))('in fish', () => {
  test('offers what the program answers, described', () => {
    expect(fish('assay ')).toEqual(['manifest\tx', 'policy\tabout: policies']);
  });

  test('runs nothing of what stands on the line', () => {
    for (const hostile of HOSTILE) {
      fish(`assay verify ${hostile} `);
      fish(`assay verify ${hostile}`);
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
    }
  });
});

describe('in PowerShell, whose script is only read here', () => {
  test('no text is evaluated, and no word reaches the program but plain ones', () => {
    const script = readFileSync(join(folder, 'script.powershell'), 'utf8');
    expect(script).not.toMatch(
      /Invoke-Expression|\biex\b|ScriptBlock\]?::Create|InvokeScript|ExpandString|Start-Process|\bcmd\b|GetValue|SafeGetValue/i,
    );
    // The call operator is before one name, which is fixed, with a list that is splatted.
    expect(script.match(/&\s*\S+.*/g)).toEqual(["& assay complete '--' @Arguments 2>$null)) {"]);
    const plain = /-cmatch '\\A(\[.*\]\+)\\z'\) \{ \$_ \} else \{ '_' \}/.exec(script)?.[1] ?? '';
    for (const word of HOSTILE) expect(new RegExp(`^${plain}$`).test(word)).toBe(false);
    for (const word of ['--key', 'registry.example:5000/app:v1', '--output=json']) expect(new RegExp(`^${plain}$`).test(word)).toBe(true);
    for (const one of '`$;&|<>(){}[]"\'%!^*? \t\n\\~#') expect(new RegExp(`^${plain}$`).test(one)).toBe(false);
  });
});
