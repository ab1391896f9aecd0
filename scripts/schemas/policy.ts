import { IMAGE_POLICY, type Node, type ObjectNode, REVOCATION_LIST } from '../../src/policy/native/index.ts';
import type { Schema } from './shape.ts';

type Document = Schema & { readonly $defs?: { readonly [name: string]: Schema } };

/** The forms of documents that people write, generated from the tables that validate them. */
export const POLICY_DOCUMENTS: readonly { readonly name: string; readonly path: string; readonly document: Document }[] = [
  document('ImagePolicy', IMAGE_POLICY.node),
  document('RevocationList', REVOCATION_LIST.node),
];

function document(kind: string, node: Node): (typeof POLICY_DOCUMENTS)[number] {
  const definitions = createDefinitions(node);
  const schema = schemaOf(node, definitions);
  return {
    name: `assay.dev/v1alpha1 ${kind}`,
    path: `schemas/${kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.v1alpha1.json`,
    document: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: kind,
      ...schema,
      ...(definitions.schemas.size === 0 ? {} : { $defs: Object.fromEntries(definitions.schemas) }),
    } as Document,
  };
}

/** What is defined once and referred to: forms with a name, and objects that stand in several places. */
interface Definitions {
  readonly schemas: Map<string, Schema>;
  readonly shared: ReadonlyMap<Node, string>;
}

function createDefinitions(root: Node): Definitions {
  const uses = new Map<Node, number>();
  const count = (node: Node): void => {
    uses.set(node, (uses.get(node) ?? 0) + 1);
    if ((uses.get(node) ?? 0) > 1) return;
    if (node.kind === 'named') count(node.target());
    else if (node.kind === 'list' || node.kind === 'names') count(node.of);
    else if (node.kind === 'either') node.of.forEach(count);
    else if (node.kind === 'object') for (const field of node.fields.values()) count(field.node);
  };
  count(root);
  const names = new Set<string>();
  const shared = [...uses].flatMap(([node, n]) => {
    if (node.kind !== 'object' || n < 2) return [];
    const base =
      node.about
        .split(/[:;,.]/)[0]
        ?.toLowerCase()
        .replace(/[^a-z]+/g, '-')
        .replace(/^-|-$/g, '') ?? 'object';
    const name = names.has(base) ? `${base}-${names.size}` : base;
    names.add(name);
    return [[node, name] as const];
  });
  return { schemas: new Map(), shared: new Map(shared) };
}

function defined(name: string, definitions: Definitions, make: () => Schema): Schema {
  if (!definitions.schemas.has(name)) {
    // Noted before it is made: it may contain itself.
    definitions.schemas.set(name, {});
    definitions.schemas.set(name, make());
  }
  return { $ref: `#/$defs/${name}` };
}

function schemaOf(node: Node, definitions: Definitions): Schema {
  const description = node.about;
  switch (node.kind) {
    case 'named':
      return defined(node.name, definitions, () => schemaOf(node.target(), definitions));
    case 'value':
      return { description };
    case 'text':
      return {
        description,
        type: 'string',
        ...(node.choices === undefined ? { minLength: 1 } : { enum: node.choices }),
        ...(node.pattern === undefined ? {} : { pattern: node.pattern.source }),
      };
    case 'number':
      return { description, type: 'integer', minimum: node.least, maximum: node.most };
    case 'boolean':
      return node.only ? { description, const: true } : { description, type: 'boolean' };
    case 'list':
      return { description, type: 'array', items: schemaOf(node.of, definitions), minItems: node.least };
    case 'names':
      return {
        description,
        type: 'object',
        additionalProperties: schemaOf(node.of, definitions),
        ...(node.known === undefined ? {} : { propertyNames: { enum: node.known } }),
      };
    case 'either':
      return { description, anyOf: node.of.map((n) => schemaOf(n, definitions)) };
    case 'object': {
      const name = definitions.shared.get(node);
      return name === undefined ? objectSchema(node, definitions) : defined(name, definitions, () => objectSchema(node, definitions));
    }
  }
}

function objectSchema(node: ObjectNode, definitions: Definitions): Schema {
  const fields = [...node.fields];
  return {
    description: node.about,
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, schemaOf(field.node, definitions)])),
    required: fields.filter(([, field]) => field.required).map(([name]) => name),
    additionalProperties: false,
    ...(node.oneOf.length === 0 ? {} : { oneOf: node.oneOf.map((name) => ({ required: [name] })) }),
  };
}
