/** Mutations of JSON documents by their structure. */
import type { Random } from '../../src/testing/index.ts';
import { mutateBytes } from './mutate.ts';
import { mutateDer } from './mutate-der.ts';

type Value = null | boolean | number | string | Value[] | { [k: string]: Value };
type Holder = Value[] | { [k: string]: Value };

const VALUES: readonly (() => Value)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => 2 ** 53,
  () => 1e308,
  () => '',
  () => 'x',
  () => '__proto__',
  () => 'AAAA',
  () => '\u0000',
  () => '-1',
  () => '9'.repeat(30),
  () => 'x'.repeat(5000),
  () => [],
  () => ({}),
  () => JSON.parse(`${'['.repeat(120)}${']'.repeat(120)}`) as Value,
  () => Array.from({ length: 1100 }, () => ({})),
];

/** One mutation of a JSON document; of a text that is none, a mutation of its bytes. */
export function mutateJson(random: Random, seed: Buffer, others: readonly Buffer[]): Buffer {
  const document = parsed(seed);
  if (document === undefined || typeof document !== 'object' || document === null) return mutateBytes(random, seed, others, true);
  const places: { readonly holder: Holder; readonly key: string | number }[] = [];
  collect(document, places);
  if (places.length === 0) return mutateBytes(random, seed, others, true);
  const { holder, key } = random.pick(places);
  const place = holder as Record<string | number, Value>;
  const old = place[key] as Value;
  switch (random.below(10)) {
    case 0:
      place[key] = random.pick(VALUES)();
      break;
    case 1:
      remove(holder, key);
      break;
    case 2: {
      const other = random.pick(places);
      place[key] = structuredClone((other.holder as Record<string | number, Value>)[other.key] as Value);
      break;
    }
    case 3: {
      const donor = parsed(others.length === 0 ? seed : random.pick(others));
      const from: typeof places = [];
      if (typeof donor === 'object' && donor !== null) collect(donor, from);
      const given = from.filter((p) => p.key === key);
      const chosen = given.length > 0 ? random.pick(given) : undefined;
      if (chosen !== undefined) place[key] = structuredClone((chosen.holder as Record<string | number, Value>)[chosen.key] as Value);
      break;
    }
    case 4:
      if (Array.isArray(old)) old.push(...structuredClone(old.slice(0, 3)));
      else if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(old));
      break;
    case 5:
      return twice(random, document, String(key));
    case 6:
      if (!Array.isArray(holder)) {
        delete holder[key];
        holder[random.pick(['__proto__x', 'x', `${key} `, String(key).toUpperCase()])] = old;
      }
      break;
    default:
      if (typeof old === 'string') place[key] = mutateText(random, old, others);
      else if (typeof old === 'number') place[key] = random.pick([old + 1, old - 1, -old, old + 0.5, old * 1e6]);
      else if (Array.isArray(old) && old.length > 1) old.reverse();
  }
  return Buffer.from(JSON.stringify(document));
}

// A name twice in one object cannot be said by a value, only by a text.
function twice(random: Random, document: Value, key: string): Buffer {
  const text = JSON.stringify(document);
  const name = `${JSON.stringify(key)}:`;
  const at = text.indexOf(name);
  const value = JSON.stringify(random.pick(VALUES)());
  return Buffer.from(at < 0 ? text : `${text.slice(0, at)}${name}${value},${text.slice(at)}`);
}

/** Changes a text; what is base64 or PEM is changed inside. */
function mutateText(random: Random, text: string, others: readonly Buffer[]): string {
  const inside = Buffer.from(text, 'base64');
  if (inside.length > 8 && inside.toString('base64') === text && random.chance(0.85)) {
    const json = inside[0] === 0x7b;
    const der = inside[0] === 0x30;
    const changed =
      json && random.chance(0.7)
        ? mutateJson(random, inside, [])
        : der && random.chance(0.7)
          ? mutateDer(random, inside)
          : mutateBytes(random, inside, []);
    return changed.toString('base64');
  }
  const pem = /^(-----BEGIN [A-Z ]+-----\n)([A-Za-z0-9+/=\n]+)(-----END [A-Z ]+-----\n)/.exec(text);
  if (pem !== null && random.chance(0.7)) {
    const body = mutateDer(random, Buffer.from(pem[2] ?? '', 'base64'))
      .toString('base64')
      .replace(/(.{64})/g, '$1\n');
    return `${pem[1]}${body}\n${pem[3]}${text.slice(pem[0].length)}`;
  }
  if (text.startsWith('{') && random.chance(0.8)) return mutateJson(random, Buffer.from(text), []).toString();
  return mutateBytes(random, Buffer.from(text), others, true).toString();
}

function remove(holder: Holder, key: string | number): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

function collect(value: Value, places: { readonly holder: Holder; readonly key: string | number }[]): void {
  if (typeof value !== 'object' || value === null || places.length > 5000) return;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    places.push({ holder: value, key });
    collect((value as Record<string | number, Value>)[key] as Value, places);
  }
}

function parsed(bytes: Buffer): Value | undefined {
  try {
    return JSON.parse(bytes.toString()) as Value;
  } catch {
    return undefined;
  }
}
