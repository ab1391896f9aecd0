import { IMAGE_POLICY, type Node, type ObjectNode, REVOCATION_LIST } from '../../src/policy/native/index.ts';
import type { Schema } from './shape.ts';

type Document = Schema & { readonly $defs?: { readonly [name: string]: Schema } };

/** The forms of documents that people write, generated from the tables that validate them. */
export const POLICY_DOCUMENTS: readonly { readonly name: string; readonly path: string; readonly document: Document }[] = [
  document('ImagePolicy', IMAGE_POLICY.node),
  document('RevocationList', REVOCATION_LIST.node),
];

function document(kind: string, node: Node): (typeof POLICY_DOCUMENTS)[number] {
  const definitions = new Map<string, Schema>();
  const schema = schemaOf(node, definitions);
  return {
    name: `assay.dev/v1alpha1 ${kind}`,
    path: `schemas/${kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.v1alpha1.json`,
    document: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: kind,
      ...schema,
      ...(definitions.size === 0 ? {} : { $defs: Object.fromEntries(definitions) }),
    } as Document,
  };
}

function schemaOf(node: Node, definitions: Map<string, Schema>): Schema {
  const description = node.about;
  switch (node.kind) {
    case 'named':
      if (!definitions.has(node.name)) {
        // Noted before it is made: it may contain itself.
        definitions.set(node.name, {});
        definitions.set(node.name, schemaOf(node.target(), definitions));
      }
      return { $ref: `#/$defs/${node.name}` };
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
    case 'object':
      return objectSchema(node, definitions);
  }
}

function objectSchema(node: ObjectNode, definitions: Map<string, Schema>): Schema {
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
