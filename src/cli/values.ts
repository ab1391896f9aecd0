import type { Command, Option } from 'commander';
import { AssayError } from '../errors.ts';

/** The options of a call, by the name of the flag. Asking for a flag that the command does not have is an internal error. */
export interface Values {
  /** Whether a boolean flag is set. */
  readonly flag: (name: string) => boolean;
  readonly text: (name: string) => string | undefined;
  /** The values of a flag that repeats, in order. */
  readonly list: (name: string) => readonly string[];
  readonly number: (name: string) => number | undefined;
  /** Whether the flag was given, on the command line or by the environment. */
  readonly given: (name: string) => boolean;
  /** Whether the flag stands on the command line itself. */
  readonly named: (name: string) => boolean;
  /** Whether the command has such a flag. */
  readonly has: (name: string) => boolean;
}

/** The values that a parsed command holds. */
export function valuesOf(command: Command): Values {
  const byName = new Map<string, Option>();
  for (const option of command.options) byName.set(nameOf(option), option);
  const get = (name: string): unknown => {
    const option = byName.get(name);
    if (option === undefined) throw new AssayError('internal', `the command has no option --${name}`);
    return command.getOptionValue(option.attributeName());
  };
  const sourceOf = (name: string): string | undefined => {
    const option = byName.get(name);
    return option === undefined ? undefined : command.getOptionValueSource(option.attributeName());
  };
  return {
    flag: (name) => get(name) === true,
    text(name) {
      const value = get(name);
      return typeof value === 'string' ? value : undefined;
    },
    list(name) {
      const value = get(name);
      if (Array.isArray(value)) return value as readonly string[];
      return typeof value === 'string' ? [value] : [];
    },
    number(name) {
      const value = get(name);
      return typeof value === 'number' ? value : undefined;
    },
    given(name) {
      const source = sourceOf(name);
      return source !== undefined && source !== 'default';
    },
    named: (name) => sourceOf(name) === 'cli',
    has: (name) => byName.has(name),
  };
}

/** The name of a flag without dashes: `certificate-identity`. */
export function nameOf(option: Option): string {
  return (option.long ?? option.short ?? '').replace(/^--?/, '');
}

/** Whether an option takes no value. */
export function isBoolean(option: Option): boolean {
  return !option.required && !option.optional;
}
