import type { Row } from '../../bench/row.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { BUNDLE, BUNDLE_INSPECT } from './bundle.ts';
import { DEFINITIONS } from './common.ts';
import { DOWNLOAD, INSPECT, TREE } from './look.ts';
import { MOVE } from './move.ts';
import { POLICY_DOCUMENTS } from './policy.ts';
import { POLICY_CHECK, POLICY_EXPLAIN, POLICY_TEST } from './policy-commands.ts';
import { REST } from './rest.ts';
import { boolean, list, mapOf, object, objectLike, type Schema, text } from './shape.ts';
import { GENERATE, SIGN } from './sign.ts';
import { SLSA_VERIFY } from './slsa.ts';
import { VERIFY } from './verify.ts';

/** A schema that is published. */
export interface Published {
  /** The `schema` member: `assay/verify/v1`. */
  readonly name: string;
  /** Below the project's folder. */
  readonly path: string;
  readonly document: Schema & { readonly $defs?: { readonly [name: string]: Schema } };
}

const NUMBER: Schema = { type: 'number' };
const BENCH = object({
  machine: mapOf(true),
  rows: list(
    objectLike<Row>({
      name: text(),
      work: text(),
      ours: NUMBER,
      peer: NUMBER,
      peerName: text(),
      unit: text(),
      ratio: { type: 'number', description: 'ours / peer' },
      target: text(),
      met: boolean(),
      details: mapOf({ type: ['number', 'string'] }),
    }),
  ),
});

/** Every schema, sorted by name. */
export function schemas(): readonly Published[] {
  const shapes = new Map<string, Schema>([
    ...REST,
    ...MOVE,
    ['assay/sign/v1', SIGN.images],
    ['assay/sign-blob/v1', SIGN.files],
    ['assay/generate/v1', GENERATE],
    ['assay/bundle/v1', BUNDLE],
    ['assay/bundle-inspect/v1', BUNDLE_INSPECT],
    ['assay/verify/v1', VERIFY.members],
    ['assay/slsa-verify/v1', SLSA_VERIFY.members],
    ['assay/policy-check/v1', POLICY_CHECK],
    ['assay/policy-test/v1', POLICY_TEST],
    ['assay/policy-explain/v1', POLICY_EXPLAIN.members],
    ['assay/inspect/v1', INSPECT],
    ['assay/tree/v1', TREE.members],
    ['assay/download/v1', DOWNLOAD],
    ['assay/bench/v1', BENCH],
  ]);
  const definitions = new Map([
    ...DEFINITIONS,
    ...VERIFY.definitions,
    ...TREE.definitions,
    ...POLICY_EXPLAIN.definitions,
    ...SLSA_VERIFY.definitions,
    ...SIGN.definitions,
  ]);
  const printed = [...shapes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, shape]) => ({ name, path: `schemas/${fileOf(name)}`, document: documentOf(name, shape, definitions) }));
  return [...POLICY_DOCUMENTS, ...printed];
}

/** The text of a schema's file. */
export function textOf({ document }: Published): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function fileOf(name: string): string {
  return `${name.slice('assay/'.length).replace('/', '.')}.json`;
}

// A run that failed prints its errors, and of the rest only what was known by then.
function documentOf(name: string, shape: Schema, definitions: ReadonlyMap<string, Schema>): Published['document'] {
  const commands = [...COMMANDS].filter(([, entry]) => entry.schema === name).map(([command]) => command);
  const { required = [], anyOf } = shape;
  const whole: Schema = { type: 'object', required: required.filter((r) => r !== 'errors'), ...(anyOf === undefined ? {} : { anyOf }) };
  const failed: Schema = { type: 'object', required: ['errors'], properties: { errors: { type: 'array', minItems: 1 } } };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: name,
    ...(commands.length === 0 ? {} : { description: `What ${commands.map((c) => `assay ${c}`).join(', ')} --output json prints.` }),
    type: 'object',
    properties: { schema: { const: name }, ...shape.properties },
    required: ['schema'],
    anyOf: [whole, failed],
    ...used(shape, definitions),
  } as Published['document'];
}

// The definitions that a shape refers to, directly or through others.
function used(shape: Schema, definitions: ReadonlyMap<string, Schema>): { readonly $defs?: { readonly [name: string]: Schema } } {
  const names = new Set<string>();
  const visit = (schema: Schema): void => {
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([a-z]+)"/g)) {
      const definition = definitions.get(name);
      if (names.has(name) || definition === undefined) continue;
      names.add(name);
      visit(definition);
    }
  };
  visit(shape);
  if (names.size === 0) return {};
  return { $defs: Object.fromEntries([...definitions].filter(([name]) => names.has(name))) };
}
