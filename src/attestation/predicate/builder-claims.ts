import { isAssayError } from '../../errors.ts';
import type { Statement } from '../statement.ts';
import { readSlsa1, readSlsa02 } from './slsa.ts';

// Not `readPredicate`: every verification passes here, and needs no other reader.
const READERS = new Map([
  ['https://slsa.dev/provenance/v0.2', readSlsa02],
  ['https://slsa.dev/provenance/v1', readSlsa1],
]);

/**
 * What the builder itself states of a build: `builder`, `buildType`, `source`, `sourceDigest` (`algorithm:value`), `ref`, `entryPoint`. Never proven, and so
 * never shown beside what a certificate proves (DESIGN §4.8). Empty for every statement that is no provenance, and for provenance that cannot be read.
 */
export function builderClaims(statement: Statement): ReadonlyMap<string, string> {
  const read = READERS.get(statement.predicateType);
  if (read === undefined) return new Map();
  try {
    const { builder, buildType, source } = read(statement.predicate);
    const [digest] = source.digests;
    const facts: readonly (readonly [string, string | undefined])[] = [
      ['builder', builder],
      ['buildType', buildType],
      ['source', source.uri],
      ['sourceDigest', digest?.join(':')],
      ['ref', source.ref],
      ['entryPoint', source.entryPoint],
    ];
    return new Map(facts.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value] as const])));
  } catch (error) {
    if (isAssayError(error, 'statement-invalid')) return new Map();
    throw error;
  }
}
