import { nearest } from '../codec/nearest.ts';
import { AssayError } from '../errors.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { ELSEWHERE, type Elsewhere } from './elsewhere.ts';

/** What the words before the options ask for. */
export type Wanted =
  | { readonly kind: 'help'; readonly family: string | undefined; readonly asked: boolean }
  | { readonly kind: 'version' }
  | { readonly kind: 'command'; readonly name: string; readonly entry: CommandEntry; readonly argv: readonly string[] };

/** Flags of every command that may also stand before it. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  '-t',
  '--timeout',
  '-timeout',
  '-o',
  '--output',
  '-output',
  '--output-file',
  '-output-file',
]);

/** Which command an argument list asks for, and its own arguments. Throws `usage-invalid` for a command that there is not. */
export function findCommand(argv: readonly string[], commands: ReadonlyMap<string, CommandEntry> = COMMANDS): Wanted {
  const start = firstWord(argv);
  const before = argv.slice(0, start);
  const [word, second] = [argv[start], argv[start + 1]];
  if (before.includes('--version')) return { kind: 'version' };
  const asksHelp = before.some((w) => w === '--help' || w === '-h' || w === '-help');
  if (word === undefined) return { kind: 'help', family: undefined, asked: asksHelp };
  if (word === 'help') return findCommand([...before, ...argv.slice(start + 1), '--help'], commands);
  const elsewhere = ELSEWHERE.get(`${word} ${second}`);
  if (elsewhere !== undefined) throw isElsewhere(`${word} ${second}`, elsewhere);
  if (second !== undefined) {
    const nested = commands.get(`${word} ${second}`);
    if (nested !== undefined)
      return { kind: 'command', name: `${word} ${second}`, entry: nested, argv: [...before, ...argv.slice(start + 2)] };
  }
  const entry = commands.get(word);
  if (entry !== undefined) return { kind: 'command', name: word, entry, argv: [...before, ...argv.slice(start + 1)] };
  return findFamily(word, second, asksHelp, commands);
}

function findFamily(word: string, second: string | undefined, asksHelp: boolean, commands: ReadonlyMap<string, CommandEntry>): Wanted {
  const members = [...commands.keys()].flatMap((name) => (name.startsWith(`${word} `) ? [name.slice(word.length + 1)] : []));
  const asked = asksHelp || second === '--help' || second === '-h' || second === '-help';
  if (members.length > 0 && asked) return { kind: 'help', family: word, asked: true };
  const known = ELSEWHERE.get(word);
  if (known !== undefined) throw isElsewhere(word, known);
  if (members.length > 0 && (second === undefined || second.startsWith('-')))
    throw new AssayError('usage-invalid', `${word}: which one? ${members.join(', ')}`);
  const wrong = members.length > 0 ? `${word} ${second}` : word;
  const near =
    nearest(wrong, commands.keys()) ??
    nearest(
      word,
      [...commands.keys()].map((name) => name.split(' ')[0] ?? ''),
    );
  throw new AssayError('usage-invalid', `there is no command "${wrong.slice(0, 60)}"`, {
    hint: near === undefined ? 'assay --help lists the commands' : `did you mean: assay ${near}`,
  });
}

function isElsewhere(name: string, { why, use }: Elsewhere): AssayError {
  return new AssayError('usage-invalid', `${name.slice(0, 60)}: ${why}`, use === undefined ? {} : { hint: use });
}

function firstWord(argv: readonly string[]): number {
  let i = 0;
  for (let word = argv[i]; word?.startsWith('-') && word !== '--'; word = argv[i]) i += WITH_VALUE.has(word) ? 2 : 1;
  return Math.min(i, argv.length);
}
