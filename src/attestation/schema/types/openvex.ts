import { closedObject, listOf, NAME, oneOf, type Schema, TEXT, TIME, URI } from '../parts.ts';

// JSON Schema's "then" as a computed name: an object that has one is taken for a promise by linters and by `await`.
const CONSEQUENCE = 'then';

const IDENTIFIERS = closedObject([], { purl: TEXT, cpe22: TEXT, cpe23: TEXT, '@cpe22': TEXT, '@cpe23': TEXT });

const HASHES = closedObject(
  [],
  Object.fromEntries(
    'md5 sha1 sha-256 sha-384 sha-512 sha3-224 sha3-256 sha3-384 sha3-512 blake2s-256 blake2b-256 blake2b-512'
      .split(' ')
      .map((name) => [name, { type: 'string', pattern: '^[0-9a-fA-F]+$' }]),
  ),
);

const COMPONENT = { '@id': URI, identifiers: IDENTIFIERS, hashes: HASHES, supplier: TEXT };

const JUSTIFICATIONS = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
];

const STATEMENT: Schema = {
  ...closedObject(['vulnerability', 'status'], {
    '@id': URI,
    version: { type: 'integer', minimum: 1 },
    vulnerability: closedObject(['name'], { '@id': URI, name: NAME, description: TEXT, aliases: listOf(TEXT, { uniqueItems: true }) }),
    timestamp: TIME,
    last_updated: TIME,
    products: listOf(closedObject([], { ...COMPONENT, subcomponents: listOf(closedObject([], COMPONENT), { uniqueItems: true }) }), {
      uniqueItems: true,
    }),
    status: oneOf('not_affected', 'affected', 'fixed', 'under_investigation'),
    supplier: TEXT,
    status_notes: TEXT,
    justification: oneOf(...JUSTIFICATIONS),
    impact_statement: TEXT,
    action_statement: TEXT,
    action_statement_timestamp: TIME,
  }),
  allOf: [
    // The specification asks for one or the other; its schema refuses both, which its own tools write.
    whenStatus('not_affected', { anyOf: [{ required: ['justification'] }, { required: ['impact_statement'] }] }),
    whenStatus('affected', { required: ['action_statement'] }),
  ],
};

/** An OpenVEX document 0.2.0 (github.com/openvex/spec, OPENVEX-SPEC.md). */
export const OPENVEX: Schema = closedObject(['@context', '@id', 'author', 'timestamp', 'version', 'statements'], {
  '@context': URI,
  '@id': URI,
  author: NAME,
  role: TEXT,
  timestamp: TIME,
  last_updated: TIME,
  version: { type: 'integer', minimum: 1 },
  tooling: TEXT,
  supplier: TEXT,
  statements: listOf(STATEMENT, { minItems: 1, uniqueItems: true }),
});

function whenStatus(status: string, demands: Schema): Schema {
  return { if: { required: ['status'], properties: { status: { const: status } } }, [CONSEQUENCE]: demands };
}
