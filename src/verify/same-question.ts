import type { Demands } from './request.ts';
import type { EvidenceLeaf } from './requirement.ts';

/**
 * Names for what leaves ask of a piece of evidence, conditions aside: leaves with the same name get the same findings, so a piece is verified
 * once for all of them. A hundred leaves of a policy cost whoever attaches evidence no advantage. What is not evidently the same has
 * names of its own.
 */
export function questionNames(leaves: readonly EvidenceLeaf[]): ReadonlyMap<EvidenceLeaf, string> {
  const numbers = new Map<unknown, number>();
  const numberOf = (thing: unknown): number => {
    const number = numbers.get(thing) ?? numbers.size;
    numbers.set(thing, number);
    return number;
  };
  const nameOf = ({ wanted, authorities, trust, demands, formats }: EvidenceLeaf): string =>
    JSON.stringify([wanted, authorities.map(numberOf), numberOf(trust), demandsIn(demands, numberOf), formats ?? null]);
  return new Map(leaves.map((leaf) => [leaf, nameOf(leaf)]));
}

function demandsIn(demands: Demands, numberOf: (thing: unknown) => number): readonly unknown[] {
  return Object.entries(demands).map(([name, value]) => [name, typeof value, typeof value === 'object' ? numberOf(value) : value]);
}
