/** A real terminal: `script` (bsdutils) gives one to a process that asks for a password. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PROGRAM = `
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { openTerminal } from './terminal.mjs';
const [answers, mode] = process.argv.slice(2);
const said = [];
const stty = () => execFileSync('stty', ['-a'], { stdio: ['inherit', 'pipe', 'inherit'] }).toString();
const save = () => writeFileSync(answers, JSON.stringify({ said, restored: / echo /.test(stty()) && / icanon /.test(stty()) }));
const terminal = openTerminal();
if (mode === 'kill') setTimeout(() => process.kill(process.pid, 'SIGTERM'), 300);
const signal = mode === 'abort' ? AbortSignal.timeout(300) : undefined;
try {
  said.push(Buffer.from((await terminal.secret('First? ', signal)) ?? 'END').toString());
  said.push(Buffer.from((await terminal.secret('Second? ')) ?? 'END').toString());
  said.push(await terminal.line('Third? '));
} catch (error) {
  said.push(error.name === 'TimeoutError' ? error.name : error.code);
}
save();
`;

const lacking = (() => {
  try {
    execFileSync('script', ['--version']);
    return false;
  } catch {
    return true;
  }
})();

describe.skipIf(lacking)('at a terminal', () => {
  let folder: string;
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-terminal-'));
    writeFileSync(join(folder, 'program.mjs'), PROGRAM);
    await build({
      entryPoints: [resolve(import.meta.dirname, '../../src/cli/keys/terminal.ts')],
      outfile: join(folder, 'terminal.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
  });
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Types each answer when its question stands on the screen, and answers what the screen showed and what the program got. */
  async function type(
    name: string,
    dialogue: readonly (readonly [question: string, keys: string])[],
    mode = 'ask',
  ): Promise<{ screen: string; said: unknown; restored: unknown }> {
    const file = join(folder, `${name}.json`);
    const command = [process.execPath, join(folder, 'program.mjs'), file, mode].map((w) => `'${w}'`).join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    started.push(child);
    let screen = '';
    const left = [...dialogue];
    child.stdout.on('data', (chunk: Buffer) => {
      screen += chunk.toString();
      const [next] = left;
      if (next === undefined || !screen.endsWith(next[0])) return;
      left.shift();
      child.stdin.write(next[1]);
    });
    await new Promise((done) => child.on('close', done));
    return { screen, ...(JSON.parse(readFileSync(file, 'utf8')) as { said: unknown; restored: unknown }) };
  }

  test('passwords are not shown, and the terminal is as before', async () => {
    const { screen, said, restored } = await type('plain', [
      ['First? ', 'pass wörd\r'],
      ['Second? ', 'hunterx\x7f2\r'],
      ['Third? ', 'yes\r'],
    ]);
    expect({ said, restored }).toEqual({ said: ['pass wörd', 'hunter2', 'yes\n'.trim()], restored: true });
    expect(screen).not.toContain('wörd');
    expect(screen).not.toContain('hunter');
    expect(screen).toContain('yes');
  });

  test('typed ahead', async () => {
    const { said } = await type('ahead', [
      ['First? ', 'one\rtwo\r'],
      ['Third? ', 'y\r'],
    ]);
    expect(said).toEqual(['one', 'two', 'y']);
  });

  test.each([
    ['Ctrl-C', '\x03', ['cancelled']],
    ['Ctrl-D', '\x04', ['END']],
  ])('%s', async (_name, keys, expected) => {
    const { said, restored } = await type(_name, [
      ['First? ', keys],
      ['Second? ', '\x03'],
    ]);
    expect((said as string[]).slice(0, 1)).toEqual(expected);
    expect(restored).toBe(true);
  });

  test('a process that is ended leaves the terminal as it was', () => {
    const command = `'${process.execPath}' '${join(folder, 'program.mjs')}' '${join(folder, 'none.json')}' kill; echo "exit $?"; stty -a`;
    const screen = execFileSync('script', ['-qc', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] }).toString();
    expect(screen).toContain('First? ');
    expect(screen).toContain('exit 143');
    expect(screen).toMatch(/ echo /);
  });

  test('the deadline of a command', async () => {
    expect(await type('abort', [], 'abort')).toMatchObject({ said: ['TimeoutError'], restored: true });
  });
});
