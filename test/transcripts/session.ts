import { AssayError } from '../../src/errors.ts';
import type { Fault } from '../../src/testing/registry/index.ts';

/** One command of a transcript, with what it has to say. */
export interface Step {
  readonly line: number;
  readonly argv: readonly string[];
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly exit: number;
  readonly faults: readonly Fault[];
  readonly env: ReadonlyMap<string, string>;
  readonly tty: boolean;
  readonly stdin: string;
  /** What the person at the terminal types, in order; nobody is there when there is nothing. */
  readonly answers: readonly string[];
}

/**
 * Parses a transcript:
 *
 *     # a remark
 *     @ env NAME=VALUE            for the next command
 *     @ tty                       the next command writes to a terminal
 *     @ stdin TEXT                what the next command reads there
 *     @ answer TEXT               what the person types whom it asks; repeats
 *     @ fault {"kind":"status","status":403,"match":"referrers"}
 *     $ assay COMMAND 'with quotes'
 *     a line of stdout
 *     ! a line of stderr
 *     ? 3                         the exit code, where it is not 0
 *
 * In expected lines `[..]` stands for anything within a line, and `[...]` alone on a line for any lines.
 */
export function parseTranscript(text: string): readonly Step[] {
  const steps: { -readonly [K in keyof Step]: Step[K] extends readonly (infer T)[] ? T[] : Step[K] }[] = [];
  let next = nothingSaid();
  for (const [i, line] of text.split('\n').entries()) {
    const step = steps.at(-1);
    if (line.startsWith('$ assay')) {
      steps.push({ line: i + 1, argv: [...words(line.slice('$ assay'.length))], stdout: [], stderr: [], exit: 0, ...next });
      next = nothingSaid();
    } else if (line.startsWith('@ fault ')) next.faults.push(JSON.parse(line.slice(8)) as Fault);
    else if (line === '@ tty') next.tty = true;
    else if (line.startsWith('@ stdin ')) next.stdin = line.slice(8);
    else if (line.startsWith('@ answer ')) next.answers.push(line.slice(9));
    else if (line.startsWith('@ env ')) next.env.set(line.slice(6, line.indexOf('=')), line.slice(line.indexOf('=') + 1));
    else if (line.startsWith('#') || (line === '' && (step === undefined || text.split('\n')[i + 1]?.match(/^([#@$]|$)/) !== null)))
      continue;
    else if (step === undefined || line.startsWith('@ '))
      throw new AssayError('input-invalid', `line ${i + 1} of the transcript is not understood: ${line}`);
    else if (line.startsWith('! ') || line === '!') step.stderr.push(line.slice(2));
    else if (line.startsWith('? ')) step.exit = Number(line.slice(2));
    else step.stdout.push(line);
  }
  return steps;
}

function nothingSaid(): { faults: Fault[]; env: Map<string, string>; tty: boolean; stdin: string; answers: string[] } {
  return { faults: [], env: new Map(), tty: false, stdin: '', answers: [] };
}

/** Whether lines are as expected; `[..]` and `[...]` match anything. */
export function linesMatch(expected: readonly string[], actual: readonly string[]): boolean {
  const source = expected.map((line) => (line === '[...]' ? '(?:.*\n)*?' : `${line.split('[..]').map(escaped).join('.*')}\n`)).join('');
  return new RegExp(`^${source}$`).test(actual.map((line) => `${line}\n`).join(''));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function words(text: string): readonly string[] {
  return [...text.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? '');
}
