import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * Strict JSON (RFC 8259): refuses what two readers could read in two ways, that is a name twice in one object,
 * and nesting deeper than `LIMITS.jsonDepth`. Throws `json-invalid` or `limit`, naming `what`.
 *
 * The platform's parser does the parsing. It keeps the last of two equal names, so a name that occurs twice shows as
 * fewer members in the value than there are names in the text: both are counted.
 */
export function parseJson(text: string, what = 'document'): Json {
  const names = countNames(text, what);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    // The parser's message quotes the text, which may hold what is secret.
    throw new AssayError('json-invalid', `${what} is not valid JSON`);
  }
  if (countMembers(value) !== names) throw new AssayError('json-invalid', `${what} has the same name twice in one JSON object`);
  return value;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

// Every colon outside a string follows a name. Strings, most of the text, are skipped by searching for their end.
function countNames(text: string, what: string): number {
  let names = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i + 1);
        if (i < 0) throw new AssayError('json-invalid', `${what} is not valid JSON`);
        break;
      case COLON:
        names++;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > LIMITS.jsonDepth) throw new AssayError('limit', `${what} is nested deeper than ${LIMITS.jsonDepth} levels`);
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        break;
    }
  }
  return names;
}

function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start);
  while (at > 0) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH && at - 1 - slashes >= start) slashes++;
    if (slashes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return -1;
}

// Own members only: what the parser makes inherits none that `in` would see, and a member named `__proto__` is an ordinary one.
function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  let n = 0;
  if (Array.isArray(value)) {
    for (const v of value) n += countMembers(v as Json);
    return n;
  }
  const members = value as { readonly [key: string]: Json };
  for (const name in members) n += 1 + countMembers(members[name] as Json);
  return n;
}
