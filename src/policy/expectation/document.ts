import { utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import type { Findings } from '../../verify/index.ts';

/** The documents that conditions are asked about: a statement with its predicate, or what else was signed. */
export interface EvidenceDocument {
  /** The in-toto statement; `null` where the evidence is none. */
  readonly statement: Json;
  /** The statement's predicate, the payload of a signature, or the content of a signed artifact. */
  readonly predicate: Json;
  /** The text that was signed. */
  readonly text: string;
}

const read = new WeakMap<Findings, EvidenceDocument>();

/** The documents of verified evidence, parsed once. Throws `json-invalid` when the content is no JSON, and `limit`. */
export function documentOf(findings: Findings): EvidenceDocument {
  const known = read.get(findings);
  if (known !== undefined) return known;
  const text = findings.payload === undefined ? 'null' : utf8Decode(findings.payload, 'payload');
  const value = parseJson(text, 'payload');
  const document =
    findings.statement === undefined
      ? { statement: null, predicate: value, text }
      : { statement: value, predicate: findings.statement.predicate ?? null, text };
  read.set(findings, document);
  return document;
}

/** The value at a path of names and indices, `metadata.scanFinishedOn` or `runs.0.tool`; `undefined` where there is none. */
export function valueAt(value: Json, path: string): Json | undefined {
  let at: Json | undefined = value;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Array.isArray(at)
      ? (at as readonly Json[])[/^\d+$/.test(name) ? Number(name) : -1]
      : member(at as { readonly [k: string]: Json }, name);
  }
  return at;
}

function member(object: { readonly [k: string]: Json }, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
