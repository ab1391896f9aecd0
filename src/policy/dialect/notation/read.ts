import { type Faults, meant, type Path, quoted } from './faults.ts';

/** A JSON object whose members are read by name. */
export type Members = ReadonlyMap<string, unknown>;

/** The members of an object with only the fields that are known; `null` counts as absent, as in Go. Notes what else there is. */
export function membersOf(value: unknown, path: Path, known: readonly string[], faults: Faults): Members | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrongType('an object', value, path, faults);
  const members = new Map(Object.entries(value).filter(([, v]) => v !== null));
  for (const name of members.keys())
    if (!known.includes(name)) faults.error([...path, name], `unknown field ${quoted(name)}`, meant(name, known));
  return members;
}

/** A member that is a text; `undefined` when it is absent or none (which is noted). */
export function textOf(members: Members, name: string, path: Path, faults: Faults): string | undefined {
  const value = members.get(name);
  if (value === undefined || typeof value === 'string') return value;
  return wrongType('a text', value, [...path, name], faults);
}

/** A member that is true or false. */
export function booleanOf(members: Members, name: string, path: Path, faults: Faults): boolean | undefined {
  const value = members.get(name);
  if (value === undefined || typeof value === 'boolean') return value;
  return wrongType('true or false', value, [...path, name], faults);
}

/** A member that is a list of texts, with the place of each; empty when it is absent. `undefined` when it is no list of texts (which is noted). */
export function textsOf(
  members: Members,
  name: string,
  path: Path,
  faults: Faults,
): readonly { readonly text: string; readonly path: Path }[] | undefined {
  const value = members.get(name) ?? [];
  if (!Array.isArray(value)) return wrongType('a list', value, [...path, name], faults);
  const texts = value.map((text: unknown, i) => ({ text, path: [...path, name, i] }));
  const wrong = texts.filter(({ text }) => typeof text !== 'string');
  for (const { text, path: at } of wrong) wrongType('a text', text, at, faults);
  return wrong.length > 0 ? undefined : (texts as { text: string; path: Path }[]);
}

/** Notes that a value is of the wrong kind. */
export function wrongType(wanted: string, value: unknown, path: Path, faults: Faults): undefined {
  return faults.error(path, `${wanted} is expected, not ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return `${value}`;
  return typeof value === 'object' ? 'an object' : 'a number';
}
