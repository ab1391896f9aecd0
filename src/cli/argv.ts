import type { Command, Option } from 'commander';
import { AssayError } from '../errors.ts';
import { isBoolean, nameOf } from './values.ts';

/** Arguments as commander understands them, and the booleans that were set to `false`. */
export interface Corrected {
  readonly args: readonly string[];
  readonly off: readonly Option[];
}

/**
 * Corrects what cosign corrects before commander sees it, up to `--`: `-key` → `--key`, `--cert-…` → `--certificate-…`;
 * and `--flag=true`, `--flag=false`, `--no-flag` of booleans as Go writes them. Of several the last counts. Throws `usage-invalid`.
 */
export function correctArguments(argv: readonly string[], command: Command): Corrected {
  const known = new Map<string, Option>();
  for (const option of command.options) known.set(nameOf(option), option);
  const shorts = new Map(command.options.flatMap((o) => (o.short === undefined ? [] : [[o.short, o] as const])));
  const off = new Set<Option>();
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const [, short = '', attached] = /^(-[A-Za-z])=(.*)$/s.exec(word) ?? [];
    const named = attached === undefined ? undefined : shorts.get(short);
    if (named !== undefined && attached !== undefined) {
      if (isBoolean(named)) setBoolean(named, parseBoolean(attached, word), off, args);
      else args.push(short, attached);
      continue;
    }
    if (word === '--') return { args: [...args, ...argv.slice(i)], off: [...off] };
    const flag = splitFlag(word, known);
    const option = flag === undefined ? shorts.get(word) : known.get(flag.name);
    if (option === undefined) {
      const switched = flag === undefined || !flag.name.startsWith('no-') ? undefined : known.get(flag.name.slice(3));
      if (switched === undefined || !isBoolean(switched)) args.push(word);
      else setBoolean(switched, flag?.value === undefined ? false : !parseBoolean(flag.value, word), off, args);
    } else if (isBoolean(option)) {
      if (flag?.value === undefined) refuseDetached(word, argv[i + 1]);
      setBoolean(option, flag?.value === undefined || parseBoolean(flag.value, word), off, args);
    } else {
      args.push(flag === undefined ? word : `--${flag.name}${flag.value === undefined ? '' : `=${flag.value}`}`);
      // The next word is the value, whatever it looks like; an optional value is only ever given with "=".
      const next = argv[i + 1];
      if (option.required && flag?.value === undefined && next !== undefined) args.push(argv[++i] ?? '');
    }
  }
  return { args, off: [...off] };
}

/** A Go boolean. Throws `usage-invalid`. */
export function parseBoolean(text: string, what: string): boolean {
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw new AssayError('usage-invalid', `${what.slice(0, 100)}: "${text.slice(0, 60)}" is neither true nor false`);
}

// pflag takes `--flag false` for the flag and a further argument: what was to be switched off would be on.
function refuseDetached(flag: string, next: string | undefined): void {
  if (next !== 'true' && next !== 'false') return;
  throw new AssayError('usage-invalid', `${flag} ${next}: the value of a flag that is on or off stands after "="`, {
    hint: `${flag}=${next}`,
  });
}

function setBoolean(option: Option, value: boolean, off: Set<Option>, args: string[]): void {
  const flag = option.long ?? option.short ?? '';
  for (let at = args.indexOf(flag); at >= 0 && !value; at = args.indexOf(flag)) args.splice(at, 1);
  if (value) {
    off.delete(option);
    args.push(flag);
  } else {
    off.add(option);
  }
}

// The flag in a word, when the word is one of the long flags that are known or looks like one.
function splitFlag(word: string, known: ReadonlyMap<string, Option>): { name: string; value: string | undefined } | undefined {
  const m = /^(--?)([A-Za-z0-9][A-Za-z0-9-]*)(?:=(.*))?$/s.exec(word);
  if (m === null) return undefined;
  const [, dashes = '', given = '', value] = m;
  const name = renamed(given, known);
  // "-o" and "-abc" are short flags; "-key" is a long one with a dash too few.
  if (dashes === '-' && (given.length < 2 || !known.has(name))) return undefined;
  return { name, value };
}

function renamed(name: string, known: ReadonlyMap<string, Option>): string {
  if (known.has(name) || !/^cert(?:-|$)/.test(name)) return name;
  const full = `certificate${name.slice(4)}`;
  return known.has(full) ? full : name;
}
