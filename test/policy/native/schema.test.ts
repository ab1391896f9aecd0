/** The published JSON Schema of policies and the reader of policies agree: both come from one table. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { POLICY_DOCUMENTS } from '../../../scripts/schemas/policy.ts';
import { parseYaml } from '../../../src/codec/yaml.ts';
import { createMistakes } from '../../../src/policy/native/fields/mistakes.ts';
import { IMAGE_POLICY } from '../../../src/policy/native/fields/policy.ts';
import { readShape } from '../../../src/policy/native/fields/read.ts';
import { problemsOf } from '../../docs/validate.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples/policies');
const [published] = POLICY_DOCUMENTS;

function bySchema(value: unknown): readonly string[] {
  return published === undefined ? ['no schema'] : problemsOf(value, published.document, published.document.$defs ?? {});
}

function byReader(value: unknown): readonly string[] {
  const mistakes = createMistakes('policy', () => ({}));
  readShape(IMAGE_POLICY, value, [], mistakes);
  return mistakes.errors.map((e) => e.message);
}

type Tree = { [name: string]: unknown };
const documents = readdirSync(EXAMPLES).map(
  (name) => [name, parseYaml(readFileSync(join(EXAMPLES, name), 'utf8'), name)[0] as Tree] as const,
);

/** Every object of a document. */
function objectsIn(value: unknown): readonly Tree[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? below : [value as Tree, ...below];
}

test.each(documents)('%s is valid for both', (_name, document) => {
  expect(bySchema(document)).toEqual([]);
  expect(byReader(document)).toEqual([]);
});

/** Objects whose names are the user's. */
const FREE = new Set(['authorities', 'equal', 'claims', 'annotations', 'labels']);

describe('what is spoilt is refused by both', () => {
  test.each(documents)('%s, object by object', (_name, document) => {
    let tried = 0;
    for (let i = 0; i < objectsIn(document).length; i++) {
      const whole = structuredClone(document);
      const target = objectsIn(whole)[i];
      const name = objectsIn(whole).flatMap((o) => Object.entries(o).flatMap(([k, v]) => (v === target ? [k] : [])))[0];
      if (target === undefined || FREE.has(name ?? '')) continue;
      target.surely_unknown = 1;
      expect(byReader(whole), JSON.stringify(target)).not.toEqual([]);
      expect(bySchema(whole), JSON.stringify(target)).not.toEqual([]);
      tried++;
    }
    expect(tried).toBeGreaterThan(3);
  });

  test.each<[string, (d: Tree) => void]>([
    ['another version', (d) => Object.assign(d, { apiVersion: 'assay.dev/v9' })],
    ['no kind', (d) => Reflect.deleteProperty(d, 'kind')],
    ['no images', (d) => Object.assign(d.spec as Tree, { images: [] })],
    ['an empty image', (d) => Object.assign(d.spec as Tree, { images: [''] })],
    ['a mode that there is not', (d) => Object.assign(d.spec as Tree, { mode: 'dry-run' })],
    [
      'two requirements in one',
      (d) => Object.assign((d.spec as Tree).require as Tree, { static: { result: 'allow', reason: 'x' }, allOf: [] }),
    ],
    ['a text for a list', (d) => Object.assign(d.spec as Tree, { except: 'x' })],
    [
      'a number that is too small',
      (d) => Object.assign(d.spec as Tree, { require: { atLeast: { count: 0, of: [{ static: { result: 'deny', reason: 'x' } }] } } }),
    ],
    ['a false unsafe option', (d) => Object.assign(d.spec as Tree, { authorities: { a: { key: 'k', unsafeSkipSct: false } } })],
    ['a claim that there is not', (d) => Object.assign(d.spec as Tree, { authorities: { a: { keyless: { claims: { nothing: 'x' } } } } })],
  ])('%s', (_what, spoil) => {
    const document = structuredClone(documents[0]?.[1] ?? {});
    spoil(document);
    expect(byReader(document)).not.toEqual([]);
    expect(bySchema(document)).not.toEqual([]);
  });
});
