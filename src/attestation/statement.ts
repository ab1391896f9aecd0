import { type Bytes, utf8Decode } from '../bytes/index.ts';
import { type Json, parseJson } from '../codec/json.ts';
import { AssayError, isAssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** The DSSE payload type of statements (in-toto attestation framework, spec/v1/envelope.md). */
export const IN_TOTO_PAYLOAD = 'application/vnd.in-toto+json';
/** The predicate type that makes a statement a signature (cosign v3). */
export const COSIGN_SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

const STATEMENT_TYPES: ReadonlySet<string> = new Set(['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']);

/** What a statement is about: digests by algorithm, `Map`s because their names are foreign. */
export interface StatementSubject {
  readonly name: string | undefined;
  readonly digests: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, Json>;
}

/** An in-toto statement, v0.1 or v1 (in-toto attestation framework, spec/v1/statement.md). The predicate is passed through whole. */
export interface Statement {
  readonly type: string;
  readonly predicateType: string;
  readonly subjects: readonly StatementSubject[];
  readonly predicate: Json | undefined;
}

/** Parses a statement. Throws `statement-invalid` or `limit`. */
export function parseStatement(payload: Bytes): Statement {
  const value = document(payload);
  const { _type: type, predicateType, subject, predicate } = value;
  if (typeof type !== 'string' || !STATEMENT_TYPES.has(type)) throw wrong(`_type is no in-toto statement of version 0.1 or 1`);
  if (typeof predicateType !== 'string' || predicateType === '') throw wrong('predicateType is missing');
  if (!Array.isArray(subject)) throw wrong('subject is not a list');
  if (subject.length > LIMITS.subjects)
    throw new AssayError('limit', `statement with ${subject.length} subjects (at most ${LIMITS.subjects})`);
  return { type, predicateType, subjects: subject.map((s: Json) => readSubject(s)), predicate };
}

function document(payload: Bytes): { readonly [k: string]: Json } {
  try {
    const value = parseJson(utf8Decode(payload, 'statement'), 'statement');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as { readonly [k: string]: Json };
  } catch (cause) {
    if (isAssayError(cause, 'json-invalid')) throw new AssayError('statement-invalid', cause.message, { cause });
    throw cause;
  }
  throw wrong('it is not an object');
}

function readSubject(value: Json): StatementSubject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('a subject is not an object');
  const { name, digest, annotations } = value as { readonly [k: string]: Json };
  if (name !== undefined && name !== null && typeof name !== 'string') throw wrong("a subject's name is not a text");
  const digests = new Map<string, string>();
  if (digest !== undefined && digest !== null) {
    if (typeof digest !== 'object' || Array.isArray(digest)) throw wrong("a subject's digest is not an object");
    for (const [algorithm, hex] of Object.entries(digest)) {
      if (typeof hex !== 'string') throw wrong("a subject's digest is not a text");
      digests.set(algorithm, hex);
    }
    if (digests.size > LIMITS.subjectDigests)
      throw new AssayError('limit', `subject with ${digests.size} digests (at most ${LIMITS.subjectDigests})`);
  }
  const notes = typeof annotations === 'object' && annotations !== null && !Array.isArray(annotations) ? Object.entries(annotations) : [];
  return { name: name ?? undefined, digests, annotations: new Map<string, Json>(notes as [string, Json][]) };
}

function wrong(why: string): AssayError {
  return new AssayError('statement-invalid', `in-toto statement: ${why}`);
}
