import type { Json } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type CycloneDxSchemas, publishedSchema } from './published.ts';

export type { Schema } from './parts.ts';
export type { CycloneDxSchemas } from './published.ts';

/**
 * Checks a predicate against the published schema of its type; a type that Assay knows no schema of passes. Throws `predicate-invalid`, which names the places
 * and what was expected there.
 */
export async function checkPredicate(type: string, predicate: Json, cycloneDx: CycloneDxSchemas): Promise<void> {
  const published = await publishedSchema(type, predicate, cycloneDx);
  if (published === undefined) return;
  const { mismatches } = await import('./validate.ts');
  const found = mismatches(predicate, { ...published, all: false });
  if (found.length === 0) return;
  // Everything that is wrong with a long list may be much: then the first thing has to do.
  const small = countValues(predicate, LIMITS.explainedPredicateValues) < LIMITS.explainedPredicateValues;
  const all = small ? mismatches(predicate, { ...published, all: true }) : found;
  const shown = all.slice(0, LIMITS.shownMismatches).map(({ at, expected }) => `${at} ${expected}`);
  const more = all.length > shown.length ? `; and ${all.length - shown.length} more` : '';
  throw new AssayError('predicate-invalid', `the predicate is no ${published.name}: ${shown.join('; ')}${more}`, {
    hint: 'verifiers may refuse or misread such a predicate; --unsafe-skip-schema attests it all the same',
  });
}

/** How many values a document has, counted up to a bound. */
function countValues(document: Json, most: number): number {
  let count = 0;
  const open: Json[] = [document];
  for (let value = open.pop(); value !== undefined && count < most; value = open.pop()) {
    count++;
    if (typeof value !== 'object' || value === null) continue;
    for (const inner of Object.values(value)) open.push(inner as Json);
  }
  return count;
}
