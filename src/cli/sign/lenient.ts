import type { Values } from '../values.ts';

/** The same options, where a flag that the command does not have is one that was not given: for what serves commands with different flags. */
export function lenient(options: Values): Values {
  return {
    has: options.has,
    flag: (name) => options.has(name) && options.flag(name),
    text: (name) => (options.has(name) ? options.text(name) : undefined),
    list: (name) => (options.has(name) ? options.list(name) : []),
    number: (name) => (options.has(name) ? options.number(name) : undefined),
    given: (name) => options.has(name) && options.given(name),
    named: (name) => options.has(name) && options.named(name),
  };
}
