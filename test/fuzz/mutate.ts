/** Mutations of bytes, of JSON documents by their structure, of DER by its structure; what is encoded inside is decoded, changed and encoded again. */
import type { Random } from '../../src/testing/index.ts';
import { mutateDer } from './mutate-der.ts';
import { mutateJson } from './mutate-json.ts';

/** How an input is best changed. */
export type Shape = 'bytes' | 'text' | 'json' | 'der';

/** Longest mutant, in bytes: mutations double things. */
const LONGEST = 1 << 20;

/** One mutant of a seed; `others` are spliced in. */
export function mutate(random: Random, seed: Buffer, shape: Shape, others: readonly Buffer[]): Buffer {
  let mutant = seed;
  for (let rounds = 1 + random.below(random.chance(0.2) ? 6 : 2); rounds > 0; rounds--) {
    if (shape === 'json' && random.chance(0.75)) mutant = mutateJson(random, mutant, others);
    else if (shape === 'der' && random.chance(0.7)) mutant = mutateDer(random, mutant);
    else mutant = mutateBytes(random, mutant, others, shape === 'text' || shape === 'json');
  }
  return mutant.subarray(0, LONGEST);
}

const INTERESTING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x7b, 0x7d, 0x2c, 0x3a, 0x2e, 0x2f, 0x30, 0x31, 0xa0];
const TEXTS = [
  '\u0000',
  '\ufeff',
  '\u2028',
  '%00',
  '../',
  '__proto__',
  'constructor',
  '-1',
  '1e999',
  '9'.repeat(40),
  '"',
  "'",
  '\\u0000',
  '{',
  '}'.repeat(20),
  'sha256:',
  '\n\n',
  '— ',
];

/** One mutation of bytes that knows nothing of what they mean. */
export function mutateBytes(random: Random, seed: Buffer, others: readonly Buffer[], text = false): Buffer {
  const at = random.below(seed.length + 1);
  const until = Math.min(seed.length, at + 1 + random.below(random.chance(0.8) ? 8 : 200));
  switch (random.below(text ? 9 : 8)) {
    case 0:
    case 1: {
      const copy = Buffer.from(seed);
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      return copy;
    }
    case 2: {
      const copy = Buffer.from(seed);
      if (at < copy.length) copy[at] = random.pick(INTERESTING);
      return copy;
    }
    case 3:
      return Buffer.concat([seed.subarray(0, at), seed.subarray(until)]);
    case 4:
      return Buffer.concat([seed.subarray(0, at), random.bytes(1 + random.below(8)), seed.subarray(at)]);
    case 5:
      return Buffer.concat([seed.subarray(0, until), seed.subarray(at, until), seed.subarray(until)]);
    case 6:
      return seed.subarray(0, at);
    case 7: {
      const other = others.length === 0 ? seed : random.pick(others);
      return Buffer.concat([seed.subarray(0, at), other.subarray(random.below(other.length + 1))]);
    }
    default:
      return Buffer.concat([seed.subarray(0, at), Buffer.from(random.pick(TEXTS)), seed.subarray(at)]);
  }
}
