/** The completion script of bash, in bash. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assay } from './harness.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-completion-'));
  writeFileSync(join(folder, 'script.sh'), (await assay(['completion', 'bash'])).stdout);
  // What stands for the program tells what it was asked and answers as it does.
  writeFileSync(
    join(folder, 'assay'),
    '#!/bin/sh\nprintf "%s\\n" "$@" > asked\nprintf "policy\\tabout policies\\nmanifest\\tx\\n:4\\n"\n',
    {
      mode: 0o755,
    },
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Completes the last of some words, and answers the candidates. */
function complete(...words: readonly string[]): string[] {
  const line = words.map((w) => `'${w}'`).join(' ');
  const program = `set -u; source script.sh; source script.sh; COMP_WORDS=(assay ${line}); COMP_CWORD=${words.length}; _assay_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { PATH: `${folder}:${process.env.PATH ?? ''}` };
  const said = execFileSync('bash', ['--norc', '-c', program], { cwd: folder, env, encoding: 'utf8' });
  return said.split('\n').filter((l) => l !== '');
}

describe('in bash', () => {
  test('offers what the program answers, without descriptions and directives', () => {
    expect(complete('')).toEqual(['policy', 'manifest']);
    expect(complete('pol')).toEqual(['policy']);
    expect(complete('nothing')).toEqual([]);
  });

  test('runs nothing of what stands on the line', () => {
    complete('verify', '$(touch pwned)', '`touch pwned`', '; touch pwned', '');
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
    expect(execFileSync('cat', ['asked'], { cwd: folder, encoding: 'utf8' })).toBe(
      'complete\n--\nverify\n$(touch pwned)\n`touch pwned`\n; touch pwned\n\n',
    );
  });
});
