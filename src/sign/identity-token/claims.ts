import { utf8Decode } from '../../bytes/index.ts';
import { type Json, type JsonObject, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';

/** The claims of a JSON Web Token (RFC 7519), unverified: three parts, header and payload JSON objects. Throws `token-invalid`, never repeating the token. */
export function claimsOf(jwt: string, source: string): JsonObject {
  if (jwt.length > LIMITS.identityTokenLength)
    throw new AssayError('token-invalid', `identity token of ${source} has more than ${LIMITS.identityTokenLength} characters`);
  const parts = jwt.split('.');
  const [header, payload] = parts;
  if (parts.length !== 3 || parts.some((part) => !/^[\w-]+$/.test(part)))
    throw new AssayError('token-invalid', `identity token of ${source} is no JSON Web Token: three parts in base64url are expected`);
  objectIn(header, `header of the identity token of ${source}`);
  return objectIn(payload, `payload of the identity token of ${source}`);
}

/** Whether a text has the form of a JSON Web Token. */
export function looksLikeToken(text: string): boolean {
  return beginsLikeToken(text) && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** Whether a text begins as JSON Web Tokens do: base64url of `{` and a quote or white space. */
export function beginsLikeToken(text: string): boolean {
  return /^e(?:y[ABIJ]|w[klop01])/.test(text);
}

function objectIn(part: string | undefined, what: string): JsonObject {
  let value: Json | undefined;
  try {
    value = parseJson(utf8Decode(Buffer.from(part ?? '', 'base64url')), what);
  } catch {
    // The parser's message would repeat the text.
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new AssayError('token-invalid', `${what} is no JSON object`);
  return value as JsonObject;
}
