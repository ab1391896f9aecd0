import { type Json, type JsonObject, parseJson } from '../../codec/json.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** The JSON object that a file of notation's configuration holds. Members that Assay does not know are notation's own business. Throws `input-invalid`, `limit`. */
export function configObject(text: string, file: string): JsonObject {
  if (text.length > LIMITS.notationConfigBytes)
    throw new AssayError('limit', `${file} has ${text.length} characters (at most ${LIMITS.notationConfigBytes})`);
  let value: Json;
  try {
    value = parseJson(text, file);
  } catch (cause) {
    if (cause instanceof AssayError && cause.code === 'limit') throw cause;
    throw new AssayError('input-invalid', messageOf(cause), { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(file, 'it is no JSON object');
  return value as JsonObject;
}

/** A text that may be absent; empty is absent, as Go writes it. Throws `input-invalid`. */
export function optionalText(value: Json | undefined, what: string, file: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw malformed(file, `${what} is no text`);
  return value;
}

/** The error of a file that is not what notation writes. */
export function malformed(file: string, why: string): AssayError {
  return new AssayError('input-invalid', `${file}: ${why}`, { hint: "it is notation's own file, as notation writes it" });
}
