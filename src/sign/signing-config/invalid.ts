import type { Json } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';

/** The error of everything about signing configurations. */
export function invalid(why: string, hint?: string, cause?: unknown): AssayError {
  return new AssayError('signing-config-invalid', `signing configuration: ${why}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** protobuf's JSON reads the names of the schema too: `rekor_tlog_urls`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
}

/**
 * The number of an unsigned 32-bit member; protobuf's JSON may write it as a text (protobuf.dev, "ProtoJSON Format"). `undefined` for what is none.
 */
export function unsigned(value: Json): number | undefined {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 0xffffffff ? number : undefined;
}

/**
 * Reads the members of an object by the names of a message, in either spelling. One that stands there in both is refused, because one of them would be left out
 * silently, and so is one that is not known, unless `lenient`. Throws `signing-config-invalid`, naming `at` where it is given.
 */
export function membersOf(
  members: { readonly [name: string]: Json },
  names: readonly string[],
  at: string | undefined,
  lenient: boolean,
): (name: string) => Json | undefined {
  const what = at ?? 'it';
  const unknown = Object.keys(members).find((key) => !names.some((name) => name === key || snake(name) === key));
  if (unknown !== undefined && !lenient)
    throw invalid(`${what} has a member "${unknown.slice(0, 60)}" that is not known`, `known are ${names.join(', ')}`);
  const twice = names.find((name) => snake(name) !== name && isThere(members[name]) && isThere(members[snake(name)]));
  if (twice !== undefined) throw invalid(`${what} has both ${twice} and ${snake(twice)}: which one counts?`);
  return (name) => members[name] ?? members[snake(name)] ?? undefined;
}

function isThere(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}
