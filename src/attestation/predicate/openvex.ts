import type { Json } from '../../codec/json.ts';
import { malformed, maybeList, maybeText, maybeTexts, maybeTime, objectOf } from './read.ts';

/** The states that OpenVEX knows. */
export type VexStatus = 'not_affected' | 'affected' | 'fixed' | 'under_investigation';

/** What one statement says of one vulnerability. */
export interface VexStatement {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  /** Identifiers of products: package URLs, mostly. Empty: what the document's attestation is about. */
  readonly products: readonly { readonly id: string; readonly subcomponents: readonly string[] }[];
  readonly status: VexStatus;
  readonly justification: string | undefined;
  readonly impact: string | undefined;
  readonly action: string | undefined;
  /** The document's time where the statement has none. */
  readonly timestamp: Date | undefined;
}

/** An OpenVEX document (github.com/openvex/spec, 0.0.1 to 0.2.0). */
export interface OpenVexDocument {
  readonly kind: 'openvex';
  readonly id: string | undefined;
  readonly author: string | undefined;
  readonly role: string | undefined;
  readonly timestamp: Date | undefined;
  readonly updated: Date | undefined;
  /** A number since 0.2.0, a text before. */
  readonly version: string | undefined;
  readonly statements: readonly VexStatement[];
}

const STATUSES: ReadonlyMap<string, VexStatus> = new Map(
  (['not_affected', 'affected', 'fixed', 'under_investigation'] as const).map((s) => [s, s]),
);

/** Reads an OpenVEX document. Throws `statement-invalid`. */
export function readOpenVex(predicate: Json | undefined): OpenVexDocument {
  const document = objectOf(predicate, 'OpenVEX document');
  const timestamp = maybeTime(document.timestamp, 'timestamp');
  const { version } = document;
  return {
    kind: 'openvex',
    id: maybeText(document['@id'], '@id'),
    author: maybeText(document.author, 'author'),
    role: maybeText(document.role, 'role'),
    timestamp,
    updated: maybeTime(document.last_updated, 'last_updated'),
    version: typeof version === 'number' ? String(version) : maybeText(version, 'version'),
    statements: maybeList(document.statements, 'statements').map((s, i) => statementOf(s, `statements[${i}]`, timestamp)),
  };
}

function statementOf(value: Json, at: string, inherited: Date | undefined): VexStatement {
  const statement = objectOf(value, at);
  const status = STATUSES.get(maybeText(statement.status, `${at}.status`) ?? '');
  if (status === undefined) throw malformed(`${at}.status`, 'is none that OpenVEX knows');
  return {
    ...vulnerabilityOf(statement.vulnerability, `${at}.vulnerability`),
    products: maybeList(statement.products, `${at}.products`).map((p, i) => productOf(p, `${at}.products[${i}]`)),
    status,
    justification: maybeText(statement.justification, `${at}.justification`),
    impact: maybeText(statement.impact_statement, `${at}.impact_statement`),
    action: maybeText(statement.action_statement, `${at}.action_statement`),
    timestamp: maybeTime(statement.timestamp, `${at}.timestamp`) ?? inherited,
  };
}

/** A text before 0.2.0, an object since. */
function vulnerabilityOf(value: Json | undefined, at: string): { vulnerability: string; aliases: readonly string[] } {
  if (typeof value === 'string' && value !== '') return { vulnerability: value, aliases: [] };
  const { name, '@id': id, aliases } = objectOf(value, at);
  const text = maybeText(name, `${at}.name`) ?? maybeText(id, `${at}.@id`);
  if (text === undefined || text === '') throw malformed(at, 'has no name');
  return { vulnerability: text, aliases: maybeTexts(aliases, `${at}.aliases`) };
}

function productOf(value: Json, at: string): VexStatement['products'][number] {
  if (typeof value === 'string') return { id: value, subcomponents: [] };
  const { subcomponents, ...product } = objectOf(value, at);
  return {
    id: idOf(product, at),
    subcomponents: maybeList(subcomponents, `${at}.subcomponents`).map((s, i) =>
      typeof s === 'string' ? s : idOf(objectOf(s, `${at}.subcomponents[${i}]`), `${at}.subcomponents[${i}]`),
    ),
  };
}

function idOf(product: { readonly [k: string]: Json }, at: string): string {
  const identifiers = product.identifiers === undefined ? {} : objectOf(product.identifiers, `${at}.identifiers`);
  const id = maybeText(product['@id'] ?? identifiers.purl ?? identifiers.cpe23 ?? identifiers.cpe22, `${at}.@id`);
  if (id === undefined) throw malformed(at, 'has no identifier');
  return id;
}
